"""The currencies of the made-up business with their undated and dated rates. Units for one US dollar, exact."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from random import Random

from connector.sandbox.business.model import Currency, Rate

CURRENCIES = (
    Currency("USD", "US Dollar", "$", 2, Decimal("1")),
    Currency("EUR", "Euro", "€", 2, Decimal("0.92")),
    Currency("GBP", "Pound Sterling", "£", 2, Decimal("0.79")),
    Currency("JPY", "Yen", "¥", 0, Decimal("151.5")),
    Currency("KWD", "Kuwaiti Dinar", "د.ك", 3, Decimal("0.307")),
)
CURRENCY_WEIGHTS = (45, 25, 15, 10, 5)


def dated_rates(seed: int, first: date, today: date) -> list[Rate]:
    """One rate per currency and calendar quarter from the quarter of ``first``, the last one open-ended."""
    starts = _quarter_starts(first, today)
    rates: list[Rate] = []
    for currency in CURRENCIES[1:]:
        rng = Random(f"{seed}:rates:{currency.code}")
        units = currency.units_per_usd
        for place, start in enumerate(starts):
            end = starts[place + 1] if place + 1 < len(starts) else None
            rates.append(Rate(currency.code, start, end, units))
            units = (units * Decimal(rng.randint(960, 1040)) / 1000).quantize(Decimal("0.000001"))
    return rates


def amount(rng: Random, currency: Currency, *, median_usd: float = 20_000.0) -> Decimal:
    """A plausible amount, exact in the currency's own minor unit."""
    usd = Decimal(repr(round(rng.lognormvariate(0, 0.9) * median_usd, 2)))
    return rounded(usd * currency.units_per_usd, currency)


def rounded(value: Decimal, currency: Currency) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-currency.exponent), rounding=ROUND_HALF_UP)


def _quarter_starts(first: date, last: date) -> list[date]:
    year, month = first.year, (first.month - 1) // 3 * 3 + 1
    starts = []
    while date(year, month, 1) <= last:
        starts.append(date(year, month, 1))
        year, month = (year + 1, 1) if month == 10 else (year, month + 3)
    return starts

"""Quotas of the business: quarterly in both systems, so that a person's add up; a manager's sums those below."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from connector.sandbox.business.model import Quota, Rep, System
from connector.sandbox.business.staff import sellers

_MONTHS = 3
_MONTHLY = Decimal(12_000)


def quotas(seed: int, staff: list[Rep], systems: tuple[System, ...], today: date) -> Iterator[Quota]:
    """For the calendar years of ``today`` and the one before. All in US dollars, but for one rep in euro."""
    key = 0
    for system in systems:
        owners = sellers(staff, system)
        leaders = {rep.manager for rep in owners}
        rng = Random(f"{seed}:quotas:{system}")
        euro = next((rep.key for rep in reversed(owners) if rep.key not in leaders), None)
        for start, end in periods(today.year - 1, today.year, _MONTHS):
            sums: dict[int, Decimal] = {}
            for rep in reversed(owners):
                if rep.key in leaders:
                    amount = sums.get(rep.key, Decimal(0)) + _MONTHLY
                else:
                    amount = _MONTHLY * _MONTHS + 500 * rng.randrange(-20, 21)
                    if rep.manager is not None:
                        sums[rep.manager] = sums.get(rep.manager, Decimal(0)) + amount
                key += 1
                yield Quota(
                    key, system, rep.key, start, end, amount, "EUR" if rep.key == euro else "USD", rep.key in leaders
                )


def periods(first_year: int, last_year: int, months: int) -> Iterator[tuple[date, date]]:
    """Every period of so many calendar months, both days inclusive."""
    for year in range(first_year, last_year + 1):
        for month in range(1, 13, months):
            following = date(year + (month + months > 12), (month + months - 1) % 12 + 1, 1)
            yield date(year, month, 1), following - timedelta(days=1)

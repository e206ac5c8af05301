"""The notes about deals whose value is not known, the same words in every measure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connector.iso4217 import exponent
from connector.metrics.result import counted


def amount_notes(found: dict[str, Any], one: str, base_currency: str) -> Iterator[str]:
    """What is not known about the values of the rows' deals."""
    if found["no_amount"]:
        yield f"{counted(found['no_amount'], one)} without an amount: adds nothing to sums."
    if found["no_rate"]:
        yield (
            f"{counted(found['no_rate'], one)} in a currency without a rate to {base_currency} on its day: "
            "the value is not known and adds nothing to sums."
        )
    if found["later_amount"]:
        yield (
            f"{counted(found['later_amount'], one)} whose amount on the as-of day is not known: "
            "the current amount is used."
        )


def spelled_money(amount_minor: int, currency: str) -> str:
    """``1,234.50 USD``: minor units as people write them, exactly."""
    decimals = exponent(currency)
    whole, part = divmod(abs(amount_minor), 10**decimals)
    sign = "-" if amount_minor < 0 else ""
    return f"{sign}{whole:,}{f'.{part:0{decimals}d}' if decimals else ''} {currency}"

"""The notes about deals whose value is not known, the same words in every measure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connector.metrics.notes import Name, Note
from connector.metrics.result import counted


def amount_notes(found: dict[str, Any], one: str, base_currency: str) -> Iterator[Note]:
    """What is not known about the values of the rows' deals."""
    if found["no_amount"]:
        yield Note("{deals} without an amount: adds nothing to sums.", deals=counted(found["no_amount"], one))
    if found["no_rate"]:
        yield Note(
            "{deals} in a currency without a rate to {currency} on its day: the value is not known and adds nothing to "
            "sums.",
            deals=counted(found["no_rate"], one),
            currency=Name(base_currency),
        )
    if found["later_amount"]:
        yield Note(
            "{deals} whose amount on the as-of day is not known: the current amount is used.",
            deals=counted(found["later_amount"], one),
        )

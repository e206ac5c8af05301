"""What the splits of a deal make of its value: exact parts for revenue, added credit for overlay. Knows no table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from connector.metrics.statistics.apportion import apportion
from connector.metrics.valuation import rounded

#: how far each share may be off because it was written in whole tenths of a percent
_ROUNDED_OFF = Fraction(1, 2000)


@dataclass(frozen=True)
class Split:
    """One share of one deal, as the source wrote it."""

    id: str
    owner_id: str | None
    kind: str
    share: object


def share_of(split: Split) -> Fraction | None:
    """The share as it was written, exactly; None where it is no number from 0 to 1."""
    try:
        exact = Fraction(str(split.share))
    except (ValueError, ZeroDivisionError):
        return None
    return exact if 0 <= exact <= 1 else None


def divided(value_minor: int | None, splits: Sequence[Split]) -> list[int | None] | None:
    """What each revenue split gets of a deal's value, in their order; over them the parts add up to it exactly.

    None where the shares do not add up to 1, but for their rounding: whose the deal is cannot be told then. A value
    that is not known has parts that are not known.
    """
    shares = [share_of(split) for split in splits]
    known = [share for share in shares if share is not None]
    if len(known) < len(shares) or abs(added_up(splits) - 1) > _ROUNDED_OFF * len(known):
        return None
    return [None for _ in known] if value_minor is None else list(apportion(value_minor, known))


def overlaid(value_minor: int | None, split: Split) -> int | None:
    """What an overlay split adds to its owner's overlay; None where the value or the share is not known."""
    share = share_of(split)
    return None if value_minor is None or share is None else rounded(value_minor * share)


def added_up(splits: Sequence[Split]) -> Fraction:
    """The sum of the shares that are numbers from 0 to 1."""
    return sum((share for split in splits if (share := share_of(split)) is not None), Fraction(0))

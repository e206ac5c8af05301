"""The words that a pay plan has for somebody, each with its evidence: advice for a person to decide.

Nothing acts on it. Decided on unrounded attainment. It must not know the store.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from connector.iso4217 import exponent
from connector.metrics.measures.quota.payplan import any_overlap
from connector.metrics.notes import Day, Figure, Listed, Name, Note, spelled_money
from connector.metrics.result import counted
from connector.metrics.valuation import rounded

if TYPE_CHECKING:
    from connector.mapping.quota_plans import Plan, Review


@dataclass(frozen=True)
class Judged:
    """An ended quota period as a review sees it; ``quota_minor`` None where it cannot be told what was asked or won."""

    start: str
    end: str
    quota_minor: int | None
    won_minor: int = 0
    closed_deals: int = 0

    @property
    def attainment(self) -> Fraction | None:
        """Unrounded; None without a positive quota."""
        return Fraction(self.won_minor, self.quota_minor) if self.quota_minor and self.quota_minor > 0 else None


def rewards(plan: Plan, attainment: Fraction, base_currency: str) -> dict[str, Note]:
    """Bonus and reward as word -> evidence."""
    found: dict[str, Note] = {}
    if plan.bonus is not None and attainment >= Fraction(plan.bonus.at):
        amount = rounded(Fraction(plan.bonus.amount) * 10 ** exponent(base_currency))
        found["bonus"] = Note(
            "{reached}, for which plan {plan} gives {amount}",
            reached=_reached(attainment, plan.bonus.at),
            plan=Name(plan.name),
            amount=spelled_money(amount, base_currency),
        )
    if plan.reward is not None and attainment >= Fraction(plan.reward.at):
        found[plan.reward.name] = _reached(attainment, plan.reward.at)
    return found


def _reached(attainment: Fraction, at: Decimal) -> Note:
    return Note("attainment {attainment} is at least {at}", attainment=spelled(attainment), at=Figure(str(at)))


def is_judged(review: Review, periods: Sequence[Judged]) -> bool:
    """Whether there are as many ended periods as a review needs, and each says something."""
    return (
        len(periods) == review.periods
        and not any_overlap((period.start, period.end) for period in periods)
        and all(period.attainment is not None for period in periods)
    )


def review_of(review: Review, periods: Sequence[Judged]) -> Note | None:
    """The evidence for a review of somebody; None where there is none, or too little to judge by."""
    closed = sum(period.closed_deals for period in periods)
    below = [period for period in periods if (period.attainment or 0) < Fraction(review.below)]
    if not is_judged(review, periods) or len(below) < review.periods or closed < review.min_deals:
        return None
    return Note(
        "attainment {figures}{each} below {below}, over {deals}",
        figures=Listed.of(map(_of_period, periods)),
        each=Note(", each") if len(periods) > 1 else Note(","),
        below=Figure(str(review.below)),
        deals=counted(closed, "closed deal"),
    )


def _of_period(period: Judged) -> Note:
    attained = spelled(period.attainment or Fraction(0))
    return Note("{attainment} in {start} to {end}", attainment=attained, start=Day(period.start), end=Day(period.end))


def spelled(attainment: Fraction) -> Figure:
    """An attainment with so many digits that it shows on which side of a threshold it lies."""
    return Figure(f"{float(attainment):.12g}")

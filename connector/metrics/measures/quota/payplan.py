"""What a pay plan makes of a quota and what was won against it: exact numbers, rounded once.

It must not know the store. Flags are advice; nothing in this program acts on them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from connector.metrics.valuation import rounded

if TYPE_CHECKING:
    from connector.mapping.quota_plans import Plan, Tier


@dataclass(frozen=True)
class PaidPeriod:
    """One quota period of one person; ``quota_minor`` None where a quota's value is not known."""

    start: str
    end: str
    quota_minor: int | None
    won_minor: int
    closed_deals: int = 0

    @property
    def attainment(self) -> Fraction | None:
        """Unrounded; None without a positive quota."""
        return Fraction(self.won_minor, self.quota_minor) if self.quota_minor and self.quota_minor > 0 else None


@dataclass(frozen=True)
class Pay:
    """What the plan says about one person in one window."""

    tier: str | None
    commission_minor: int | None
    overlapping: bool


def band_of(plan: Plan, attainment: Fraction) -> Tier:
    """The band in which an attainment lies; exactly at a boundary, the lower one."""
    return next(
        (tier for tier in plan.tiers if tier.up_to is None or attainment <= Fraction(tier.up_to)), plan.tiers[-1]
    )


def commission_minor(plan: Plan, quota_minor: int, won_minor: int) -> int:
    """The commission of one period on a positive quota."""
    if plan.retroactive:
        return rounded(won_minor * Fraction(band_of(plan, Fraction(won_minor, quota_minor)).commission))
    earned = Fraction(0)
    floor: Fraction | None = None
    for tier in plan.tiers:
        ceiling = None if tier.up_to is None else Fraction(tier.up_to) * quota_minor
        top = Fraction(won_minor) if ceiling is None else min(Fraction(won_minor), ceiling)
        if floor is not None and top <= floor:
            break
        earned += (top - (floor or 0)) * Fraction(tier.commission)
        floor = ceiling
    return rounded(earned)


def pay(plan: Plan | None, periods: Sequence[PaidPeriod]) -> Pay:
    """Tier and commission of a person over the quota periods of a window."""
    overlapping = any_overlap((period.start, period.end) for period in periods)
    if plan is None or not plan.tiers or not periods:
        return Pay(None, None, overlapping)
    latest = max(periods, key=lambda period: (period.end, period.start)).attainment
    tier = None if latest is None else band_of(plan, latest).name
    earning = [period for period in periods if period.attainment is not None]
    unknowable = any(p.attainment is None and (p.quota_minor is None or p.won_minor) for p in periods)
    if overlapping or unknowable or not earning:
        return Pay(tier, None, overlapping)
    return Pay(tier, sum(commission_minor(plan, p.quota_minor or 0, p.won_minor) for p in earning), overlapping)


def any_overlap(periods: Iterable[tuple[str, str]]) -> bool:
    """Whether two of these different periods have a day in common."""
    return any(end >= start for (_, end), (start, _) in pairwise(sorted(periods)))


def flags(plan: Plan | None, attainment: Fraction | None, periods: Sequence[PaidPeriod], as_of: str) -> dict[str, str]:
    """The plan's advice as word -> evidence, decided on unrounded attainment; a review looks at ended periods only."""
    found: dict[str, str] = {}
    if plan is None or attainment is None:
        return found
    for name, threshold in (
        ("bonus", plan.bonus.at if plan.bonus else None),
        (plan.reward.name if plan.reward else "", plan.reward.at if plan.reward else None),
    ):
        if threshold is not None and attainment >= Fraction(threshold):
            found[name] = f"attainment {float(attainment):.6g} is at least {threshold}"
    if plan.review is not None:
        ended = [period for period in periods if period.end <= as_of]
        last = sorted(ended, key=lambda period: period.end)[-plan.review.periods :]
        below = [p for p in last if p.attainment is not None and p.attainment < Fraction(plan.review.below)]
        closed = sum(period.closed_deals for period in last)
        if len(below) == plan.review.periods and closed >= plan.review.min_deals:
            figures = ", ".join(f"{float(p.attainment or 0):.6g} in {p.start} to {p.end}" for p in below)
            found["review"] = f"attainment {figures}, each below {plan.review.below}, over {closed} closed deals"
    return found

"""What a pay plan makes of a quota and what was won against it: exact numbers, rounded once.

It must not know the store.
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
    plan: Plan | None
    #: whether it can be told which deals closed in it are this person's
    credit_is_known: bool = True

    @property
    def attainment(self) -> Fraction | None:
        """Unrounded; None without a positive quota, or where it cannot be told what was won."""
        if self.quota_minor is None or self.quota_minor <= 0 or not self.credit_is_known:
            return None
        return Fraction(self.won_minor, self.quota_minor)

    @property
    def is_capped(self) -> bool:
        """Whether more was won than the last band of the plan reaches, and the bands pay each for its own part."""
        if self.plan is None or not self.plan.tiers or self.plan.retroactive or self.attainment is None:
            return False
        end = self.plan.tiers[-1].up_to
        return end is not None and self.attainment > Fraction(end)

    @property
    def tier(self) -> Tier | None:
        """The band that was reached."""
        if self.attainment is None or self.plan is None or not self.plan.tiers:
            return None
        return band_of(self.plan, self.attainment)

    @property
    def commission_minor(self) -> int | None:
        """What the plan pays for it; None where that cannot be told."""
        return None if self.tier is None else self.commission_on(self.won_minor)

    def commission_on(self, won_minor: int) -> int:
        """What the plan would pay had this much been won; for periods whose commission is known."""
        assert self.plan is not None and self.quota_minor is not None
        return commission_minor(self.plan, self.quota_minor, won_minor)


@dataclass(frozen=True)
class Pay:
    """What the plans say about one person in one window."""

    tier: str | None
    commission_minor: int | None
    overlapping: bool
    #: commission by period, None where it cannot be told
    due: dict[tuple[str, str], int | None]
    #: whether something that was asked or won is worth nobody knows what
    lacks_a_value: bool = False


def band_of(plan: Plan, attainment: Fraction) -> Tier:
    """The band in which an attainment lies; exactly at a boundary, the lower one."""
    return next(
        (tier for tier in plan.tiers if tier.up_to is None or attainment <= Fraction(tier.up_to)), plan.tiers[-1]
    )


def commission_minor(plan: Plan, quota_minor: int, won_minor: int) -> int:
    """The commission of one period on a positive quota; nothing on what lies in no band.

    That is less than nothing, and what was won beyond a last band that ends; of bands that pay for everything, the last
    one does so then.
    """
    if won_minor <= 0:
        return 0
    if plan.retroactive:
        return rounded(won_minor * Fraction(band_of(plan, Fraction(won_minor, quota_minor)).commission))
    earned = floor = Fraction(0)
    for tier in plan.tiers:
        ceiling = None if tier.up_to is None else Fraction(tier.up_to) * quota_minor
        top = Fraction(won_minor) if ceiling is None else min(Fraction(won_minor), ceiling)
        if top > floor:
            earned += (top - floor) * Fraction(tier.commission)
            floor = top
    return rounded(earned)


def pay(periods: Sequence[PaidPeriod]) -> Pay:
    """Tier and commission of a person over the quota periods of a window."""
    overlapping = any_overlap((period.start, period.end) for period in periods)
    due = {(p.start, p.end): None if overlapping else p.commission_minor for p in periods}
    if not periods:
        return Pay(None, None, overlapping, due)
    latest = max(periods, key=lambda period: (period.end, period.start)).tier
    known = [amount for amount in due.values() if amount is not None]
    hidden = any(hides_commission(period) for period in periods)
    whole = None if overlapping or hidden or not known else sum(known)
    lacks = any(hides_commission(p) and (p.quota_minor is None or not p.credit_is_known) for p in periods)
    return Pay(None if latest is None else latest.name, whole, overlapping, due, lacks)


def hides_commission(period: PaidPeriod) -> bool:
    """Whether something was or may have been earned in a period of which it cannot be told what."""
    has_plan = period.plan is not None and bool(period.plan.tiers)
    may_earn = period.quota_minor is None or period.won_minor != 0 or not period.credit_is_known
    return has_plan and period.attainment is None and may_earn


def any_overlap(periods: Iterable[tuple[str, str]]) -> bool:
    """Whether two of these different periods have a day in common."""
    return any(end >= start for (_, end), (start, _) in pairwise(sorted(periods)))

"""What a quota asks for that was changed within its period or is ramped: exact amounts, by the plan. Knows no deal."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from connector.metrics.calendar import ordinal

if TYPE_CHECKING:
    from connector.mapping.quota_plans import Plan


@dataclass(frozen=True)
class State:
    """An amount that a quota had from a day on; the first one held from ever."""

    since: str
    amount_minor: int | None
    currency: str | None


@dataclass(frozen=True)
class Months:
    """The months of the reporting calendar, by their first days in order; civil months outside of it."""

    starts: Sequence[str] = ()

    def between(self, first: str, last: str) -> int:
        """How many months later than ``first`` a day lies: 0 in the same month."""
        if self.starts and self.starts[0] <= min(first, last):
            return bisect_right(self.starts, last) - bisect_right(self.starts, first)
        return _civil_month(last) - _civil_month(first)


def _civil_month(day: str) -> int:
    return int(day[:4]) * 12 + int(day[5:7])


def asked_for(
    plan: Plan | None, states: Sequence[State], start: str, end: str, ramp: Fraction
) -> list[tuple[Fraction, str | None]] | None:
    """A quota's amounts by currency, by the plan's policy for changed quotas; None where one is not known."""
    policy = plan.changed_quota if plan else "prorate_days"
    if policy == "original":
        weighted = [(_before(start, states), Fraction(1))]
    elif policy == "latest":
        weighted = [(states[-1], Fraction(1))]
    else:
        weighted = _by_days(states, ordinal(start), ordinal(end) + 1)
    if any(state.amount_minor is None for state, _ in weighted):
        return None
    return [((state.amount_minor or 0) * weight * ramp, state.currency) for state, weight in weighted]


def _before(start: str, states: Sequence[State]) -> State:
    """The state in which a period began: what changed before it, and not within, was never otherwise in it."""
    return next((state for state in reversed(states) if state.since < start), states[0])


def _by_days(states: Sequence[State], first: int, after: int) -> list[tuple[State, Fraction]]:
    """Each state with the share of the period's days on which it held; the last of one day wins."""
    ends = [min(max(ordinal(state.since), first), after) if state.since else first for state in states[1:]]
    begins = [first, *ends]
    return [
        (state, Fraction(end - begin, after - first))
        for state, begin, end in zip(states, begins, [*ends, after], strict=True)
        if end > begin
    ]


def ramped(plan: Plan | None, start: str, end: str, hired: str, months: Months) -> Fraction:
    """The part of a quota that is asked for: the mean over its period's months, counted from the first quota's."""
    if plan is None or not plan.ramp_months:
        return Fraction(1)
    counted = range(months.between(hired, start), months.between(hired, end) + 1)
    shares = [Fraction(plan.ramp_months[m]) if m < len(plan.ramp_months) else Fraction(1) for m in counted]
    return sum(shares, Fraction(0)) / len(shares)

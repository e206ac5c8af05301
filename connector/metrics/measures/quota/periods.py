"""The quota periods of each person: those in the window, with what was won in them, and those a review looks at.

It must not know what is shown of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from connector.mapping.quota_plans import Plan, plan_for
from connector.metrics.measures.quota.advice import Judged, is_judged, review_of
from connector.metrics.measures.quota.payplan import PaidPeriod
from connector.metrics.measures.quota.targets import team_names
from connector.metrics.workspace import statement

if TYPE_CHECKING:
    from connector.metrics.measures.quota.credits import Credits
    from connector.metrics.measures.quota.targets import Target, Targets
    from connector.metrics.notes import Note
    from connector.metrics.people import People
from connector.metrics.population import Population

#: first and last day
Span = tuple[str, str]


def read_periods(
    population: Population, plans: Collection[Plan], targets: Targets, credits: Credits
) -> dict[str, list[PaidPeriod]]:
    """The periods in the window by person; a quota without an owner pays nobody."""
    plan_of = _plans(population.people, plans, targets.counted)
    periods: dict[str, list[PaidPeriod]] = defaultdict(list)
    for person, start, end, quota, unknown, won, no_rate in population.space.rows(statement("quota_periods")):
        if person:
            known = not no_rate and not credits.are_in_doubt(person, start, end)
            plan = plan_of[person, (start, end)]
            periods[person].append(PaidPeriod(start, end, None if unknown else quota, won, plan, known))
    return periods


def _plans(
    people: People, plans: Collection[Plan], targets: Iterable[Target]
) -> dict[tuple[str | None, Span], Plan | None]:
    """The plan of each person in each period: by their address, or by the teams that their quotas of it are in."""
    teams: dict[tuple[str | None, Span], list[str | None]] = defaultdict(list)
    for target in targets:
        teams[target.person_id, (target.start, target.end)].append(target.team_id)
    return {
        (person, span): plan_for(plans, people.emails.get(person or "", ()), team_names(people, *of))
        for (person, span), of in teams.items()
    }


def latest_plan(periods: Sequence[PaidPeriod]) -> Plan | None:
    """The plan of somebody's latest period."""
    return max(periods, key=lambda period: (period.end, period.start)).plan if periods else None


def looked_back_on(targets: Targets, as_of: str, plans: Collection[Plan]) -> dict[str, list[Judged]]:
    """Per person the ended periods, the latest ones and in their order, of which a review may judge."""
    most = max((plan.review.periods for plan in plans if plan.review), default=0)
    asked: dict[str, dict[Span, int | None]] = defaultdict(dict)
    for target in (*targets.earlier, *targets.counted):
        if most and target.person_id is not None and target.end <= as_of:
            quotas = asked[target.person_id]
            before = quotas.get((target.start, target.end), 0)
            known = before is not None and target.base_minor is not None
            quotas[target.start, target.end] = (before or 0) + (target.base_minor or 0) if known else None
    return {
        person: [Judged(*span, quotas[span]) for span in sorted(quotas, key=lambda span: (span[1], span[0]))[-most:]]
        for person, quotas in asked.items()
    }


def reviews(
    population: Population,
    paid: Mapping[str, Sequence[PaidPeriod]],
    ended: Mapping[str, Sequence[Judged]],
    credits: Credits,
) -> dict[str, Note]:
    """Who should be reviewed, with the evidence."""
    judged: dict[str, list[Judged]] = {}
    for person, periods in paid.items():
        plan = latest_plan(periods)
        if plan is not None and plan.review is not None:
            last = list(ended.get(person, ()))[-plan.review.periods :]
            doubtful = any(credits.are_in_doubt(person, period.start, period.end) for period in last)
            if is_judged(plan.review, last) and not doubtful and not _has_reached(plan.review.below, periods, last):
                judged[person] = last
    found: dict[str, Note] = {}
    for person, last in _with_deals(population, judged).items():
        plan = latest_plan(paid[person])
        evidence = review_of(plan.review, last) if plan is not None and plan.review is not None else None
        if evidence is not None:
            found[person] = evidence
    return found


def _has_reached(below: Decimal, paid: Sequence[PaidPeriod], judged: Sequence[Judged]) -> bool:
    """Whether one of the judged periods, known already because it lies in the window, is not below the limit."""
    spans = {(period.start, period.end) for period in judged}
    known = [period.attainment for period in paid if (period.start, period.end) in spans]
    return any(attainment is not None and attainment >= Fraction(below) for attainment in known)


def _with_deals(population: Population, judged: Mapping[str, Sequence[Judged]]) -> dict[str, list[Judged]]:
    """The same periods with what was won, and how many deals closed, in each; nobody of whom that is not known."""
    rows = ((person, p.start, p.end) for person, periods in judged.items() for p in periods)
    if not population.space.fill("quota_judged", "person_id TEXT, period_start TEXT, period_end TEXT", rows):
        return {}
    found = {
        (person, start, end): (won, closed, no_rate)
        for person, start, end, won, closed, no_rate in population.space.rows(statement("quota_review"))
    }
    with_deals = {}
    for person, periods in judged.items():
        figures = [found[person, period.start, period.end] for period in periods]
        if not any(no_rate for *_, no_rate in figures):
            with_deals[person] = [
                replace(period, won_minor=won, closed_deals=closed)
                for period, (won, closed, _) in zip(periods, figures, strict=True)
            ]
    return with_deals

"""The quotas of a window: whose they are, in which team, what they are worth, and which are left out.

It must not know deals.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from connector.instants import day_of
from connector.mapping.quota_plans import Plan, plan_for
from connector.metrics.calendar import ordinal

if TYPE_CHECKING:
    from connector.metrics.population import Population

_READ = (
    "SELECT id, source, source_id, COALESCE(source_object, 'quota'), owner_id, person_id, period_start, period_end, "
    "amount_minor, currency, source_modified_at FROM quota "
    "WHERE COALESCE(is_deleted, 0) = 0 AND COALESCE(kind, 'revenue') = 'revenue' ORDER BY id"
)
_VERSIONS = (
    "SELECT id, COALESCE(source_modified_at, known_from), known_to, amount_minor, currency "
    "FROM quota_version ORDER BY id, known_to, version_id"
)


@dataclass(frozen=True)
class Target:
    """One quota that counts in the window."""

    id: str
    source: str | None
    source_id: str | None
    source_object: str | None
    owner_id: str | None
    person_id: str | None
    team_id: str | None
    start: str
    end: str
    #: None where its amount or its rate is not known
    base_minor: int | None
    #: above another quota owner of the same source and period
    is_managers: bool = False


@dataclass
class Targets:
    """The counted quotas, and how many were left out why."""

    counted: list[Target] = field(default_factory=list)
    partly_inside: int = 0
    without_period: int = 0


@dataclass(frozen=True)
class _State:
    """An amount that a quota had from a day on; the first one held from ever."""

    since: str
    amount_minor: int | None
    currency: str | None


def read_targets(population: Population, plans: Sequence[Plan]) -> Targets:
    """Reads the quotas whose period lies wholly in the window, after the filters that quotas have."""
    people, question = population.people, population.question
    rows = population.space.rows(_READ)
    versions: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for quota_id, *version in population.space.rows(_VERSIONS):
        versions[quota_id].append(tuple(version))
    hired = _first_quotas(population, rows)
    targets = Targets()
    for quota_id, source, source_id, source_object, owner_id, person_id, start, end, amount, currency, modified in rows:
        if start is None or end is None or start > end:
            targets.without_period += 1
        elif start < question.from_on or end > question.to_on:
            targets.partly_inside += start <= question.to_on and end >= question.from_on
        else:
            person = people.users[owner_id].person_id if owner_id in people.users else person_id or owner_id
            team = people.team_on(owner_id, min(end, question.as_of))
            plan = plan_for(plans, people.emails.get(person or "", ()), _team_names(population, team))
            states = _states(population, versions.get(quota_id, []), amount, currency, modified)
            parts = _parts(plan, states, start, end, hired.get(person or "", start))
            value = None if parts is None else population.rates.value_of_parts(parts, source, start)
            targets.counted.append(
                Target(quota_id, source, source_id, source_object, owner_id, person, team, start, end, value)
            )
    targets.counted = [t for t in _mark_managers(population, targets.counted) if _passes(population, t)]
    return targets


def _team_names(population: Population, team_id: str | None) -> tuple[str, ...]:
    return (population.people.teams.get(team_id, team_id),) if team_id is not None else ()


def _first_quotas(population: Population, rows: Sequence[tuple[Any, ...]]) -> dict[str, str]:
    """Per person the first day of their first quota: a ramp counts its months from there."""
    first: dict[str, str] = {}
    for _, _, _, _, owner_id, person_id, start, *_ in rows:
        user = population.people.users.get(owner_id)
        person = user.person_id if user else person_id or owner_id
        if person is not None and start is not None:
            first[person] = min(start, first.get(person, start))
    return first


def _states(
    population: Population,
    superseded: Sequence[tuple[Any, ...]],
    amount: int | None,
    currency: str | None,
    modified_at: str | None,
) -> list[_State]:
    """The amounts that the quota had, as far as they had come true on the as-of day."""
    now = (modified_at or (superseded[-1][1] if superseded else None), None, amount, currency)
    states = [
        _State(day_of(since, population.zone) if since else "", held, code)
        for since, _, held, code in (*superseded, now)
    ]
    states.sort(key=lambda state: state.since)
    return [states[0], *(state for state in states[1:] if state.since <= population.question.as_of)]


def _parts(
    plan: Plan | None, states: Sequence[_State], start: str, end: str, hired: str
) -> list[tuple[Fraction, str | None]] | None:
    """The quota as exact amounts by currency, by the plan's policy for changed quotas and its ramp."""
    policy = plan.changed_quota if plan else "prorate_days"
    if policy == "original":
        weighted = [(states[0], Fraction(1))]
    elif policy == "latest":
        weighted = [(states[-1], Fraction(1))]
    else:
        weighted = _by_days(states, ordinal(start), ordinal(end) + 1)
    if any(state.amount_minor is None for state, _ in weighted):
        return None
    ramp = _ramp(plan, start, end, hired)
    return [((state.amount_minor or 0) * weight * ramp, state.currency) for state, weight in weighted]


def _by_days(states: Sequence[_State], first: int, after: int) -> list[tuple[_State, Fraction]]:
    """Each state with the share of the period's days on which it held; the last of one day wins."""
    ends = [min(max(ordinal(state.since), first), after) if state.since else first for state in states[1:]]
    begins = [first, *ends]
    return [
        (state, Fraction(end - begin, after - first))
        for state, begin, end in zip(states, begins, [*ends, after], strict=True)
        if end > begin
    ]


def _ramp(plan: Plan | None, start: str, end: str, hired: str) -> Fraction:
    """The part of the quota that is asked for: the mean over the period's months, counted from the first quota."""
    if plan is None or not plan.ramp_months:
        return Fraction(1)
    months = range(_month(start) - _month(hired), _month(end) - _month(hired) + 1)
    shares = [Fraction(plan.ramp_months[m]) if m < len(plan.ramp_months) else Fraction(1) for m in months]
    return sum(shares, Fraction(0)) / len(shares)


def _month(day: str) -> int:
    return int(day[:4]) * 12 + int(day[5:7])


def _mark_managers(population: Population, targets: Sequence[Target]) -> list[Target]:
    """Marks the quotas whose owner is, through any number of managers, above another owner of the same period."""
    above: dict[tuple[str | None, str, str], set[str]] = defaultdict(set)
    for target in targets:
        above[target.source, target.start, target.end].update(population.people.above(target.owner_id))
    return [replace(t, is_managers=t.owner_id in above[t.source, t.start, t.end]) for t in targets]


def _passes(population: Population, target: Target) -> bool:
    """Whether the filters that quotas have let it through."""
    has = {"source": target.source, "person": target.person_id, "team": target.team_id}
    return all(has[key] in passing for key, passing in population.filters.passing.items() if key in has)

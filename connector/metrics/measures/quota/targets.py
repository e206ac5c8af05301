"""The quotas of a window: whose they are, in which team, what they are worth, and which are left out.

It must not know deals.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from connector.instants import day_of
from connector.mapping.quota_plans import Plan, plan_for
from connector.metrics.calendar import ordinal
from connector.metrics.measures.quota.amounts import Months, State, asked_for, ramped

if TYPE_CHECKING:
    from connector.metrics.people import People
    from connector.metrics.population import Population

_READ = (
    "SELECT id, source, source_id, COALESCE(source_object, 'quota'), owner_id, person_id, period_start, period_end, "
    "amount_minor, currency, source_modified_at FROM quota "
    "WHERE COALESCE(is_deleted, 0) = 0 AND COALESCE(kind, 'revenue') = 'revenue' ORDER BY id"
)
#: a currency that a person left out of a version put in by hand is as in the quota
_VERSIONS = (
    "SELECT v.id, COALESCE(v.source_modified_at, v.known_from), v.known_to, v.amount_minor, "
    "COALESCE(v.currency, q.currency) "
    "FROM quota_version v LEFT JOIN quota q ON q.id = v.id ORDER BY v.id, v.known_to, v.version_id"
)
#: from the store's own table: the one that measures join knows days alone
_MONTHS = "SELECT DISTINCT c.month_start FROM {store}.calendar c WHERE c.month_start IS NOT NULL ORDER BY c.month_start"


@dataclass(frozen=True)
class Target:
    """One quota."""

    id: str
    source: str | None
    source_id: str | None
    source_object: str | None
    owner_id: str | None
    person_id: str | None
    team_id: str | None
    plan: Plan | None
    start: str
    end: str
    #: None where its amount or its rate is not known
    base_minor: int | None
    #: above another quota owner of the same source and period
    is_managers: bool = False


@dataclass
class Targets:
    """The quotas that count in the window, those before it, and how many were left out why."""

    counted: list[Target] = field(default_factory=list)
    #: whose period ends within the window but begins before it, or ends before the window begins
    earlier: list[Target] = field(default_factory=list)
    partly_inside: int = 0
    without_period: int = 0


def read_targets(population: Population, plans: Sequence[Plan]) -> Targets:
    """Reads the quotas whose period lies wholly in the window or before it, after the filters that quotas have."""
    question = population.question
    rows = population.space.rows(_READ)
    reader = _Reader(population, plans, rows)
    targets = Targets()
    for row in rows:
        start, end = row[6], row[7]
        if not (_is_day(start) and _is_day(end) and start <= end):
            targets.without_period += 1
        elif start <= question.to_on:
            target = reader.target(row)
            if question.from_on <= start and end <= question.to_on:
                targets.counted.append(target)
            elif _passes(population, target):
                targets.partly_inside += end >= question.from_on
                targets.earlier += [target] if end <= question.to_on else []
    targets.counted = [t for t in _mark_managers(population, targets.counted) if _passes(population, t)]
    return targets


def _is_day(text: str | None) -> bool:
    try:
        return text is not None and len(text) == len("2026-01-01") and bool(ordinal(text))
    except ValueError:
        return False


class _Reader:
    """Makes a target of a row, with what all rows have in common read once."""

    def __init__(self, population: Population, plans: Sequence[Plan], rows: Sequence[tuple[Any, ...]]) -> None:
        self.population = population
        self.plans = plans
        self.hired = _first_quotas(population.people, rows)
        is_ramped = any(plan.ramp_months for plan in plans)
        space = population.space
        found = space.rows(_MONTHS.format(store=space.store)) if is_ramped else ()
        self.months = Months([month for (month,) in found])
        self.versions: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
        for quota_id, *version in population.space.rows(_VERSIONS):
            self.versions[quota_id].append(tuple(version))

    def target(self, row: tuple[Any, ...]) -> Target:
        quota_id, source, source_id, source_object, owner_id, person_id, start, end, amount, currency, modified = row
        people = self.population.people
        person = _person(people, owner_id, person_id)
        team = people.team_on(owner_id, min(end, self.population.question.as_of))
        plan = plan_for(self.plans, people.emails.get(person or "", ()), team_names(people, team))
        states = _states(self.population, self.versions.get(quota_id, []), amount, currency, modified)
        ramp = ramped(plan, start, end, self.hired.get(person or "", start), self.months)
        amounts = asked_for(plan, states, start, end, ramp)
        value = None if amounts is None else self.population.rates.value_of_parts(amounts, source, start)
        return Target(quota_id, source, source_id, source_object, owner_id, person, team, plan, start, end, value)


def _person(people: People, owner_id: str | None, person_id: str | None) -> str | None:
    return people.users[owner_id].person_id if owner_id in people.users else person_id or owner_id


def team_names(people: People, *team_ids: str | None) -> tuple[str, ...]:
    """What plans call these teams by."""
    return tuple(people.teams.get(team_id, team_id) for team_id in team_ids if team_id is not None)


def _first_quotas(people: People, rows: Sequence[tuple[Any, ...]]) -> dict[str, str]:
    """Per person the first day of their first quota: a ramp counts its months from there."""
    first: dict[str, str] = {}
    for _, _, _, _, owner_id, person_id, start, *_ in rows:
        person = _person(people, owner_id, person_id)
        if person is not None and start is not None:
            first[person] = min(start, first.get(person, start))
    return first


def _states(
    population: Population,
    superseded: Sequence[tuple[Any, ...]],
    amount: int | None,
    currency: str | None,
    modified_at: str | None,
) -> list[State]:
    """The amounts that the quota had, as far as they had come true on the as-of day."""
    now = (modified_at or (superseded[-1][1] if superseded else None), None, amount, currency)
    states = [State(_day(since, population), held, code) for since, _, held, code in (*superseded, now)]
    states.sort(key=lambda state: state.since)
    return [states[0], *(state for state in states[1:] if state.since <= population.question.as_of)]


def _day(since: str | None, population: Population) -> str:
    """The day on which a state began, '' where nobody says; a person may have written no more than the day."""
    if since is None:
        return ""
    return since if len(since) == len("2026-01-01") else day_of(since, population.zone)


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

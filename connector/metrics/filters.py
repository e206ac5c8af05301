"""Turns ``--where KEY=VALUE`` into the stored values that it means, or says what exists.

It must not know which measure asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from connector.errors import UsageError
from connector.metrics.people import People, fold
from connector.metrics.scope import PIPELINE
from connector.metrics.workspace import Workspace, literal

if TYPE_CHECKING:
    from connector.mapping.pipelines import Funnels

NONE = "(none)"
_DEALS = ("opportunity", "opportunity_version")
#: how many existing values an error message lists
_SHOWN = 40


@dataclass(frozen=True)
class Filters:
    """key -> stored values that pass; None among them stands for rows that have none."""

    passing: dict[str, frozenset[str | None]] = field(default_factory=dict)

    def condition(self, key: str, expression: str) -> str | None:
        """The SQL condition of one key over an expression, None where the key does not filter."""
        if key not in self.passing:
            return None
        values = sorted(value for value in self.passing[key] if value is not None)
        parts = [f"{expression} IN ({', '.join(map(literal, values))})"] if values else []
        if None in self.passing[key]:
            parts.append(f"{expression} IS NULL")
        return f"({' OR '.join(parts)})" if parts else "1 = 0"

    def without(self, *keys: str) -> Filters:
        """The same filters but for these keys."""
        return Filters({key: passing for key, passing in self.passing.items() if key not in keys})


@dataclass(frozen=True)
class _Choice:
    """One existing value: what is stored, what it is called, and everything it answers to."""

    stored: str | None
    shown: str
    answers: frozenset[str]


def resolve(
    where: Sequence[tuple[str, str]],
    keys: Sequence[str],
    measure: str,
    space: Workspace,
    people: People,
    funnels: Funnels,
) -> Filters:
    """Checks the filters of a measure; repeated keys narrow."""
    passing: dict[str, frozenset[str | None]] = {}
    for key, value in where:
        if key not in keys:
            raise UsageError(
                f"--where {key}={value}: {measure} has no filter {key!r}.", hint=f"It has: {', '.join(keys)}."
            )
        choices = _choices(key, space, people, funnels)
        if fold(value) == NONE and _may_be_none(key, space, funnels):
            choices.append(_Choice(None, NONE, frozenset({NONE})))
        found = frozenset(choice.stored for choice in choices if fold(value) in choice.answers)
        found = found or (_owner_unknown(space, value) if key == "person" else found)
        if not found:
            raise UsageError(f"--where {key}={value}: there is no such {key}.", hint=_what_exists(key, choices))
        passing[key] = passing.get(key, found) & found
    return Filters(passing)


def _owner_unknown(space: Workspace, value: str) -> frozenset[str | None]:
    """An owner of records who is no known user (a queue, say), and is shown by the id."""
    tables = ("opportunity", "lead", "quota")
    owned = (f"SELECT owner_id FROM {table} WHERE LOWER(owner_id) = {literal(fold(value))}" for table in tables)
    return frozenset(owner for (owner,) in space.rows(" UNION ".join(owned)))


def _may_be_none(key: str, space: Workspace, funnels: Funnels) -> bool:
    """Whether a row may have none: who owns a deal and in which stage it is changes with the day, so these may."""
    if key == "status" or (key == PIPELINE and not funnels.own):  # open where none is told, and the only pipeline
        return False
    tables = {"region": _DEALS, "type": _DEALS, PIPELINE: _DEALS, "lead_source": (*_DEALS, "lead")}
    lacking = [f"SELECT 1 FROM {table} WHERE {key} IS NULL" for table in tables.get(key, ())]
    return not lacking or any(space.rows(f"{select} LIMIT 1") for select in lacking)


def _what_exists(key: str, choices: Iterable[_Choice]) -> str:
    shown = sorted({choice.shown for choice in choices if choice.stored is not None})
    if not shown:
        return f"No row in the store has a {key}."
    more = f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else ""
    return f"There is: {', '.join(shown[:_SHOWN])}{more}."


def _choices(key: str, space: Workspace, people: People, funnels: Funnels) -> list[_Choice]:
    special: dict[str, Callable[[], list[_Choice]]] = {
        "person": lambda: _persons(people),
        "team": lambda: _teams(people),
        "stage": lambda: [
            _Choice(s.key, s.key, frozenset({fold(s.key), fold(s.name)})) for funnel in funnels for s in funnel.stages
        ],
        "status": lambda: [_Choice(word, word, frozenset({word})) for word in ("open", "won", "lost")],
    }
    if key in special:
        return special[key]()
    tables = {"source": ("opportunity", "lead", "quota", "crm_user"), "lead_source": ("opportunity", "lead")}
    reads = (f"SELECT {key} AS value FROM {table}" for table in tables.get(key, ("opportunity",)))
    values = space.rows(f"SELECT DISTINCT value FROM ({' UNION '.join(reads)}) AS found WHERE value IS NOT NULL")
    pipelines = list(funnels.own.values()) or [funnels.default]
    declared = [funnel.pipeline for funnel in pipelines] if key == PIPELINE else []
    return [_Choice(value, value, frozenset({fold(value)})) for value in (*(value for (value,) in values), *declared)]


def _persons(people: People) -> list[_Choice]:
    users: dict[str, set[str]] = {}
    for user in people.users.values():
        users.setdefault(user.person_id, set()).add(fold(user.id))
    return [
        _Choice(
            person,
            f"{name} <{min(people.emails[person])}>" if people.emails.get(person) else name,
            frozenset({fold(person), fold(name), *people.emails.get(person, ()), *users.get(person, ())}),
        )
        for person, name in people.names.items()
    ]


def _teams(people: People) -> list[_Choice]:
    answers: dict[str, set[str]] = {team: {fold(name), fold(team)} for team, name in people.teams.items()}
    for team, merged in people.merged.items():
        answers.setdefault(merged, set()).add(fold(team))
    return [_Choice(team, people.teams.get(team, team), frozenset(known)) for team, known in answers.items()]

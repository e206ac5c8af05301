"""Who is behind a CRM user, and in which team on which day, as the measures count them.

Responsible for merging teams across sources and for reading managers; must not know deals or quotas.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connector.metrics.workspace import Workspace

#: text that sorts before, and after, every day
ALL_THE_PAST, FOR_EVER = "", "9999-99-99"


def fold(text: str | None) -> str:
    """Text as names are compared: without case and outer blanks."""
    return (text or "").strip().casefold()


@dataclass(frozen=True)
class User:
    """One CRM user."""

    id: str
    source: str | None
    person_id: str
    manager_id: str | None


@dataclass(frozen=True)
class Span:
    """A user's team from a day to a day; spans of one user never overlap."""

    from_on: str
    until_on: str
    team_id: str


@dataclass(frozen=True)
class People:
    """Users, persons and merged teams of one store."""

    users: dict[str, User]
    #: person id -> display name
    names: dict[str, str]
    #: person id -> folded addresses
    emails: dict[str, set[str]]
    #: merged team id -> display name
    teams: dict[str, str]
    #: any team id -> merged team id
    merged: dict[str, str]
    spans: dict[str, list[Span]]

    def team_on(self, user_id: str | None, day: str) -> str | None:
        """The merged team of a user on a day."""
        spans = self.spans.get(user_id or "", ())
        return next((span.team_id for span in spans if span.from_on <= day < span.until_on), None)

    def person_of(self, user_id: str | None) -> str | None:
        """The person behind an owner; an owner who is no known user stands for itself."""
        user = self.users.get(user_id or "")
        return user.person_id if user else user_id

    def name_of(self, person_id: str | None) -> str | None:
        """What to call a person, or an owner who is no known user."""
        return self.names.get(person_id or "", person_id)

    def above(self, user_id: str | None) -> Iterator[str]:
        """The user's managers, from the next one up; a circle ends where it began."""
        seen = {user_id}
        user = self.users.get(user_id or "")
        while user is not None and user.manager_id is not None and user.manager_id not in seen:
            seen.add(user.manager_id)
            yield user.manager_id
            user = self.users.get(user.manager_id)


def read_people(space: Workspace) -> People:
    """Reads the small tables of people whole."""
    persons = {row[0]: (row[1], row[2]) for row in space.rows("SELECT id, name, email FROM person")}
    users: dict[str, User] = {}
    names: dict[str, str] = {}
    emails: dict[str, set[str]] = {}
    current_team: dict[str, str] = {}
    for user_id, source, name, email, manager_id, team_id, person_id in space.rows(
        "SELECT id, source, name, email, manager_id, team_id, person_id FROM crm_user ORDER BY id"
    ):
        person = person_id or user_id
        users[user_id] = User(user_id, source, person, manager_id)
        known_name, known_email = persons.get(person, (None, None))
        if names.get(person, person) == person:
            names[person] = known_name or name or person
        emails.setdefault(person, set()).update({fold(email), fold(known_email)} - {""})
        if team_id is not None:
            current_team[user_id] = team_id
    for person, (name, email) in persons.items():
        names.setdefault(person, name or person)
        emails.setdefault(person, set()).update({fold(email)} - {""})
    teams, merged = _merge_teams(space.rows("SELECT id, source, name, COALESCE(is_deleted, 0) FROM team ORDER BY id"))
    return People(users, names, emails, teams, merged, _spans(space, current_team, merged))


def _merge_teams(rows: Iterable[tuple[str, str | None, str | None, int]]) -> tuple[dict[str, str], dict[str, str]]:
    """Teams of one folded name in different sources are one; a name twice in one source merges with nothing."""
    known = list(rows)
    by_name: dict[str, list[tuple[str, str | None]]] = {}
    for team_id, source, name, is_deleted in known:
        if fold(name) and not is_deleted:
            by_name.setdefault(fold(name), []).append((team_id, source))
    merged = {team_id: team_id for team_id, *_ in known}
    for same in by_name.values():
        if len({source for _, source in same}) == len(same):
            merged.update({team_id: same[0][0] for team_id, _ in same})
    names = {team_id: name or team_id for team_id, _, name, _ in known if merged[team_id] == team_id}
    return names, merged


def _spans(space: Workspace, current_team: dict[str, str], merged: dict[str, str]) -> dict[str, list[Span]]:
    """Every user's teams in time; the first team seen holds for all the past."""
    held: dict[str, list[tuple[str, str, str]]] = {user: [("", FOR_EVER, team)] for user, team in current_team.items()}
    stored: dict[str, list[tuple[str, str, str]]] = {}
    for user_id, team_id, valid_from, valid_to in space.rows(
        "SELECT crm_user_id, team_id, COALESCE(valid_from, ''), valid_to FROM membership "
        "WHERE team_id IS NOT NULL ORDER BY crm_user_id, COALESCE(valid_from, ''), id"
    ):
        stored.setdefault(user_id, []).append((valid_from, valid_to or FOR_EVER, team_id))
    held.update(stored)
    return {user: _without_overlap(spans, merged) for user, spans in held.items()}


def _without_overlap(held: list[tuple[str, str, str]], merged: dict[str, str]) -> list[Span]:
    ends = [min(until, following[0]) for (_, until, _), following in pairwise([*held, (FOR_EVER, "", "")])]
    starts = [ALL_THE_PAST, *(start for start, _, _ in held[1:])]
    return [
        Span(start, end, merged.get(team, team))
        for start, end, (_, _, team) in zip(starts, ends, held, strict=True)
        if start < end
    ]


def load_people(space: Workspace, people: People) -> None:
    """Puts users and their teams in time where SQL can join them."""
    users = ((user.id, user.person_id) for user in people.users.values())
    space.lookup("metric_user", "user_id TEXT PRIMARY KEY, person_id TEXT", users)
    spans = (
        (user_id, span.from_on, span.until_on, span.team_id)
        for user_id, spans in people.spans.items()
        for span in spans
    )
    space.lookup(
        "metric_team_span",
        "user_id TEXT, from_on TEXT, until_on TEXT, team_id TEXT, PRIMARY KEY (user_id, from_on)",
        spans,
    )

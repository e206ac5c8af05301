"""One person for all CRM users of one human, and the person behind each quota.

Names and addresses come from the source configured first. Ids that somebody chose by hand are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection

from connector.mapping.identity import identified, is_derived
from connector.mapping.people import fold_email
from connector.store.versions import supersede
from connector.sync.derive.context import DeriveContext
from connector.sync.derive.rows import fetch, one, run, run_many, set_columns

_USERS = """
    SELECT id, source, source_object, name, email, is_active, is_deleted, person_id
    FROM crm_user
"""
_QUOTAS = """
    UPDATE quota SET person_id = crm_user.person_id
    FROM crm_user
    WHERE crm_user.id = quota.owner_id AND quota.person_id IS NOT crm_user.person_id
      AND (quota.person_id IS NULL OR (quota.person_id LIKE 'person:%' AND length(quota.person_id) = 71))
"""
_ORPHANED_QUOTAS = """
    UPDATE quota SET person_id = NULL
    WHERE person_id IS NOT NULL AND source_object IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM crm_user WHERE crm_user.id = quota.owner_id)
"""
_UNUSED = """
    SELECT id FROM person
    WHERE NOT EXISTS (SELECT 1 FROM crm_user WHERE crm_user.person_id = person.id)
      AND NOT EXISTS (SELECT 1 FROM quota WHERE quota.person_id = person.id)
"""

#: place of the source in the config, then live and active users first, then the id
Rank = tuple[int, int, int, str]


@dataclass(slots=True)
class _Face:
    """What a person is shown as: the best user's name."""

    rank: Rank
    name: str | None
    email: str | None
    by_hand: bool


def derive_people(conn: Connection, context: DeriveContext) -> None:
    """Fills crm_user.person_id, quota.person_id and the person table; writes what differs only."""
    faces: dict[str, _Face] = {}
    set_columns(conn, "crm_user", ("person_id",), _users(conn, context, faces))
    # what is known of a person is told by their users, and not before the last of them came
    seen_at = max(context.now, one(conn, "SELECT max(synced_at) FROM crm_user") or "")
    _write_persons(conn, faces, seen_at)
    run(conn, _QUOTAS)
    run(conn, _ORPHANED_QUOTAS)
    _drop_unused(conn, seen_at)


def _users(conn: Connection, context: DeriveContext, faces: dict[str, _Face]) -> Iterator[tuple[str, str]]:
    """(user, person) where it differs; notes on the way what each person is shown as."""
    order = {source: place for place, source in enumerate(context.kinds)}
    for user, source, made_from, name, email, is_active, is_deleted, stored in fetch(conn, _USERS):
        by_hand = made_from is None
        person = identified(context.people, user, email, stored, by_hand=by_hand)
        if person is None:
            continue
        rank = (order.get(source, len(order)), int(bool(is_deleted)), int(is_active == 0), user)
        declared = context.people.name_of(email)
        _note(faces, person, _Face(rank, name, context.people.canonical(email) or fold_email(email), by_hand), declared)
        if person != stored:
            yield user, person


def _note(faces: dict[str, _Face], person: str, face: _Face, declared: str | None) -> None:
    if declared:
        face.name = declared
    known = faces.get(person)
    if known is None:
        faces[person] = face
        return
    better, other = (face, known) if face.rank < known.rank else (known, face)
    better.name = better.name or other.name
    better.by_hand = better.by_hand and other.by_hand
    faces[person] = better


def _write_persons(conn: Connection, faces: dict[str, _Face], seen_at: str) -> None:
    """A person row put in by hand for users put in by hand keeps its name."""
    stored = {row[0]: (row[1], row[2]) for row in fetch(conn, "SELECT id, name, email FROM person")}
    rows = []
    for person, face in faces.items():
        old = stored.get(person)
        if old is not None and face.by_hand:
            face.name, face.email = old[0] or face.name, old[1] or face.email
        if old != (face.name, face.email):
            rows.append((person, face.name, face.email, None if old is None else seen_at))
    supersede(conn, "person", (person for person, *_ in rows), known_to=seen_at)
    run_many(
        conn,
        "INSERT INTO person (id, name, email, synced_at) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE "
        "SET name = excluded.name, email = excluded.email, synced_at = excluded.synced_at",
        rows,
    )


def _drop_unused(conn: Connection, seen_at: str) -> None:
    unused = [person for (person,) in fetch(conn, _UNUSED) if is_derived(person)]
    supersede(conn, "person", unused, known_to=seen_at)
    run_many(conn, "DELETE FROM person WHERE id = ?", ((person,) for person in unused))

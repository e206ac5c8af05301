"""Batch upsert: writes the mapped rows of one page and leaves what the store has already untouched.

Must not know where rows come from. Never commits: the caller's transaction holds the whole page.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain

from sqlalchemy import Connection

from connector.store.chunks import chunks
from connector.store.engine import driver
from connector.store.statements import AT_ONCE, Mapped, Statements, statements
from connector.store.texts import storable
from connector.store.versions import supersede


@dataclass
class Loaded:
    """What a load did: ``changed`` are unified ids that changed the store, in the order of the rows.

    ``unchanged`` counts the other rows: those the store had already, and those that a later row of the same
    page replaced. So len(changed) + unchanged is the number of rows handed over.
    """

    changed: list[str] = field(default_factory=list)
    unchanged: int = 0
    #: every row was new and stands in the store as it came, derived columns included
    all_new: bool = False


def load(
    conn: Connection, name: str, columns: Sequence[str], rows: Sequence[Mapped], *, synced_at: str, fresh: bool
) -> Loaded:
    """Writes rows of one table; within a page the last row of an id wins.

    ``columns`` start with ``id`` and name every value of the tuples; columns that a mapping could fill and
    this one does not are NULL in the rows it writes. ``fresh`` promises that none of the ids is stored: they
    are inserted without a look; a broken promise costs time, never a wrong row. Derived columns in
    ``columns`` are taken by new rows only. A deleted row that is stored already keeps its last values.
    """
    if not rows:
        return Loaded()
    todo = statements(name, tuple(columns), synced_at)
    raw = driver(conn)
    raw.execute("SAVEPOINT page")
    try:
        done = _write(conn, name, todo, rows, synced_at, fresh=fresh)
    except UnicodeEncodeError:
        raw.execute("ROLLBACK TO page")
        cleaned = [tuple(map(storable, row)) for row in rows]
        done = _write(conn, name, todo, cleaned, synced_at, fresh=fresh)
    raw.execute("RELEASE page")
    return done


def _write(
    conn: Connection, name: str, todo: Statements, rows: Sequence[Mapped], synced_at: str, *, fresh: bool
) -> Loaded:
    if fresh:
        try:
            _insert(driver(conn), todo, rows)
        except sqlite3.IntegrityError:
            driver(conn).execute("ROLLBACK TO page")
        else:
            return Loaded([row[0] for row in rows], all_new=True)
    return _compare_and_write(conn, name, todo, rows, synced_at)


def _insert(raw: sqlite3.Connection, todo: Statements, rows: Sequence[Mapped]) -> None:
    whole = len(rows) - len(rows) % AT_ONCE
    for start in range(0, whole, AT_ONCE):
        batch = todo.insert_layout(rows[start : start + AT_ONCE])
        raw.execute(todo.insert_many, tuple(chain.from_iterable(batch)))
    raw.executemany(todo.insert, todo.insert_layout(rows[whole:]))


def _compare_and_write(conn: Connection, name: str, todo: Statements, rows: Sequence[Mapped], synced_at: str) -> Loaded:
    incoming = {row[0]: row for row in rows}
    stored = _differing(conn, todo, incoming)
    new, live, gone = _sorted_by_what_they_need(todo, incoming, stored)
    supersede(conn, name, [row[0] for row in (*live, *gone)], known_to=synced_at)
    raw = driver(conn)
    _insert(raw, todo, new)
    raw.executemany(todo.update, todo.update_layout(live))
    raw.executemany(todo.mark_deleted, todo.mark_deleted_layout(gone))
    written = {row[0] for batch in (new, live, gone) for row in batch}
    return Loaded([each for each in incoming if each in written], len(rows) - len(written))


def _differing(conn: Connection, todo: Statements, incoming: dict[str, Mapped]) -> dict[str, Mapped | None]:
    """id -> stored tuple of the rows that are not stored as they come in; None where they are stored so."""
    raw = driver(conn)
    found: dict[str, Mapped | None] = {}
    for ids in chunks(incoming):
        for row in raw.execute(todo.stored(len(ids)), ids):
            same = not row[-1] and row[:-1] == incoming[row[0]]
            found[row[0]] = None if same else row
    return found


def _sorted_by_what_they_need(
    todo: Statements, incoming: dict[str, Mapped], stored: dict[str, Mapped | None]
) -> tuple[list[Mapped], list[Mapped], list[Mapped]]:
    new: list[Mapped] = []
    live: list[Mapped] = []
    gone: list[Mapped] = []
    for each, row in incoming.items():
        if each not in stored:
            new.append(row)
            continue
        old = stored[each]
        if old is None:
            continue
        if row[todo.deleted_at]:
            if not old[todo.deleted_at] or row[todo.modified_at] not in (None, old[todo.modified_at]):
                gone.append(row)
        elif old[-1] or _differs(todo, row, old):
            live.append(row)
    return new, live, gone


def _differs(todo: Statements, row: Mapped, old: Mapped) -> bool:
    """Whether a live row says something else than the stored one, derived columns aside."""
    return any(
        value != old[place]
        for place, value in enumerate(row)
        if place not in todo.derived and not (value is None and place in todo.completed)
    )

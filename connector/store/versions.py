"""Keeps the state of rows that a change is about to replace; must not know what the change is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

from sqlalchemy import Connection

from connector.store.chunks import chunks, marks
from connector.store.superseded import OWN
from connector.store.tables import VERSIONS, table


def supersede(conn: Connection, name: str, ids: Iterable[str], *, known_to: str) -> None:
    """Copies the stored state of these rows into the version table of ``name``.

    Every change of a row leaves a version, also one of columns that no measure reads: so the spans from
    known_from to known_to of one record follow each other without a gap, and ``--known-at`` finds one state
    for every moment. Columns that are computed are not such a change: they follow from what was known.
    """
    for chunk in chunks(ids):
        conn.exec_driver_sql(_copy(name, len(chunk)), (known_to, *chunk))


@cache
def _kept(name: str) -> Sequence[str]:
    return [column.name for column in table(VERSIONS[name]).columns if column.name not in OWN]


@cache
def _copy(name: str, rows: int) -> str:
    kept = ", ".join(_kept(name))
    return (
        f"INSERT INTO {VERSIONS[name]} (id, known_from, known_to, {kept}) "
        f"SELECT id, synced_at, ?, {kept} FROM {name} WHERE id IN ({marks(rows)}) ORDER BY id"
    )

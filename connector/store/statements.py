"""Writes the SQL of a batch load from a table and the columns a mapper hands over; runs nothing.

Each statement comes with the way a mapped tuple is laid out for it. Parameters are plain question marks: numbered
ones would spare the layout, but Python 3.12.0 to 3.12.3 warn about each of them, at a multiple of the cost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Any

from connector.store.chunks import marks
from connector.store.tables import columns_marked, table

#: the mapper's name for a column -> the column that keeps what the source shows: the visible one is derived
KEPT_AS = {"opportunity": {"source_stage": "crm_stage"}}
#: rows that one statement inserts: measured, a sixth faster than one by one, and other threads run meanwhile
AT_ONCE = 100

Mapped = tuple[Any, ...]
Layout = Callable[[Iterable[Mapped]], Iterable[Mapped]]


@dataclass(frozen=True)
class Statements:
    """What one load of (table, columns) needs; places are indexes into the mapped tuple."""

    insert: str
    #: the same for ``AT_ONCE`` rows, whose values follow one another
    insert_many: str
    insert_layout: Layout
    update: str
    update_layout: Layout
    mark_deleted: str
    mark_deleted_layout: Layout
    select: str
    deleted_at: int
    modified_at: int
    #: values that are no difference where the mapper has none: the store works them out
    completed: tuple[int, ...]
    #: values that only a new row takes from the tuple
    derived: tuple[int, ...]

    def stored(self, rows: int) -> str:
        """Selects the stored tuples of so many ids in the mapper's order, then 1 where an unmapped column is filled."""
        return f"{self.select} WHERE id IN ({marks(rows)})"


@lru_cache(maxsize=256)
def statements(name: str, columns: tuple[str, ...], synced_at: str) -> Statements:
    """The statements for these columns. ``synced_at`` stands in the text: it is the same for the whole batch."""
    _check(name, columns, synced_at)
    place = {column: index for index, column in enumerate(columns)}
    # a row that comes with derived columns tells the two apart: what the source shows, and what is seen of it
    told_apart = {seen: shown for seen, shown in KEPT_AS.get(name, {}).items() if shown in place}
    kept_as = {seen: shown for seen, shown in KEPT_AS.get(name, {}).items() if shown not in place}
    derived = set(columns_marked(name, "derived")).difference(told_apart.values()).union(told_apart)
    completed = set(columns_marked(name, "completed"))
    mapped = {kept_as.get(column, column): index for column, index in place.items() if column not in derived}
    lingering = [
        column.name
        for column in table(name).columns
        if column.nullable and column.name not in {*mapped, *kept_as, *derived, *completed, "synced_at"}
    ]
    inserted = {**place, **mapped}
    updated = {column: index for column, index in mapped.items() if column != "id"}
    return Statements(
        insert=_insert(name, inserted, synced_at),
        insert_many=_insert(name, inserted, synced_at, AT_ONCE),
        insert_layout=_layout(list(inserted.values()), len(columns)),
        update=_update(name, updated, lingering, synced_at),
        update_layout=_layout([*updated.values(), 0], len(columns)),
        mark_deleted=_mark_deleted(name, synced_at),
        mark_deleted_layout=_layout([place["source_modified_at"], 0], len(columns)),
        select=_select(name, columns, kept_as, lingering),
        deleted_at=place["is_deleted"],
        modified_at=place["source_modified_at"],
        completed=tuple(place[column] for column in columns if column in completed),
        derived=tuple(place[column] for column in columns if column in derived),
    )


def _layout(places: Sequence[int], width: int) -> Layout:
    if list(places) == list(range(width)):
        return lambda rows: rows
    pick = itemgetter(*places)
    return lambda rows: map(pick, rows)


def _check(name: str, columns: tuple[str, ...], synced_at: str) -> None:
    unknown = [column for column in columns if column not in table(name).columns]
    if unknown or columns[:1] != ("id",) or not {"is_deleted", "source_modified_at"} <= set(columns):
        raise ValueError(f"{name}: columns must start with id, have the common ones, and exist: {columns} {unknown}")
    if not synced_at.replace("-", "").replace(":", "").isalnum():
        raise ValueError(f"{synced_at!r} is no instant")


def _insert(name: str, inserted: Iterable[str], synced_at: str, rows: int = 1) -> str:
    names = list(inserted)
    row = f"({marks(len(names))}, '{synced_at}')"
    return f"INSERT INTO {name} ({', '.join(names)}, synced_at) VALUES {', '.join([row] * rows)}"


def _update(name: str, updated: Iterable[str], lingering: Iterable[str], synced_at: str) -> str:
    settings = [f"{column} = ?" for column in updated] + [f"{column} = NULL" for column in lingering]
    return f"UPDATE {name} SET {', '.join(settings)}, synced_at = '{synced_at}' WHERE id = ?"


def _mark_deleted(name: str, synced_at: str) -> str:
    return (
        f"UPDATE {name} SET is_deleted = 1, source_modified_at = coalesce(?, source_modified_at), "
        f"synced_at = '{synced_at}' WHERE id = ?"
    )


def _select(name: str, columns: tuple[str, ...], kept_as: dict[str, str], lingering: list[str]) -> str:
    shown = ", ".join(kept_as.get(column, column) for column in columns)
    filled = " OR ".join(f"{column} IS NOT NULL" for column in lingering) or "0"
    return f"SELECT {shown}, {filled} FROM {name}"

"""Writes the SQL of a batch load from a table and the columns a mapper hands over; runs nothing.

Parameters are numbered, so that one mapped tuple serves every statement as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from connector.store.chunks import marks
from connector.store.tables import columns_marked, table

#: the mapper's name for a column -> the column that keeps what the source shows: the visible one is derived
KEPT_AS = {"opportunity": {"source_stage": "crm_stage"}}


@dataclass(frozen=True)
class Statements:
    """What one load of (table, columns) needs; places are indexes into the mapped tuple."""

    insert: str
    update: str
    #: values at the head of a mapped tuple that ``update`` names
    update_width: int
    #: takes the id and source_modified_at
    mark_deleted: str
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
    kept_as = KEPT_AS.get(name, {})
    derived = set(columns_marked(name, "derived"))
    completed = set(columns_marked(name, "completed"))
    place = {column: index for index, column in enumerate(columns)}
    mapped = {kept_as.get(column, column): index for column, index in place.items() if column not in derived}
    lingering = [
        column.name
        for column in table(name).columns
        if column.name not in {*mapped, *kept_as, *derived, *completed, "synced_at", "is_deleted"}
    ]
    return Statements(
        insert=_insert(name, place, mapped, synced_at),
        update=_update(name, mapped, lingering, synced_at),
        update_width=max(mapped.values()) + 1,
        mark_deleted=_mark_deleted(name, synced_at),
        select=_select(name, columns, kept_as, lingering),
        deleted_at=place["is_deleted"],
        modified_at=place["source_modified_at"],
        completed=tuple(place[column] for column in columns if column in completed),
        derived=tuple(place[column] for column in columns if column in derived),
    )


def _check(name: str, columns: tuple[str, ...], synced_at: str) -> None:
    unknown = [column for column in columns if column not in table(name).columns]
    if unknown or columns[:1] != ("id",) or not {"is_deleted", "source_modified_at"} <= set(columns):
        raise ValueError(f"{name}: columns must start with id, have the common ones, and exist: {columns} {unknown}")
    if not synced_at.replace("-", "").replace(":", "").isalnum():
        raise ValueError(f"{synced_at!r} is no instant")


def _insert(name: str, place: dict[str, int], mapped: dict[str, int], synced_at: str) -> str:
    values = {column: f"?{index + 1}" for column, index in {**place, **mapped}.items()}
    values["synced_at"] = f"'{synced_at}'"
    return f"INSERT INTO {name} ({', '.join(values)}) VALUES ({', '.join(values.values())})"


def _update(name: str, mapped: dict[str, int], lingering: list[str], synced_at: str) -> str:
    settings = [f"{column} = ?{index + 1}" for column, index in mapped.items() if column != "id"]
    settings += [f"{column} = NULL" for column in lingering]
    return f"UPDATE {name} SET {', '.join(settings)}, synced_at = '{synced_at}' WHERE id = ?1"


def _mark_deleted(name: str, synced_at: str) -> str:
    return (
        f"UPDATE {name} SET is_deleted = 1, source_modified_at = coalesce(?2, source_modified_at), "
        f"synced_at = '{synced_at}' WHERE id = ?1"
    )


def _select(name: str, columns: tuple[str, ...], kept_as: dict[str, str], lingering: list[str]) -> str:
    shown = ", ".join(kept_as.get(column, column) for column in columns)
    filled = " OR ".join(f"{column} IS NOT NULL" for column in lingering) or "0"
    return f"SELECT {shown}, {filled} FROM {name}"

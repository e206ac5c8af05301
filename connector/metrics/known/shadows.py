"""Which state of each row was known at a moment, and the views that show it in place of the store's tables.

One rule for every table: of a row's superseded states and its present one, the state holds that came before the
moment and was replaced after it. It must not know what the tables mean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connector.metrics.workspace import Workspace, literal
from connector.store.tables import VERSIONS, table

#: when a row put in by hand, without ``synced_at``, can have been known at the earliest: nothing is known before it is
FACTS = {
    "opportunity": ("created_at", "created_on"),
    "lead": ("created_at", "created_on"),
    "stage_event": ("occurred_at", "occurred_on"),
    "activity": ("occurred_at", "occurred_on"),
    "satisfaction": ("given_at", "given_on"),
}
#: tables whose superseded states people may put in by hand, naming some columns only
COMPLETED = ("opportunity", "quota")


@dataclass(frozen=True)
class Moment:
    """The end of a day in the reporting time zone: ``end`` is the first instant after it."""

    day: str
    end: str

    def is_before(self, expression: str) -> str:
        """SQL: whether an instant, or a day where somebody wrote no more, lies after the moment."""
        return (
            f"CASE WHEN LENGTH({expression}) = 10 THEN {expression} > {literal(self.day)} "
            f"ELSE {expression} >= {literal(self.end)} END"
        )

    def precedes(self, text: str) -> bool:
        """The same of a value."""
        return text > self.day if len(text) == 10 else text >= self.end


@dataclass
class Shadows:
    """The temporary tables and views of one question.

    ``known_<table>`` lists the rows of a table that were not known as they are now: ``version_id`` is the superseded
    state that was, NULL where the row was not known at all. Tables without such rows have none, and no view.
    """

    space: Workspace
    moment: Moment
    #: tables with rows that were not known as they are now
    found: set[str] = field(default_factory=set)
    _made: list[tuple[str, str]] = field(default_factory=list)

    def find(self, name: str) -> None:
        """Lists what was not known as it is now."""
        self.keep(f"known_{name}", "id TEXT PRIMARY KEY, version_id INTEGER")
        self.add(f"known_{name}", _states(name, self.moment, self.space.store))
        (count,) = self.space.rows(f"SELECT COUNT(*) FROM known_{name}")[0]
        if count:
            self.found.add(name)
            past = ", ".join(column.name for column in table(VERSIONS[name]).columns)
            superseded = f"known_to IS NULL OR {self.moment.is_before('known_to')}"
            versions = f"{self.space.store}.{VERSIONS[name]}"
            self.view(VERSIONS[name], f"SELECT {past} FROM {versions} WHERE NOT ({superseded})")

    def raise_the_rest(self, but: Iterable[str]) -> None:
        """Puts up the views of all tables that have none yet; those of some are somebody else's to put up."""
        for name in sorted(self.found - self.space.covered - set(but)):
            self.show(name)

    def show(self, name: str, **choices: Any) -> None:
        """Puts up the view of a table: rows that were known as they are, and of others the state that was known."""
        self.replace(name, self.rows_of(name, **choices))

    def rows_of(
        self, name: str, *, past: Mapping[str, str] | None = None, present: Mapping[str, str] | None = None,
        present_only_if: str = "1",
    ) -> str:  # fmt: skip
        """The rows of a table as they were known, as a query.

        ``past`` and ``present`` give SQL for single columns, over the superseded state ``v`` and the row ``m``.
        """
        now = _select(name, lambda column: (present or {}).get(column, f"m.{column}"))
        then = _select(name, lambda column: (past or {}).get(column, _of_version(name, column)))
        store = self.space.store
        return (
            f"SELECT {now} FROM {store}.{name} m WHERE m.id NOT IN (SELECT id FROM known_{name}) AND {present_only_if} "
            f"UNION ALL SELECT {then} FROM known_{name} c "
            f"JOIN {store}.{VERSIONS[name]} v ON v.version_id = c.version_id LEFT JOIN {store}.{name} m ON m.id = c.id"
        )

    def replace(self, name: str, select: str) -> None:
        """Puts up a view with the name of a table."""
        self.space.covered.add(name)
        self.view(name, select)

    def keep(self, name: str, columns: str, rows: Iterable[Sequence[Any]] = ()) -> None:
        """A temporary table with these rows."""
        self._made.append(("TABLE", name))
        self.space.fill(name, columns, rows)

    def add(self, name: str, select: str) -> None:
        """More rows for a temporary table, from a query."""
        self.space.conn.exec_driver_sql(f"INSERT INTO temp.{name} {select}")

    def view(self, name: str, select: str) -> None:
        """A temporary view of any name."""
        self._made.append(("VIEW", name))
        self.space.view(name, select)

    def drop(self) -> None:
        """Takes everything down again: the tables of the store stand under their names as before."""
        for kind, name in reversed(self._made):
            self.space.conn.exec_driver_sql(f"DROP {kind} IF EXISTS temp.{name}")
        self.space.covered.clear()


def columns_of(name: str) -> str:
    """The columns of a table, for a temporary one of the same shape."""
    kinds: dict[type[Any], str] = {int: "INTEGER", float: "DOUBLE"}
    return ", ".join(f"{column.name} {kinds.get(column.type.python_type, 'TEXT')}" for column in table(name).columns)


def _select(name: str, expression: Callable[[str], str]) -> str:
    return ", ".join(f"{expression(column.name)} AS {column.name}" for column in table(name).columns)


def _of_version(name: str, column: str) -> str:
    """A column of a superseded state; what a person left out of one put in by hand is as in the row."""
    if column == "synced_at":
        return "v.known_from"
    if column == "is_deleted":
        return "COALESCE(v.is_deleted, 0)"
    if name in COMPLETED and column not in ("id", "source_modified_at"):
        by_hand = "v.source_object IS NULL AND m.source_object IS NULL"
        return f"CASE WHEN {by_hand} THEN COALESCE(v.{column}, m.{column}) ELSE v.{column} END"
    return f"v.{column}"


def _states(name: str, moment: Moment, store: str) -> str:
    """Rows that came or changed after the moment, each with the superseded state that was known at it.

    Where two states put in by hand leave a gap, the earlier one holds on.
    """
    versions = VERSIONS[name]
    replaced_later = f"v.known_to >= {literal(moment.day)} AND {moment.is_before('v.known_to')}"
    begun = f"COALESCE({', '.join(f'm.{column}' for column in ('synced_at', *FACTS.get(name, ())))}, '')"
    is_past = f"v.known_to IS NOT NULL AND NOT ({moment.is_before('v.known_to')})"
    return f"""
        SELECT c.id, (
          SELECT v.version_id FROM {store}.{versions} v
          WHERE v.id = c.id AND (v.known_from IS NULL OR NOT ({moment.is_before("v.known_from")}))
          ORDER BY {is_past},
                   CASE WHEN {is_past} THEN '' ELSE COALESCE(v.known_to, '9999') END,
                   CASE WHEN {is_past} THEN v.known_to ELSE '' END DESC,
                   CASE WHEN {is_past} THEN -v.version_id ELSE v.version_id END
          LIMIT 1
        )
        FROM (
          SELECT m.id FROM {store}.{name} m
          WHERE {moment.is_before(begun)} AND NOT EXISTS (SELECT 1 FROM {store}.{versions} v WHERE v.id = m.id)
          UNION
          SELECT v.id FROM {store}.{versions} v WHERE v.known_to IS NULL
          UNION
          SELECT v.id FROM {store}.{versions} v WHERE {replaced_later}
        ) c
        WHERE c.id IS NOT NULL
    """

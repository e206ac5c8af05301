"""What may be grouped, aggregated and selected beside an aggregate. Knows no record and no condition."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from connector.sandbox.salesforce.errors import Refusal, at_place, malformed_query
from connector.sandbox.salesforce.fields import NUMBERS, Field
from connector.sandbox.salesforce.soql.column import Column
from connector.sandbox.salesforce.soql.syntax import Call, Path, Query

_NUMERIC = NUMBERS | {"int", "long"}


class Grouping:
    """The grouping of one query; ``column`` resolves paths."""

    def __init__(self, query: Query, column: Callable[[Path], Column]) -> None:
        self._query = query
        self._column = column
        self._grouped = {column(path).path: column(path) for path in query.group_by}

    @property
    def sql(self) -> str:
        """What follows GROUP BY."""
        return ", ".join(column.sql for column in self._grouped.values())

    def check(self, selected: Sequence[Column], *, counts: bool) -> None:
        """Refuses what has no one value per group (sentences of the query engine, codes unverified)."""
        query = self._query
        for path in query.group_by:
            if not self._column(path).field.groupable:
                raise self._refused(path, f"field '{path.parts[-1]}' can not be grouped in a query call")
        aggregated = counts or any(isinstance(item, Call) and item.function != "FIELDS" for item in query.selected)
        if not aggregated and not query.group_by:
            return
        for item in query.selected:
            if isinstance(item, Call) and item.function == "FIELDS":
                raise malformed_query("FIELDS() cannot be selected beside aggregates")
            if isinstance(item, Path) and self._column(item).path not in self._grouped:
                raise self._refused(item, f"Field must be grouped or aggregated: {item.parts[-1]}")
        for ordering in query.order_by:
            if self._column(ordering.path).path not in self._grouped:
                path = ordering.path
                raise self._refused(path, f"Ordered field must be grouped or aggregated: {path.parts[-1]}")
        if counts and query.group_by:
            raise malformed_query("Grouping is not possible with COUNT()")
        for name, bound in (("LIMIT", query.limit), ("OFFSET", query.offset)):
            if selected and not query.group_by and bound is not None:
                overall = "Non-grouped query that uses overall aggregate functions"
                raise malformed_query(f"{overall} cannot also use {name}")

    def _refused(self, path: Path, message: str) -> Refusal:
        return malformed_query(at_place(self._query.text, path.position, message))


def refuse_unaggregatable(call: Call, field: Field, text: str) -> None:
    """Sums want numbers, the rest whatever describe calls aggregatable (docs: field types in aggregate functions)."""
    if field.aggregatable and (call.function not in ("SUM", "AVG") or field.type in _NUMERIC):
        return
    message = f"field {field.name} does not support aggregate operator {call.function}"
    raise malformed_query(at_place(text, call.position, message))

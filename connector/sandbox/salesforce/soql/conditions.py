"""WHERE clauses -> SQL, with the type rules of SOQL: what may be compared with what, and how nulls compare."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from connector.sandbox.salesforce.errors import Refusal, at_place, invalid_field, malformed_query, not_served
from connector.sandbox.salesforce.fields import COMPOUNDS, NUMBERS, Field
from connector.sandbox.salesforce.ids import normal
from connector.sandbox.salesforce.soql.syntax import Comparison, Condition, Literal, Logic, Path

_FAMILY = {
    "boolean": "boolean",
    "date": "date",
    "datetime": "datetime",
    "int": "number",
    "long": "number",
} | dict.fromkeys(NUMBERS, "number")
_NAMES = {"number": "double", "datetime": "dateTime"}
#: the names that Salesforce has for spans of time (docs: date formats and date literals)
_DATE_LITERALS = re.compile(
    r"(?:(?:LAST|THIS|NEXT)_(?:WEEK|MONTH|QUARTER|YEAR|FISCAL_QUARTER|FISCAL_YEAR)|(?:LAST|NEXT)_90_DAYS"
    r"|(?:LAST_N|NEXT_N|N)_(?:DAYS|WEEKS|MONTHS|QUARTERS|YEARS|FISCAL_QUARTERS|FISCAL_YEARS)(?:_AGO)?:\d+)\Z"
)
_SPELL = "%Y-%m-%dT%H:%M:%S"


class Conditions:
    """Compiles the conditions of one query. ``column`` resolves paths, ``semi_join`` compiles inner queries.

    ``now`` is in the user's time zone: date literals such as TODAY count that zone's days.
    """

    def __init__(
        self,
        column: Callable[[Path], Any],
        text: str,
        now: datetime,
        semi_join: Callable[[Comparison, Field], tuple[str, list[object]]],
    ) -> None:
        self._column = column
        self._text = text
        self._now = now
        self._semi_join = semi_join
        self._parameters: list[object] = []

    def sql(self, condition: Condition) -> tuple[str, list[object]]:
        """SQL that is 0 or 1 for every row, never NULL, and its parameters."""
        self._parameters = []
        return self._condition(condition), self._parameters

    def _condition(self, condition: Condition) -> str:
        if isinstance(condition, Logic):
            parts = [self._condition(part) for part in condition.conditions]
            if condition.operator == "NOT":
                return f"(NOT {parts[0]})"
            return _balanced(parts, condition.operator)
        return self._comparison(condition)

    def _comparison(self, comparison: Comparison) -> str:
        column = self._column(comparison.path)
        field: Field = column.field
        self._refuse_unfilterable(field, comparison.path)
        sql = f"CAST({column.sql} AS REAL)" if field.type in NUMBERS else column.sql
        if comparison.subquery is not None:
            inner, parameters = self._semi_join(comparison, field)
            self._parameters += parameters
            return f"coalesce({sql} {comparison.operator} ({inner}), 0)"
        self._refuse_operator(field, comparison)
        values = [self._value(field, literal, comparison.path) for literal in comparison.values]
        if comparison.operator in ("IN", "NOT IN"):
            return self._membership(sql, field, comparison.operator, values)
        if comparison.operator == "LIKE":
            self._parameters.append(comparison.values[0].text)
            return f"coalesce({sql} LIKE ? ESCAPE '\\', 0)"
        return self._compare(sql, field, comparison.operator, comparison.values[0], values[0])

    def _refuse_unfilterable(self, field: Field, path: Path) -> None:
        """Both sentences as clients report them from live orgs; address fields call themselves filterable."""
        if field.type in COMPOUNDS:
            message = "Address fields can only be filtered using Distance expressions"
        elif not field.filterable:
            message = f"field '{path.parts[-1]}' can not be filtered in a query call"
        else:
            return
        raise invalid_field(self._at(path.position, message))

    def _refuse_operator(self, field: Field, comparison: Comparison) -> None:
        """INCLUDES and EXCLUDES are for multipicklists, which no object here has."""
        operator, identity = comparison.operator, field.type in ("id", "reference")
        texts = self._family(field) == "string" and comparison.values[0].kind == "string"
        fits = {"LIKE": texts and not identity, "INCLUDES": False, "EXCLUDES": False}
        fits |= dict.fromkeys(("<", "<=", ">", ">="), field.type != "boolean")
        if not fits.get(operator, True):
            message = "invalid operator on id field" if identity else "invalid operator"
            raise Refusal(400, "INVALID_QUERY_FILTER_OPERATOR", self._at(comparison.path.position, message))

    def _compare(self, sql: str, field: Field, operator: str, literal: Literal, value: object) -> str:
        if isinstance(value, tuple):
            return self._within(sql, operator, value)
        folded = " COLLATE NOCASE" if self._family(field) == "string" and field.type not in ("id", "reference") else ""
        self._parameters.append(value)
        if operator in ("=", "!="):
            return f"({sql} {'IS' if operator == '=' else 'IS NOT'} ?{folded})"
        if literal.kind == "null":
            raise malformed_query(self._at(literal.position, f"null can not be compared with {operator}"))
        return f"coalesce({sql} {operator} ?{folded}, 0)"

    def _within(self, sql: str, operator: str, bounds: tuple[str, str]) -> str:
        """A date literal such as TODAY stands for a span of time."""
        low, high = bounds
        if operator in ("=", "!="):
            self._parameters += [low, high]
            inside = f"coalesce({sql} >= ? AND {sql} < ?, 0)"
            return inside if operator == "=" else f"(NOT {inside})"
        self._parameters.append(low if operator in ("<", ">=") else high)
        return f"coalesce({sql} {'<' if operator in ('<', '<=') else '>='} ?, 0)"

    def _membership(self, sql: str, field: Field, operator: str, values: list[object]) -> str:
        known = [value for value in values if value is not None]
        self._parameters += known
        folded = "" if self._family(field) != "string" or field.type in ("id", "reference") else " COLLATE NOCASE"
        inside = f"coalesce({sql}{folded} IN ({', '.join('?' * len(known))}), 0)"
        if None in values:
            inside = f"({inside} OR {sql} IS NULL)"
        return inside if operator == "IN" else f"(NOT {inside})"

    def _value(self, field: Field, literal: Literal, path: Path) -> object:
        family = self._family(field)
        if literal.kind == "null":
            return None
        if literal.kind == "range":
            return self._range(field, literal)
        if literal.kind != family:
            raise self._wrong_type(field, family, path)
        if field.type in ("id", "reference"):
            return self._id(literal)
        read = _READ.get(family)
        value = read(literal.text) if read else literal.text
        if value in (math.inf, -math.inf):
            raise malformed_query(self._at(literal.position, f"numeric value out of range: {literal.text}"))
        return self._refuse_date(literal) if value is None else value

    def _wrong_type(self, field: Field, family: str, path: Path) -> Refusal:
        """That a date for a datetime, or a quoted datetime, is refused so is unverified."""
        quoted = "should be enclosed in quotes" if family == "string" else "should not be enclosed in quotes"
        kind = field.type if family == "string" else _NAMES.get(family, family)
        message = f"value of filter criterion for field '{field.name}' must be of type {kind} and {quoted}"
        return invalid_field(self._at(path.position, message))

    def _id(self, literal: Literal) -> str | None:
        if literal.text == "":
            return None
        found = normal(literal.text)
        if found is None:
            raise Refusal(
                400,
                "INVALID_QUERY_FILTER_OPERATOR",
                self._at(literal.position, f"invalid ID field: {literal.text}"),
            )
        return found

    def _range(self, field: Field, literal: Literal) -> tuple[str, str]:
        if field.type not in ("date", "datetime"):
            raise malformed_query(self._at(literal.position, f"unexpected token: '{literal.text}'"))
        today = self._now.date()
        name, _, count = literal.text.partition(":")
        spans = {"TODAY": (0, 1), "YESTERDAY": (-1, 0), "TOMORROW": (1, 2), "LAST_N_DAYS": (-int(count or 0), 1)}
        if _DATE_LITERALS.match(literal.text) and name not in spans:
            raise not_served(literal.text)
        if name not in spans or (name == "LAST_N_DAYS") != bool(count):
            raise malformed_query(self._at(literal.position, f"unexpected token: '{literal.text}'"))
        low, high = (today + timedelta(days=days) for days in spans[name])
        if field.type == "date":
            return low.isoformat(), high.isoformat()
        return self._midnight(low), self._midnight(high)

    def _midnight(self, day: date) -> str:
        return datetime.combine(day, time(), self._now.tzinfo).astimezone(UTC).strftime(_SPELL)

    def _refuse_date(self, literal: Literal) -> str:
        raise malformed_query(self._at(literal.position, f"Invalid date: {literal.text}"))

    def _family(self, field: Field) -> str:
        return _FAMILY.get(field.type, "string")

    def _at(self, position: int, message: str) -> str:
        return at_place(self._text, position, message)


def _balanced(parts: list[str], operator: str) -> str:
    """Parts joined as a balanced tree: a thousand in a row would be too deep for SQLite."""
    if len(parts) == 1:
        return parts[0]
    half = len(parts) // 2
    return f"({_balanced(parts[:half], operator)} {operator} {_balanced(parts[half:], operator)})"


def _instant(text: str) -> str | None:
    """Stored spelling of a datetime literal; its milliseconds stay, and sort after the bare second."""
    try:
        moment = datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return None
    millis = moment.microsecond // 1000
    return moment.strftime(_SPELL) + (f".{millis:03d}" if millis else "")


def _day(text: str) -> str | None:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return None


_READ: dict[str, Callable[[str], object]] = {
    "datetime": _instant,
    "date": _day,
    "boolean": lambda text: int(text == "TRUE"),
    "number": float,
}

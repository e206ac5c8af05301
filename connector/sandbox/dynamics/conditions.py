"""A filter tree as an SQL condition over one table, with Dataverse's own ideas of types and letter case."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal

from connector.sandbox.dynamics.filters import OPERATORS, Both, Call, Comparison, LiteralKind, Node, Not, Scalar, Value
from connector.sandbox.dynamics.refusals import (
    bad_request,
    incompatible,
    no_signature,
    not_supported,
    unknown_property,
)
from connector.sandbox.dynamics.schema import LOOKUPS, WHOLE, Attribute, Table

Sql = tuple[str, list[object]]

_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
_MOST_INT = 2**63
_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,18}\Z")
_SIGNS = {"eq": "=", "ne": "<>", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}
_EDM = {
    "string": "Edm.String", "number": "Edm.Decimal", "boolean": "Edm.Boolean", "guid": "Edm.Guid",
    "instant": "Edm.DateTimeOffset", "day": "Edm.Date", "null": "null",
}  # fmt: skip


def edm_type(attribute: Attribute) -> str:
    """The OData type of a column."""
    if attribute.kind in LOOKUPS or attribute.kind == "Uniqueidentifier":
        return "Edm.Guid"
    if attribute.kind in WHOLE:
        return "Edm.Int64" if attribute.kind == "BigInt" else "Edm.Int32"
    if attribute.kind in ("Money", "Decimal"):
        return "Edm.Decimal"
    if attribute.kind == "DateTime":
        return "Edm.Date" if attribute.behavior == "DateOnly" else "Edm.DateTimeOffset"
    return {"Double": "Edm.Double", "Boolean": "Edm.Boolean"}.get(attribute.kind, "Edm.String")


def condition(table: Table, node: Node) -> Sql:
    """SQL text and its parameters."""
    match node:
        case Both(word):
            pieces = [condition(table, item) for item in _chain(node)]
            return f"({f' {word.upper()} '.join(text for text, _ in pieces)})", [
                value for _, values in pieces for value in values
            ]
        case Not(inner):
            text, values = condition(table, inner)
            return f"NOT coalesce({text}, 0)", values
        case Comparison():
            return _comparison(table, column_of(table, node.path), node)
        case Call():
            return _call(column_of(table, node.path), node)


def _chain(node: Both) -> list[Node]:
    """``a or b or c`` as one list: hundreds of conditions nest no deeper than one."""
    found: list[Node] = []
    rest: Node = node
    while isinstance(rest, Both) and rest.word == node.word:
        found.append(rest.right)
        rest = rest.left
    return [rest, *reversed(found)]


def column_of(table: Table, path: str) -> Attribute:
    """The column that a filter or an order names."""
    navigation, slash, _ = path.partition("/")
    if slash and table.navigation(navigation) is not None:
        raise not_supported(f"The navigation in '{path}'")
    attribute = table.by_column.get(path)
    if attribute is None:
        raise unknown_property(navigation, table.name)
    return attribute


def sortable(attribute: Attribute) -> str:
    """The column as SQL that compares as its type does."""
    quoted = f'"{attribute.column}"'
    return f"CAST({quoted} AS REAL)" if attribute.kind in ("Money", "Decimal") else quoted


def _comparison(table: Table, attribute: Attribute, node: Comparison) -> Sql:
    column = sortable(attribute)
    if node.value.kind == "column":
        other = column_of(table, str(node.value.value))
        if edm_type(other) != edm_type(attribute):
            raise incompatible(edm_type(attribute), edm_type(other), OPERATORS[node.operator])
        collate = " COLLATE NOCASE" if edm_type(attribute) == "Edm.String" else ""
        return f"{column} {_SIGNS[node.operator]} {sortable(other)}{collate}", []
    if node.value.kind == "null":
        if node.operator not in ("eq", "ne"):
            raise incompatible(edm_type(attribute), "null", OPERATORS[node.operator])
        return f"{column} IS {'NOT ' if node.operator == 'ne' else ''}NULL", []
    value = _stored(attribute, node.value, OPERATORS[node.operator])
    collate = " COLLATE NOCASE" if isinstance(value, str) else ""
    if node.operator == "ne":
        return f"({column} IS NULL OR {column} <> ?{collate})", [value]
    return f"{column} {_SIGNS[node.operator]} ?{collate}", [value]


def _call(attribute: Attribute, node: Call) -> Sql:
    if node.name == "Microsoft.Dynamics.CRM.In":
        values: list[object] = [_stored(attribute, _loosely(attribute, value), "Equal") for value in node.values]
        return f'"{attribute.column}" COLLATE NOCASE IN ({", ".join("?" * len(values))})', values
    if edm_type(attribute) != "Edm.String":
        raise no_signature(node.name)
    text = str(node.values[0].value).lower()
    column = f'lower("{attribute.column}")'
    if node.name == "contains":
        return f"instr({column}, ?) > 0", [text]
    if node.name == "startswith":
        return f"substr({column}, 1, ?) = ?", [len(text), text]
    return f"substr({column}, -?) = ?", [len(text), text]


def _loosely(attribute: Attribute, value: Value) -> Value:
    """The In function takes every value as a string."""
    if value.kind == "string" and attribute.kind in WHOLE and _WHOLE_NUMBER.match(str(value.value)):
        return Value("number", Decimal(str(value.value)))
    return value


def _stored(attribute: Attribute, value: Value, operator: str) -> object:
    """The literal as this column stores its values; Refused where the kinds do not go together."""
    kind = edm_type(attribute)
    allowed: dict[str, tuple[LiteralKind, ...]] = {
        "Edm.String": ("string",),
        "Edm.Guid": ("guid", "string"),
        "Edm.Boolean": ("boolean",),
        "Edm.Date": ("day",),
        "Edm.DateTimeOffset": ("instant", "day"),
    }
    if value.kind not in allowed.get(kind, ("number",)):
        raise incompatible(kind, value.of or _EDM[value.kind], operator)
    if kind in ("Edm.DateTimeOffset", "Edm.Date"):
        return _moment(kind, str(value.value))
    if kind == "Edm.Guid":
        text = str(value.value).strip("{}").lower()
        if _GUID.match(text) is None:
            raise incompatible(kind, _EDM[value.kind], operator)
        return text
    return _plain(value.value)


def _plain(value: Scalar) -> object:
    if isinstance(value, Decimal):
        return int(value) if abs(value) < _MOST_INT and value == int(value) else float(value)
    return int(value) if isinstance(value, bool) else value


def _moment(kind: str, text: str) -> str:
    """A day, or an instant in UTC (a day is its midnight)."""
    try:
        moment = datetime.fromisoformat(text)
        if kind == "Edm.Date":
            return text
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError):
        raise bad_request(f"Unrecognized '{kind}' literal '{text}'.") from None

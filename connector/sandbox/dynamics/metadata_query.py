"""Queries over definitions: ``$select``, ``$filter``, ``$expand`` on plain dictionaries. No paging, as in Dataverse.

"Query table definitions using the Web API": all matching resources come in the first response.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from connector.sandbox.dynamics.definitions import EXPANDED, NAMESPACE, Definition
from connector.sandbox.dynamics.filters import OPERATORS, Both, Call, Comparison, Node, Not, Value, parse_filter
from connector.sandbox.dynamics.query import Options
from connector.sandbox.dynamics.refusals import (
    bad_request,
    incompatible,
    not_for_definitions,
    not_supported,
    unknown_property,
)

_EXPANSION = re.compile(r"\s*(\w+)\s*(?:\(((?:[^()]|\([^()]*\))*)\))?\s*(?:,|$)")
_NEVER_EXPANDED = frozenset(EXPANDED)
#: properties that hold a member of an enumeration: a filter has to spell its type
_ENUMERATIONS = {
    "AttributeType": "AttributeTypeCode",
    "OwnershipType": "OwnershipTypes",
    "RequiredLevel/Value": "AttributeRequiredLevel",
}
_EDM = {str: "Edm.String", bool: "Edm.Boolean", int: "Edm.Int32", dict: "Microsoft.Dynamics.CRM.ComplexType"}

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda one, other: one == other,
    "ne": lambda one, other: one != other,
    "gt": lambda one, other: one is not None and one > other,
    "ge": lambda one, other: one is not None and one >= other,
    "lt": lambda one, other: one is not None and one < other,
    "le": lambda one, other: one is not None and one <= other,
}


def query(definitions: Iterable[Definition], asked: Options, known: frozenset[str], type_name: str) -> list[Definition]:
    """The definitions that match, shaped as asked. ``known``: the properties that the type has."""
    _check(asked.select or (), known, type_name)
    node = parse_filter(asked.filter) if asked.filter else None
    if node is not None:
        _check_filter(node, known, type_name)
    return [shaped(item, asked, known, type_name) for item in definitions if node is None or _holds(node, item)]


def shaped(definition: Definition, asked: Options, known: frozenset[str], type_name: str) -> Definition:
    """One definition with the selected and the expanded properties only."""
    _check(asked.select or (), known, type_name)
    wanted = asked.select if asked.select is not None else known
    kept = {
        name: value
        for name, value in definition.items()
        if name.startswith("@") or (name in wanted and name not in _NEVER_EXPANDED) or name == "MetadataId"
    }
    for name, inner in expansions(asked.expand):
        if name not in _NEVER_EXPANDED or (name not in definition and name not in known):
            raise unknown_property(name, type_name)
        value = definition.get(name)
        kept[name] = _inner(value, inner) if isinstance(value, dict) else value
    return kept


def expansions(text: str | None) -> list[tuple[str, str]]:
    """``OptionSet($select=Options),GlobalOptionSet`` as names with their own options; Refused where it is none."""
    found: list[tuple[str, str]] = []
    place = 0
    while text is not None and (place < len(text) or not found):
        match = _EXPANSION.match(text, place)
        if match is None:
            raise bad_request(f"Syntax error at position {place} in '{text}'.")
        found.append((match[1], match[2] or ""))
        place = match.end()
    return found


def _inner(value: Definition, inner: str) -> Definition:
    names = {name for part in inner.split(";") if part.startswith("$select=") for name in part[8:].split(",")}
    return {name: item for name, item in value.items() if not names or name in names}


def _check(names: Iterable[str], known: frozenset[str], type_name: str) -> None:
    for name in names:
        if name not in known or name in _NEVER_EXPANDED:
            raise unknown_property(name, type_name)


def _check_filter(node: Node, known: frozenset[str], type_name: str) -> None:
    match node:
        case Both(_, left, right):
            _check_filter(left, known, type_name)
            _check_filter(right, known, type_name)
        case Not(inner):
            _check_filter(inner, known, type_name)
        case Comparison() | Call():
            _check((node.path.partition("/")[0],), known, type_name)


def _holds(node: Node, definition: Definition) -> bool:
    match node:
        case Both(word, left, right):
            one = _holds(left, definition)
            return one and _holds(right, definition) if word == "and" else one or _holds(right, definition)
        case Not(inner):
            return not _holds(inner, definition)
        case Comparison(path, operator, value):
            found = _reach(definition, path)
            return _COMPARE[operator](found, _wanted(path, found, operator, value))
        case Call(name):
            # "The "startswith" function isn't supported for Metadata Entities", as public clients met it
            raise not_for_definitions(name)


def _wanted(path: str, found: Any, operator: str, value: Value) -> Any:
    """What a property is compared with; Refused where the kinds do not go together."""
    enumeration = _ENUMERATIONS.get(path)
    if value.kind == "column":
        raise not_supported("Comparing two properties of a definition")
    if enumeration is not None and value.of != NAMESPACE + enumeration and value.kind != "null":
        raise incompatible(NAMESPACE + enumeration, value.of or _edm(value.value), OPERATORS[operator])
    wanted = int(value.value) if isinstance(value.value, Decimal) else value.value
    if found is not None and wanted is not None and type(found) is not type(wanted):
        raise incompatible(_edm(found), _edm(wanted), OPERATORS[operator])
    return wanted


def _edm(value: Any) -> str:
    return _EDM.get(type(value), "Edm.Decimal")


def _reach(definition: Definition, path: str) -> Any:
    value: Any = definition
    for name in path.split("/"):
        value = value.get(name) if isinstance(value, dict) else None
    return value

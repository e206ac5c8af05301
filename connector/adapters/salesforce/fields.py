"""What an org shows of an object, matched with what the mapping wants: columns, their kinds, what is missing.

A field hidden by field-level security is simply not in describe (Salesforce docs: describe; wire recordings),
so "missing" means lacking or hidden.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from connector.adapters.base import Shape, Wanted

Kind = Literal["text", "id", "flag", "whole", "number", "instant"]
_KINDS: dict[str, Kind] = {
    "id": "id",
    "reference": "id",
    "boolean": "flag",
    "int": "whole",
    "long": "whole",
    "double": "number",
    "currency": "number",
    "percent": "number",
    "datetime": "instant",
}
#: compound and binary fields: Bulk cannot select them, and no unified column takes them
_UNREADABLE = frozenset({"address", "location", "base64", "json", "complexvalue"})
_STAMPS = ("SystemModstamp", "LastModifiedDate", "CreatedDate")


@dataclass(frozen=True)
class Description:
    """The parts of an object's describe that reading needs."""

    name: str
    queryable: bool
    replicateable: bool
    #: the three characters that begin the ids of its records
    prefix: str | None
    fields: Mapping[str, Mapping[str, Any]]
    relations: Mapping[str, Mapping[str, Any]]

    @classmethod
    def of(cls, answer: Mapping[str, Any]) -> Description:
        """Reads a describe answer; names are found whatever their case."""
        fields = [entry for entry in answer.get("fields", []) if isinstance(entry, dict)]
        return cls(
            name=str(answer["name"]),
            queryable=bool(answer.get("queryable", True)),
            replicateable=bool(answer.get("replicateable")),
            prefix=str(answer["keyPrefix"]) if answer.get("keyPrefix") else None,
            fields={str(entry["name"]).lower(): entry for entry in fields},
            relations={
                str(entry["relationshipName"]).lower(): entry for entry in fields if entry.get("relationshipName")
            },
        )


@dataclass(frozen=True)
class Column:
    """One value of every row: how the mapping spells it, how SOQL does, and what kind it is.

    ``prefix``: only ids that begin so are let through.
    """

    name: str
    path: str
    kind: Kind
    prefix: str | None = None


@dataclass(frozen=True)
class Selection:
    """One object as it is read in this run."""

    object: str
    columns: tuple[Column, ...] = ()
    missing: tuple[str, ...] = ()
    absent: bool = False
    replicateable: bool = False
    stamp: str | None = None
    #: SOQL paths that vanished between describe and query: their column stays and is null
    vanished: frozenset[str] = field(default_factory=frozenset)

    @property
    def paths(self) -> tuple[str, ...]:
        """What to SELECT, each once."""
        return tuple(dict.fromkeys(column.path for column in self.columns if column.path not in self.vanished))

    def shape(self) -> Shape:
        """The same in the protocol's words."""
        spelled = {column.path: column.name for column in reversed(self.columns)}
        return Shape(
            object=self.object,
            columns=tuple(column.name for column in self.columns),
            id_field=spelled.get("Id", "Id"),
            modified_field=spelled.get(self.stamp) if self.stamp else None,
            deleted_field=spelled.get("IsDeleted"),
            missing=self.missing,
            absent=self.absent,
        )


def select(wanted: Wanted, description: Description | None, parent: Callable[[str], Description | None]) -> Selection:
    """Matches the wanted fields with the description; ``parent`` describes objects behind relationships."""
    if description is None or not description.queryable:
        return Selection(wanted.object, missing=wanted.fields, absent=True)
    columns: list[Column] = []
    missing: list[str] = []
    for name in dict.fromkeys(wanted.fields):
        found = _resolve(name, description, parent)
        if found is None:
            missing.append(name)
        else:
            columns.append(found)
    stamp = next((name for name in _STAMPS if _filterable(description, name)), None)
    present = {column.path for column in columns}
    keys = [name for name in ("Id", stamp, "IsDeleted") if name and name.lower() in description.fields]
    for key in keys:
        if key not in present:
            columns.append(Column(key, key, _kind(description.fields[key.lower()])))
    return Selection(
        description.name,
        tuple(columns),
        tuple(missing),
        replicateable=description.replicateable,
        stamp=stamp,
    )


def _resolve(name: str, description: Description, parent: Callable[[str], Description | None]) -> Column | None:
    leading = _leading_to(name, description, parent)
    if leading is not None:
        return leading
    path, here = "", description
    *relations, last = name.split(".")
    for relation in relations:
        entry = here.relations.get(relation.lower())
        targets = (entry or {}).get("referenceTo") or []
        above = parent(str(targets[-1])) if entry and targets else None
        if entry is None or above is None:
            return None
        path, here = f"{path}{entry['relationshipName']}.", above
    entry = here.fields.get(last.lower())
    if entry is None or entry.get("type") in _UNREADABLE:
        return None
    return Column(name, path + str(entry["name"]), _kind(entry))


def _leading_to(name: str, description: Description, parent: Callable[[str], Description | None]) -> Column | None:
    """``WhatId.Opportunity``: the id where it is that of an opportunity, told by the first three characters.

    Salesforce docs, Field Types, ID: the first three characters of an id tell the type of the record, which
    describe calls keyPrefix.
    """
    head, _, target = name.partition(".")
    entry = description.fields.get(head.lower())
    targets = {str(each).lower(): str(each) for each in (entry or {}).get("referenceTo") or ()}
    if entry is None or target.lower() not in targets:
        return None
    above = parent(targets[target.lower()])
    return Column(name, str(entry["name"]), "id", above.prefix) if above is not None and above.prefix else None


def _kind(entry: Mapping[str, Any]) -> Kind:
    return _KINDS.get(str(entry.get("type")), "text")


def _filterable(description: Description, name: str) -> bool:
    entry = description.fields.get(name.lower())
    return entry is not None and bool(entry.get("filterable", True)) and bool(entry.get("sortable", True))

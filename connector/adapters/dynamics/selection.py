"""Which Web API property feeds a wanted field, and how its values are to be read. Knows metadata, no wire.

A field may be asked for one target only, ``_customerid_value.account``: a lookup that may lead to several tables
carries a GUID that is ambiguous by itself. Tables without change tracking tell the target by annotation; with
change tracking no annotation may be asked for (the delta link is lost, powerapps-docs#439), so there the
single-target companion column stands in (``_owninguser_value``, ``_accountid_value``); where there is none
(``_regardingobjectid_value``), ``targets`` asks beside the tracked read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from connector.adapters.dynamics.tables import LOOKUPS, Column, Table

TARGET_ANNOTATION = "Microsoft.Dynamics.CRM.lookuplogicalname"
#: lookup type -> target table -> columns that hold the GUID only where it leads to that table
_COMPANIONS: dict[str, dict[str, tuple[str, ...]]] = {
    "Owner": {"systemuser": ("owninguser",), "team": ("owningteam",)},
    "Customer": {"account": ("accountid",), "contact": ("contactid", "parentcontactid")},
}


class Kind(Enum):
    """How a value is spelt on the wire, and so how it becomes canonical."""

    TEXT = auto()
    GUID = auto()
    PLAIN = auto()
    WHOLE = auto()
    NUMBER = auto()
    INSTANT = auto()
    WALL_CLOCK = auto()
    DAY = auto()
    #: was there when the shape was taken and is gone now
    GONE = auto()


_KINDS = {
    "Uniqueidentifier": Kind.GUID,
    "Lookup": Kind.GUID,
    "Owner": Kind.GUID,
    "Customer": Kind.GUID,
    "Boolean": Kind.PLAIN,
    "Integer": Kind.WHOLE,
    "BigInt": Kind.WHOLE,
    "Picklist": Kind.WHOLE,
    "State": Kind.WHOLE,
    "Status": Kind.WHOLE,
    "Money": Kind.NUMBER,
    "Decimal": Kind.NUMBER,
    "Double": Kind.NUMBER,
}
#: TimeZoneIndependent looks like an instant on the wire but is a wall clock (Dataverse docs "Behavior and
#: format of the date and time column")
_BEHAVIORS = {"DateOnly": Kind.DAY, "TimeZoneIndependent": Kind.WALL_CLOCK}


@dataclass(frozen=True)
class Property:
    """One output column: the property that feeds it, its kind, and the only lookup target it lets through."""

    column: str
    name: str
    kind: Kind
    target: str | None = None

    @property
    def annotation(self) -> str:
        return f"{self.name}@{TARGET_ANNOTATION}"


def resolve(table: Table, field: str) -> Property | None:
    """The property behind a wanted field; None where the org does not show such a field."""
    column = table.columns.get(field)
    if column is not None:
        return Property(field, field, kind_of(column))
    name, dot, target = field.partition(".")
    column = table.columns.get(name)
    if not dot or column is None or kind_of(column) is not Kind.GUID:
        return None
    if not table.tracked:
        return Property(field, name, Kind.GUID, target)
    for companion in _COMPANIONS.get(column.type, {}).get(target, ()):
        stand_in = table.columns.get(f"_{companion}_value")
        if stand_in is not None:
            return Property(field, stand_in.property, Kind.GUID)
    return Property(field, name, Kind.GUID, target) if column.type in LOOKUPS else None


def kind_of(column: Column) -> Kind:
    """How this column's values are read."""
    if column.type == "DateTime":
        return _BEHAVIORS.get(column.behavior or "", Kind.INSTANT)
    return _KINDS.get(column.type, Kind.TEXT)


def properties(table: Table, columns: Sequence[str]) -> tuple[Property, ...]:
    """One property per output column; what has gone since the shape was taken is read as NULL."""
    return tuple(resolve(table, column) or Property(column, "", Kind.GONE) for column in columns)


def select(chosen: Sequence[Property]) -> str:
    """The ``$select`` list: every property once."""
    return ",".join(dict.fromkeys(item.name for item in chosen if item.kind is not Kind.GONE))

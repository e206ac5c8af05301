"""What Dataverse's metadata says of one table: its entity set, keys, tracking, and columns with their types.

Asked per table, never for all at once: metadata answers have no paging and no size limit (Dataverse docs
"Query table definitions using the Web API"). Reads no records.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from connector.adapters.dynamics.faults import is_absent
from connector.adapters.dynamics.webapi import WebApi
from connector.errors import RequestRefused

_LOGICAL_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
#: the three types that the Web API shows as ``_name_value``
LOOKUPS = frozenset({"Lookup", "Owner", "Customer"})
#: the key of every activity
_ACTIVITY = "activityid"
#: parts of other columns, or not readable through the Web API as a plain value
_UNREADABLE = frozenset({"Virtual", "PartyList", "CalendarRules", "ManagedProperty", "Image", "File"})


class Column(msgspec.Struct, frozen=True):
    """One readable column. ``behavior`` is set for DateTime columns only."""

    name: str
    type: str
    behavior: str | None = None

    @property
    def property(self) -> str:
        """What the Web API calls it in ``$select`` and in rows."""
        return f"_{self.name}_value" if self.type in LOOKUPS else self.name


class Table(msgspec.Struct, frozen=True):
    """One table, its columns by Web API property."""

    name: str
    entity_set: str
    id_field: str
    tracked: bool
    columns: dict[str, Column]

    @property
    def privilege(self) -> str:
        """What security roles call it: all activities share one (docs: ActivityPointer entity privileges)."""
        return "Activity" if self.id_field == _ACTIVITY else self.name


def fetch_table(api: WebApi, name: str) -> Table | None:
    """Asks for a table's metadata; None where the org has no such table."""
    if not _LOGICAL_NAME.match(name):
        return None
    selected = "LogicalName,EntitySetName,PrimaryIdAttribute,PrimaryNameAttribute,ChangeTrackingEnabled"
    try:
        reply = api.document(f"EntityDefinitions(LogicalName='{name}')", {"select": selected}, object_name=name)
    except RequestRefused as error:
        if is_absent(error):
            return None
        raise
    entity = reply.json()
    if not entity.get("EntitySetName"):
        return None
    return Table(
        name=name,
        entity_set=str(entity["EntitySetName"]),
        id_field=str(entity["PrimaryIdAttribute"]),
        tracked=_true(entity.get("ChangeTrackingEnabled")),
        columns=fetch_columns(api, name),
    )


def fetch_columns(api: WebApi, name: str, known: Mapping[str, Column] | None = None) -> dict[str, Column]:
    """The table's readable columns by Web API property; behaviors of dates are asked for unless all are ``known``."""
    attributes = api.collection(
        f"EntityDefinitions(LogicalName='{name}')/Attributes",
        {"select": "LogicalName,AttributeType,AttributeTypeName,AttributeOf,IsValidForRead"},
        object_name=name,
    )
    found = [(str(item["LogicalName"]), _type(item)) for item in attributes if _readable(item)]
    dates = {column for column, kind in found if kind == "DateTime"}
    told = {column.name: column.behavior for column in (known or {}).values() if column.behavior}
    behaviors = told if dates <= told.keys() else _behaviors(api, name)
    columns = (
        Column(column, kind, behaviors.get(column, "UserLocal") if column in dates else None) for column, kind in found
    )
    return {column.property: column for column in columns}


def fetch_names(api: WebApi) -> list[str]:
    """The logical names of all tables, for telling the nearest to one that is none; for ``check`` only."""
    try:
        found = api.collection("EntityDefinitions", {"select": "LogicalName"})
    except RequestRefused:
        return []
    return [str(item["LogicalName"]) for item in found if item.get("LogicalName")]


def fetch_secured(api: WebApi, name: str) -> set[str]:
    """Properties under column security, which come as null to those who may not read them; for ``check`` only."""
    try:
        secured = api.collection(
            f"EntityDefinitions(LogicalName='{name}')/Attributes",
            {"select": "LogicalName,AttributeType,AttributeTypeName,IsSecured", "filter": "IsSecured eq true"},
            object_name=name,
        )
    except RequestRefused:
        return set()
    return {Column(str(item["LogicalName"]), _type(item)).property for item in secured if item.get("IsSecured")}


def _behaviors(api: WebApi, name: str) -> dict[str, str]:
    columns = api.collection(
        f"EntityDefinitions(LogicalName='{name}')/Attributes/Microsoft.Dynamics.CRM.DateTimeAttributeMetadata",
        {"select": "LogicalName,DateTimeBehavior,Format"},
        object_name=name,
    )
    return {str(item["LogicalName"]): str(_value(item.get("DateTimeBehavior")) or "UserLocal") for item in columns}


def _type(attribute: Mapping[str, Any]) -> str:
    """``AttributeType``, but by ``AttributeTypeName`` where the old enumeration says only "Virtual"."""
    old = str(attribute.get("AttributeType") or "String")
    new = str(_value(attribute.get("AttributeTypeName")) or "").removesuffix("Type")
    return new if old == "Virtual" and new else old


def _readable(attribute: Mapping[str, Any]) -> bool:
    if attribute.get("AttributeOf") or not _true(attribute.get("IsValidForRead", True)):
        return False
    return _type(attribute) not in _UNREADABLE


def _value(managed: Any) -> Any:
    """``{"Value": x}`` and plain ``x`` alike."""
    return managed.get("Value") if isinstance(managed, Mapping) else managed


def _true(value: Any) -> bool:
    value = _value(value)
    return value is True or (isinstance(value, str) and value.lower() == "true")

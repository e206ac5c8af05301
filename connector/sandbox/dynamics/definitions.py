"""Table and column definitions as the Web API spells them: EntityMetadata and AttributeMetadata with their types.

"Query table definitions using the Web API" and the EntityMetadata / AttributeMetadata reference.
"""

from __future__ import annotations

import hashlib
from typing import Any

from connector.sandbox.dynamics.labels import label
from connector.sandbox.dynamics.schema import CHOICES, LOOKUPS, Attribute, Option, Table

Definition = dict[str, Any]
NAMESPACE = "Microsoft.Dynamics.CRM."
_TYPE_OF = {"Owner": "Lookup", "Customer": "Lookup", "Uniqueidentifier": "UniqueIdentifier", "Virtual": ""}
_NO_LABEL: Definition = {"LocalizedLabels": [], "UserLocalizedLabel": None}
#: what a definition holds only where ``$expand`` asks for it
EXPANDED = ("OptionSet", "GlobalOptionSet", "Attributes")


def metadata_id(*parts: str) -> str:
    """A GUID that depends on the names alone."""
    digest = hashlib.sha256("/".join(parts).encode()).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"


def cast_of(attribute: Attribute) -> str:
    """The derived type, without its namespace."""
    return f"{_TYPE_OF.get(attribute.kind, attribute.kind)}AttributeMetadata"


def table_definition(table: Table, *, tracked: bool) -> Definition:
    """One EntityMetadata."""
    return {
        "MetadataId": metadata_id(table.name),
        "LogicalName": table.name,
        "SchemaName": table.schema_name,
        "LogicalCollectionName": table.set_name,
        "EntitySetName": table.set_name,
        "PrimaryIdAttribute": table.key,
        "PrimaryNameAttribute": table.primary_name,
        "ObjectTypeCode": table.code,
        "OwnershipType": table.ownership,
        "ChangeTrackingEnabled": tracked,
        "CanChangeTrackingBeEnabled": _managed(table.tracking is not None, "canchangetrackingbeenabled"),
        "IsActivity": table.activity,
        "IsBPFEntity": table.process_flow,
        "IsCustomEntity": table.custom,
        "IsIntersect": False,
        "IsLogicalEntity": False,
        "IsPrivate": False,
        "IsValidForAdvancedFind": True,
        "TableType": "Standard",
        "DisplayName": label(table.label),
        "DisplayCollectionName": label(f"{table.label}s"),
        "Description": label(f"{table.label} of the sandbox."),
    }


def attribute_definition(table: Table, attribute: Attribute) -> Definition:
    """One AttributeMetadata of its derived type, option sets included."""
    old = "Virtual" if attribute.kind == "MultiSelectPicklist" else attribute.kind
    return {
        "@odata.type": f"#{NAMESPACE}{cast_of(attribute)}",
        **_base(table, attribute),
        "AttributeType": old,
        "AttributeTypeName": {"Value": f"{attribute.kind}Type"},
        **_derived(attribute),
        **_choices(table, attribute),
    }


def _base(table: Table, attribute: Attribute) -> Definition:
    names = [item.name for item in table.attributes]
    return {
        "MetadataId": metadata_id(table.name, attribute.name),
        "LogicalName": attribute.name,
        "SchemaName": attribute.schema_name or attribute.name,
        "EntityLogicalName": table.name,
        "AttributeOf": attribute.of,
        "ColumnNumber": names.index(attribute.name) + 1,
        "DisplayName": label(attribute.label)
        if attribute.label
        else {"LocalizedLabels": [], "UserLocalizedLabel": None},
        "IsPrimaryId": attribute.name == table.key,
        "IsPrimaryName": attribute.name == table.primary_name,
        "IsCustomAttribute": attribute.custom,
        "IsLogical": attribute.of is not None,
        "IsValidForRead": True,
        "IsValidForCreate": attribute.of is None,
        "IsValidForUpdate": attribute.of is None and attribute.name != table.key,
        "IsValidODataAttribute": attribute.is_property,
        "IsSecured": False,
        "RequiredLevel": _managed("SystemRequired" if attribute.name == table.key else "None", "canmodifyrequirement"),
        "SourceType": 0,
    }


def _derived(attribute: Attribute) -> Definition:
    """What only the derived type has: asking the base type for it is an error."""
    kind = attribute.kind
    if kind in ("String", "Memo"):
        return {"MaxLength": attribute.length, "Format": "TextArea" if kind == "Memo" else attribute.format or "Text"}
    if kind == "DateTime":
        behavior = {"Value": attribute.behavior}
        return {"DateTimeBehavior": behavior, "Format": attribute.format or "DateAndTime", "ImeMode": "Inactive"}
    if kind == "Money":
        twin = attribute.name.endswith("_base")
        return {
            "Precision": attribute.precision, "PrecisionSource": 2, "IsBaseCurrency": twin,
            "CalculationOf": attribute.name.removesuffix("_base") if twin else None,
        }  # fmt: skip
    if kind in ("Decimal", "Double"):
        return {"Precision": attribute.precision, "MinValue": -100_000_000_000, "MaxValue": 100_000_000_000}
    if kind == "Integer":
        return {"MinValue": -2_147_483_648, "MaxValue": 2_147_483_647, "Format": "None"}
    return {"Targets": list(attribute.targets), "Format": "None"} if kind in LOOKUPS else {}


def _choices(table: Table, attribute: Attribute) -> Definition:
    if attribute.kind not in CHOICES or attribute.of is not None:
        return {}
    name = attribute.option_set if attribute.shared else f"{table.name}_{attribute.name}"
    options = option_set(name, attribute, shared=attribute.shared)
    default = 0 if attribute.kind == "Boolean" else -1
    return {
        "DefaultValue" if attribute.kind == "Boolean" else "DefaultFormValue": bool(default)
        if default == 0
        else default,
        "OptionSet": options,
        "GlobalOptionSet": options if attribute.shared else None,
    }


def option_set(name: str, attribute: Attribute, *, shared: bool) -> Definition:
    """OptionSetMetadata, or BooleanOptionSetMetadata with its two options."""
    common = {
        "MetadataId": metadata_id("optionset", name),
        "Name": name,
        "IsGlobal": shared,
        "IsCustomOptionSet": attribute.custom,
        "OptionSetType": attribute.kind if attribute.kind in ("State", "Status", "Boolean") else "Picklist",
    }
    if attribute.kind == "Boolean":
        no, yes = (_option(option) for option in attribute.options)
        return {**common, "TrueOption": yes, "FalseOption": no}
    return {**common, "Options": [_option(option) for option in attribute.options]}


def _option(option: Option) -> Definition:
    told: Definition = {
        "Value": option.value,
        "Color": None,
        "IsManaged": True,
        "ExternalValue": None,
        "Label": label(option.label, option.local),
        "Description": _NO_LABEL,
    }
    if option.state is not None:
        told["State"] = option.state
    return told


def _managed(value: Any, name: str) -> Definition:
    return {"Value": value, "CanBeChanged": False, "ManagedPropertyLogicalName": name}

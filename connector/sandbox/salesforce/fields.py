"""Fields of a Salesforce object: the compact notation they are written in, and how describe tells of them.

One field a line: ``Name type[(length)|(precision,scale)][>Target|Target] flags``. Flags: ``null`` (nillable),
``nofilter`` (neither filterable nor sortable), ``ro`` (set by the system), ``once`` (not updateable), ``name`` (the
object's name field), ``of:X`` (part of the compound field X), ``multi`` (exists in multi-currency orgs only),
``values:X`` (picklist X), ``idlookup``. Knows no record.

The 57 keys of a described field are those of recorded describes (API v52).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_LINE = re.compile(
    r"(?P<name>\w+) (?P<type>\w+)(?:\((?P<size>[\d,]+)\))?(?:>(?P<targets>[\w|]+))?(?P<flags>(?: \S+)*)\Z"
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SOAP = {
    "id": "tns:ID",
    "reference": "tns:ID",
    "boolean": "xsd:boolean",
    "int": "xsd:int",
    "long": "xsd:long",
    "double": "xsd:double",
    "currency": "xsd:double",
    "percent": "xsd:double",
    "date": "xsd:date",
    "datetime": "xsd:dateTime",
    "time": "xsd:time",
    "address": "urn:address",
    "location": "urn:location",
    "base64": "xsd:base64Binary",
    "anyType": "xsd:anyType",
}
NUMBERS = frozenset({"double", "currency", "percent"})
COMPOUNDS = frozenset({"address", "location"})


@dataclass(frozen=True)
class Field:
    """One field, as the org's metadata has it."""

    name: str
    type: str
    length: int = 0
    precision: int = 0
    scale: int = 0
    targets: tuple[str, ...] = ()
    nillable: bool = False
    filterable: bool = True
    createable: bool = True
    updateable: bool = True
    is_name: bool = False
    compound: str | None = None
    multi_currency: bool = False
    picklist: str | None = None
    id_lookup: bool = False

    @property
    def custom(self) -> bool:
        return self.name.endswith("__c")

    @property
    def relationship(self) -> str | None:
        """The name by which a query follows this reference: ``OwnerId`` -> ``Owner``, ``Site__c`` -> ``Site__r``."""
        if self.type != "reference":
            return None
        if self.custom:
            return self.name[:-1] + "r"
        return self.name[:-2] if self.name.endswith("Id") else None

    @property
    def label(self) -> str:
        bare = self.name.removesuffix("__c").replace("_", " ")
        return " ".join("ID" if word == "Id" else word for word in _CAMEL.sub(" ", bare).split())

    @property
    def aggregatable(self) -> bool:
        return self.type not in COMPOUNDS | {"boolean"} and self.filterable

    @property
    def groupable(self) -> bool:
        return self.type not in NUMBERS | COMPOUNDS | {"datetime"} and self.filterable

    @property
    def sortable(self) -> bool:
        return self.filterable and self.type not in COMPOUNDS

    def describe(self, picklists: Mapping[str, Sequence[str]]) -> dict[str, Any]:
        """What describe says of this field."""
        permissionable = self.nillable and self.createable and self.compound != "Name"
        return {
            "aggregatable": self.aggregatable,
            "aiPredictionField": False,
            "autoNumber": False,
            "byteLength": self.length if self.type in ("id", "reference") else self.length * 3,
            "calculated": False,
            "calculatedFormula": None,
            "cascadeDelete": False,
            "caseSensitive": False,
            "compoundFieldName": self.compound,
            "controllerName": None,
            "createable": self.createable,
            "custom": self.custom,
            "defaultValue": False if self.type == "boolean" and self.createable else None,
            "defaultValueFormula": None,
            "defaultedOnCreate": not self.nillable and (not self.createable or self.type == "boolean"),
            "dependentPicklist": False,
            "deprecatedAndHidden": False,
            "digits": 8 if self.type == "int" else 0,
            "displayLocationInDecimal": False,
            "encrypted": False,
            "externalId": False,
            "extraTypeInfo": "plaintextarea" if self.type == "textarea" else None,
            "filterable": self.filterable,
            "filteredLookupInfo": None,
            "formulaTreatNullNumberAsZero": False,
            "groupable": self.groupable,
            "highScaleNumber": False,
            "htmlFormatted": False,
            "idLookup": self.id_lookup,
            "inlineHelpText": None,
            "label": self.label,
            "length": self.length,
            "mask": None,
            "maskType": None,
            "name": self.name,
            "nameField": self.is_name,
            "namePointing": len(self.targets) > 1,
            "nillable": self.nillable,
            "permissionable": permissionable,
            "picklistValues": [
                {"active": True, "defaultValue": False, "label": value, "validFor": None, "value": value}
                for value in picklists.get(self.picklist or "", ())
            ],
            "polymorphicForeignKey": len(self.targets) > 1,
            "precision": self.precision,
            "queryByDistance": False,
            "referenceTargetField": None,
            "referenceTo": list(self.targets),
            "relationshipName": self.relationship,
            "relationshipOrder": None,
            "restrictedDelete": False,
            "restrictedPicklist": False,
            "scale": self.scale,
            "searchPrefilterable": self.type == "reference",
            "soapType": _SOAP.get(self.type, "xsd:string"),
            "sortable": self.sortable,
            "type": self.type,
            "unique": False,
            "updateable": self.updateable,
            "writeRequiresMasterRead": False,
        }


def parse(line: str) -> Field:
    """A field from its line of notation."""
    match = _LINE.match(line.strip())
    if match is None:
        raise ValueError(f"no field: {line!r}")
    kind, flags = match["type"], match["flags"].split()
    sizes = [int(size) for size in (match["size"] or "").split(",") if size]
    options = dict(flag.split(":", 1) for flag in flags if ":" in flag)
    read_only = "ro" in flags or kind in ("id", "address")
    return Field(
        name=match["name"],
        type=kind,
        length=18 if kind in ("id", "reference") else sizes[0] if len(sizes) == 1 else 0,
        precision=sizes[0] if len(sizes) == 2 else 0,
        scale=sizes[1] if len(sizes) == 2 else 0,
        targets=tuple(match["targets"].split("|")) if match["targets"] else (),
        nillable="null" in flags,
        filterable="nofilter" not in flags,
        createable=not read_only,
        updateable=not read_only and "once" not in flags,
        is_name="name" in flags,
        compound=options.get("of"),
        multi_currency="multi" in flags,
        picklist=options.get("values"),
        id_lookup="idlookup" in flags or kind == "id",
    )

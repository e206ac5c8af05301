"""What describe tells of a field: the 57 keys of recorded describes (API v52), each by its rule. Knows no object."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connector.sandbox.salesforce.fields import COMPOUNDS, Field
from connector.sandbox.salesforce.picklists import PICKLIST_LABELS

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
_NOT_PREFILTERABLE = frozenset({"OwnerId", "CreatedById", "LastModifiedById", "MasterRecordId"})


def described_field(field: Field, picklists: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """One entry of ``fields``."""
    return _constant() | _derived(field) | dict(field.details) | {"picklistValues": _picklist(field, picklists)}


def _derived(field: Field) -> dict[str, Any]:
    compound = field.type in COMPOUNDS
    return {
        "aggregatable": field.aggregatable,
        "byteLength": field.length if field.type in ("id", "reference") else field.length * 3,
        "compoundFieldName": field.compound,
        "createable": field.createable,
        "custom": field.custom,
        "defaultValue": False if field.type == "boolean" else None,
        "defaultedOnCreate": field.name == "OwnerId" or _set_by_system(field),
        "digits": 8 if field.type == "int" else 0,
        "extraTypeInfo": _extra(field),
        "filterable": field.filterable,
        "groupable": field.groupable,
        "idLookup": field.id_lookup,
        "label": field.label,
        "length": field.length,
        "name": field.name,
        "nameField": field.is_name,
        "namePointing": len(field.targets) > 1,
        "nillable": field.nillable,
        "permissionable": compound or (field.nillable and field.createable and field.compound != "Name"),
        "polymorphicForeignKey": len(field.targets) > 1,
        "precision": field.precision,
        "queryByDistance": compound,
        "referenceTo": list(field.targets),
        "relationshipName": field.relationship,
        "scale": field.scale,
        "searchPrefilterable": field.type == "reference" and field.name not in _NOT_PREFILTERABLE,
        "soapType": _SOAP.get(field.type, "xsd:string"),
        "sortable": field.sortable,
        "type": field.type,
        "updateable": field.updateable,
    }


def _set_by_system(field: Field) -> bool:
    return not field.nillable and (not field.createable or field.type == "boolean")


def _extra(field: Field) -> str | None:
    return "plaintextarea" if field.type == "textarea" else "imageurl" if field.name == "PhotoUrl" else None


def _constant() -> dict[str, Any]:
    """What is the same for every recorded field."""
    return {
        "aiPredictionField": False,
        "autoNumber": False,
        "calculated": False,
        "calculatedFormula": None,
        "cascadeDelete": False,
        "caseSensitive": False,
        "controllerName": None,
        "defaultValueFormula": None,
        "dependentPicklist": False,
        "deprecatedAndHidden": False,
        "displayLocationInDecimal": False,
        "encrypted": False,
        "externalId": False,
        "filteredLookupInfo": None,
        "formulaTreatNullNumberAsZero": False,
        "highScaleNumber": False,
        "htmlFormatted": False,
        "inlineHelpText": None,
        "mask": None,
        "maskType": None,
        "referenceTargetField": None,
        "relationshipOrder": None,
        "restrictedDelete": False,
        "restrictedPicklist": False,
        "unique": False,
        "writeRequiresMasterRead": False,
    }


def _picklist(field: Field, picklists: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    name, default = field.picklist or "", field.details.get("defaultValue")
    labels = PICKLIST_LABELS.get(name, {})
    return [
        {
            "active": True,
            "defaultValue": value == default,
            "label": labels.get(value, value),
            "validFor": None,
            "value": value,
        }
        for value in picklists.get(name, ())
    ]

"""What both describes tell of an object: the keys of recorded answers (API v52). Knows no record and no HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connector.sandbox.salesforce.describe_children import child_relationships
from connector.sandbox.salesforce.describe_field import described_field
from connector.sandbox.salesforce.objects import SObject

#: activities have neither list views nor approvals
_ACTIVITIES = ("Event", "Task")


def globally_described(sobject: SObject, version: str) -> dict[str, Any]:
    """This object's entry in the answer of ``/sobjects``."""
    base = f"/services/data/v{version}/sobjects/{sobject.name}"
    urls = {"rowTemplate": base + "/{ID}", "describe": base + "/describe", "sobject": base}
    return {**_properties(sobject), "urls": urls}


def described(
    sobject: SObject, schema: Mapping[str, SObject], picklists: Mapping[str, Sequence[str]], version: str, origin: str
) -> dict[str, Any]:
    """The answer of ``/sobjects/X/describe``; ``schema`` is what the user sees."""
    base = f"/services/data/v{version}/sobjects/{sobject.name}"
    return {
        **_properties(sobject),
        "actionOverrides": [],
        "childRelationships": child_relationships(sobject.name, schema),
        "compactLayoutable": True,
        "defaultImplementation": None,
        "extendedBy": None,
        "extendsInterfaces": None,
        "fields": [described_field(field, picklists) for field in sobject.fields],
        "implementedBy": None,
        "implementsInterfaces": None,
        "listviewable": None,
        "lookupLayoutable": None,
        "namedLayoutInfos": [],
        "networkScopeFieldName": None,
        "recordTypeInfos": [_master_record_type(base)],
        "searchLayoutable": True,
        "sobjectDescribeOption": "FULL",
        "supportedScopes": [
            {"label": f"All {sobject.label_plural.lower()}", "name": "everything"},
            {"label": f"My {sobject.label_plural.lower()}", "name": "mine"},
        ],
        "urls": _urls(sobject, base, origin),
    }


def _urls(sobject: SObject, base: str, origin: str) -> dict[str, str]:
    below = {"compactLayouts": "/describe/compactLayouts", "layouts": "/describe/layouts", "describe": "/describe"}
    below |= {"rowTemplate": "/{ID}", "quickActions": "/quickActions", "sobject": ""}
    if sobject.name not in _ACTIVITIES:
        below |= {"approvalLayouts": "/describe/approvalLayouts", "listviews": "/listviews"}
    if sobject.name == "Event":
        below["eventSeriesUpdates"] = "/{ID}/fromThisEventOnwards"
    return {name: base + rest for name, rest in below.items()} | {
        "uiDetailTemplate": origin + "/{ID}",
        "uiEditTemplate": origin + "/{ID}/e",
        "uiNewRecord": f"{origin}/{sobject.prefix}/e",
    }


def _properties(sobject: SObject) -> dict[str, Any]:
    writeable = any(field.createable for field in sobject.fields)
    return {
        "activateable": False,
        "associateEntityType": None,
        "associateParentEntity": None,
        "createable": writeable,
        "custom": sobject.custom,
        "customSetting": False,
        "deepCloneable": sobject.clones,
        "deletable": writeable and sobject.deletable,
        "deprecatedAndHidden": False,
        "feedEnabled": sobject.feeds,
        "hasSubtypes": False,
        "isInterface": False,
        "isSubtype": False,
        "keyPrefix": sobject.prefix,
        "label": sobject.label,
        "labelPlural": sobject.label_plural,
        "layoutable": writeable,
        "mergeable": sobject.mergeable,
        "mruEnabled": writeable,
        "name": sobject.name,
        "queryable": True,
        "replicateable": sobject.replicateable,
        "retrieveable": True,
        "searchable": writeable,
        "triggerable": writeable,
        "undeletable": sobject.bin and writeable,
        "updateable": writeable,
    }


def _master_record_type(base: str) -> dict[str, Any]:
    """The one record type of an object that has no others (recorded)."""
    master = "012000000000000AAA"
    return {
        "active": True,
        "available": True,
        "defaultRecordTypeMapping": True,
        "developerName": "Master",
        "master": True,
        "name": "Master",
        "recordTypeId": master,
        "urls": {"layout": f"{base}/describe/layouts/{master}"},
    }

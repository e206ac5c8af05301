"""Objects of a Salesforce org and what describe says of them. Knows no record and no HTTP.

Keys of both describes are those of recorded answers (API v52).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from connector.sandbox.salesforce.fields import Field, parse

SYSTEM_FIELDS = """\
CreatedDate datetime ro
CreatedById reference>User ro
LastModifiedDate datetime ro
LastModifiedById reference>User ro
SystemModstamp datetime ro"""
_VERBS = ("createable", "deletable", "updateable")


@dataclass(frozen=True)
class SObject:
    """One object of an org. ``bulk``: Bulk API 2.0 can query it. ``bin``: deleted records lie in the recycle bin."""

    name: str
    prefix: str
    fields: tuple[Field, ...]
    plural: str = ""
    replicateable: bool = True
    bulk: bool = True
    bin: bool = True

    @cached_property
    def by_name(self) -> dict[str, Field]:
        """Fields by folded name: SOQL does not mind case."""
        return {field.name.lower(): field for field in self.fields}

    def field(self, name: str) -> Field | None:
        return self.by_name.get(name.lower())

    @cached_property
    def by_relationship(self) -> dict[str, Field]:
        return {field.relationship.lower(): field for field in self.fields if field.relationship}

    @property
    def custom(self) -> bool:
        return self.name.endswith("__c")

    @property
    def label(self) -> str:
        return Field(self.name, "string").label

    def without(self, hidden: Iterable[str]) -> SObject:
        """The same object as a user sees it from whom some fields are hidden."""
        gone = {name.lower() for name in hidden}
        return replace(self, fields=tuple(field for field in self.fields if field.name.lower() not in gone))

    def describe_global(self, version: str) -> dict[str, Any]:
        """This object's entry in the answer of ``/sobjects``."""
        base = f"/services/data/v{version}/sobjects/{self.name}"
        urls = {"rowTemplate": base + "/{ID}", "describe": base + "/describe", "sobject": base}
        return {**self._properties(), "urls": urls}

    def describe(self, version: str, origin: str, picklists: Mapping[str, Sequence[str]]) -> dict[str, Any]:
        """The answer of ``/sobjects/X/describe``."""
        base = f"/services/data/v{version}/sobjects/{self.name}"
        named = ("compactLayouts", "approvalLayouts", "layouts")
        urls = {name: f"{base}/describe/{name}" for name in named} | {
            "rowTemplate": base + "/{ID}",
            "uiDetailTemplate": origin + "/{ID}",
            "uiEditTemplate": origin + "/{ID}/e",
            "uiNewRecord": f"{origin}/{self.prefix}/e",
            "listviews": base + "/listviews",
            "describe": base + "/describe",
            "quickActions": base + "/quickActions",
            "sobject": base,
        }
        return {
            **self._properties(),
            "actionOverrides": [],
            "childRelationships": [],
            "compactLayoutable": True,
            "defaultImplementation": None,
            "extendedBy": None,
            "extendsInterfaces": None,
            "fields": [field.describe(picklists) for field in self.fields],
            "implementedBy": None,
            "implementsInterfaces": None,
            "listviewable": None,
            "lookupLayoutable": None,
            "namedLayoutInfos": [],
            "networkScopeFieldName": None,
            "recordTypeInfos": [_master_record_type(base)],
            "searchLayoutable": True,
            "sobjectDescribeOption": "FULL",
            "supportedScopes": [{"label": f"All {self.plural or self.name}", "name": "everything"}],
            "urls": urls,
        }

    def _properties(self) -> dict[str, Any]:
        writeable = any(field.createable for field in self.fields)
        return {
            "activateable": False,
            "associateEntityType": None,
            "associateParentEntity": None,
            **dict.fromkeys(_VERBS, writeable),
            "custom": self.custom,
            "customSetting": False,
            "deepCloneable": False,
            "deprecatedAndHidden": False,
            "feedEnabled": False,
            "hasSubtypes": False,
            "isInterface": False,
            "isSubtype": False,
            "keyPrefix": self.prefix,
            "label": self.label,
            "labelPlural": self.plural or self.label + "s",
            "layoutable": writeable,
            "mergeable": self.field("MasterRecordId") is not None,
            "mruEnabled": writeable,
            "name": self.name,
            "queryable": True,
            "replicateable": self.replicateable,
            "retrieveable": True,
            "searchable": writeable,
            "triggerable": writeable,
            "undeletable": self.bin and writeable,
        }


def sobject(name: str, prefix: str, notation: str, **options: Any) -> SObject:
    """An object from the notation of its fields; ``@system`` stands for the five fields that the system keeps."""
    lines = notation.replace("@system", SYSTEM_FIELDS).splitlines()
    return SObject(name, prefix, tuple(parse(line) for line in lines if line.strip()), **options)


def _master_record_type(base: str) -> dict[str, Any]:
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

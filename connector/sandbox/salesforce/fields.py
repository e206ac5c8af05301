"""Fields of a Salesforce object, and the compact notation they are written in. Knows no record and no describe.

One field a line: ``Name type[(length)|(precision,scale)][>Target|Target] flags``. Flags: ``null`` (nillable),
``nofilter`` (neither filterable nor sortable), ``ro`` (set by the system), ``once`` (not updateable), ``name`` (the
object's name field), ``of:X`` (part of the compound field X), ``multi`` (exists in multi-currency orgs only),
``values:X`` (picklist X), ``idlookup``; and those of ``_DETAILS`` and ``_VALUED`` where a field differs in one key of
describe from its like.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_LINE = re.compile(
    r"(?P<name>\w+) (?P<type>\w+)(?:\((?P<size>[\d,]+)\))?(?:>(?P<targets>[\w|]+))?(?P<flags>(?: \S+)*)\Z"
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
NUMBERS = frozenset({"double", "currency", "percent"})
COMPOUNDS = frozenset({"address", "location"})
#: text areas longer than this are long ones
SHORT_TEXT = 255
_DETAILS: Mapping[str, tuple[str, object]] = {
    "auto": ("autoNumber", True),
    "defaulted": ("defaultedOnCreate", True),
    "edit": ("updateable", True),
    "noaggregate": ("aggregatable", False),
    "nogroup": ("groupable", False),
    "noperm": ("permissionable", False),
    "noprefilter": ("searchPrefilterable", False),
    "norel": ("relationshipName", None),
    "perm": ("permissionable", True),
    "restricted": ("restrictedPicklist", True),
    "sort": ("sortable", True),
    "undefaulted": ("defaultedOnCreate", False),
}
_VALUED = {
    "bytes": "byteLength",
    "default": "defaultValue",
    "digits": "digits",
    "extra": "extraTypeInfo",
    "rel": "relationshipName",
}


@dataclass(frozen=True)
class Field:
    """One field, as the org's metadata has it. ``details``: keys of describe that no rule gives."""

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
    details: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @property
    def custom(self) -> bool:
        return self.name.endswith("__c")

    @property
    def relationship(self) -> str | None:
        """The name by which a query follows this reference: ``OwnerId`` -> ``Owner``, ``Site__c`` -> ``Site__r``."""
        if self.type != "reference":
            return None
        usual = self.name[:-1] + "r" if self.custom else self.name[:-2] if self.name.endswith("Id") else None
        told: str | None = self.details.get("relationshipName", usual)
        return told

    @property
    def label(self) -> str:
        bare = self.name.removesuffix("__c").replace("_", " ")
        return " ".join("ID" if word == "Id" else word for word in _CAMEL.sub(" ", bare).split())

    @property
    def sortable(self) -> bool:
        usual = self.filterable and self.type not in COMPOUNDS
        return bool(self.details.get("sortable", usual))

    @property
    def aggregatable(self) -> bool:
        unsorted_text = self.type == "textarea" and not self.sortable
        return bool(self.details.get("aggregatable", self.type not in COMPOUNDS | {"boolean"} and not unsorted_text))

    @property
    def groupable(self) -> bool:
        long_text = self.type == "textarea" and self.length > SHORT_TEXT
        usual = self.type not in NUMBERS | COMPOUNDS | {"datetime"} and not long_text
        return bool(self.details.get("groupable", usual))


def parse(line: str) -> Field:
    """A field from its line of notation."""
    match = _LINE.match(line.strip())
    if match is None:
        raise ValueError(f"no field: {line!r}")
    kind, flags = match["type"], match["flags"].split()
    sizes = [int(size) for size in (match["size"] or "").split(",") if size]
    options = dict(flag.split(":", 1) for flag in flags if ":" in flag)
    read_only = "ro" in flags or "edit" in flags or kind in ("id", "address")
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
        updateable="edit" in flags or (not read_only and "once" not in flags),
        is_name="name" in flags,
        compound=options.get("of"),
        multi_currency="multi" in flags,
        picklist=options.get("values"),
        id_lookup="idlookup" in flags or kind == "id",
        details=_details(flags, options),
    )


def _details(flags: list[str], options: Mapping[str, str]) -> dict[str, Any]:
    details = dict(_DETAILS[flag] for flag in flags if flag in _DETAILS)
    for flag, key in _VALUED.items():
        if flag in options:
            text = options[flag].replace("_", " ")
            details[key] = int(text) if flag in ("bytes", "digits") else text
    return details

"""Objects of a Salesforce org: their fields and what can be done with them. Knows no record and no describe."""

from __future__ import annotations

from collections.abc import Iterable
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


_MERGEABLE = frozenset({"Account", "Contact", "Lead"})


@dataclass(frozen=True)
class SObject:
    """One object of an org.

    ``bulk``: Bulk API 2.0 can query it. ``bin``: deleted records lie in the recycle bin. ``deletable``: its records can
    be deleted at all. ``feeds``: it may have a feed. ``clones``: its records may be cloned with what hangs on them.
    """

    name: str
    prefix: str
    fields: tuple[Field, ...]
    plural: str = ""
    replicateable: bool = True
    bulk: bool = True
    bin: bool = True
    deletable: bool = True
    feeds: bool = False
    clones: bool = False

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

    @property
    def label_plural(self) -> str:
        return self.plural or self.label + "s"

    @property
    def mergeable(self) -> bool:
        return self.name in _MERGEABLE

    def without(self, hidden: Iterable[str]) -> SObject:
        """The same object as a user sees it from whom some fields are hidden."""
        gone = {name.lower() for name in hidden}
        return replace(self, fields=tuple(field for field in self.fields if field.name.lower() not in gone))


def sobject(name: str, prefix: str, notation: str, **options: Any) -> SObject:
    """An object from the notation of its fields; ``@system`` stands for the five fields that the system keeps."""
    lines = notation.replace("@system", SYSTEM_FIELDS).splitlines()
    return SObject(name, prefix, tuple(parse(line) for line in lines if line.strip()), **options)

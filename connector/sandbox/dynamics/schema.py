"""What a Dataverse table is made of: attributes, options, lookups, as data. Knows no row and no request.

Kinds are Dataverse's ``AttributeType`` names (Microsoft's "Column data types in Microsoft Dataverse"), plus
``MultiSelectPicklist``, which Dataverse itself reports as ``Virtual``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

from connector.sandbox.dynamics.spelling import FORMATS, LENGTHS, schema_name

Kind = Literal[
    "String", "Memo", "EntityName", "Uniqueidentifier", "Integer", "BigInt", "Double", "Decimal", "Money", "Boolean",
    "DateTime", "Picklist", "State", "Status", "MultiSelectPicklist", "Lookup", "Owner", "Customer", "Virtual",
]  # fmt: skip
LOOKUPS: frozenset[Kind] = frozenset({"Lookup", "Owner", "Customer"})
CHOICES: frozenset[Kind] = frozenset({"Picklist", "State", "Status", "Boolean", "MultiSelectPicklist"})
WHOLE: frozenset[Kind] = frozenset({"Integer", "BigInt", "Picklist", "State", "Status"})

BASE_LANGUAGE = 1033
USER_LANGUAGE = 1031


@dataclass(frozen=True)
class Option:
    """One choice: what is stored, and what people see in the base language and in the caller's."""

    value: int
    label: str
    local: str
    state: int | None = None


@dataclass(frozen=True)
class Attribute:
    """One attribute. ``of``: it merely mirrors another one and is no property of the Web API.

    ``shared``: its option set is a global one. ``ending``: what its navigation properties end in.
    """

    name: str
    kind: Kind
    label: str = ""
    targets: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    option_set: str = ""
    shared: bool = False
    length: int = 100
    precision: int = 2
    behavior: str = "UserLocal"
    format: str = ""
    of: str | None = None
    schema_name: str = ""
    custom: bool = False
    ending: str = ""

    @cached_property
    def column(self) -> str:
        """How the Web API spells it: lookups as ``_name_value``."""
        return f"_{self.name}_value" if self.kind in LOOKUPS else self.name

    @property
    def is_property(self) -> bool:
        return self.of is None and self.kind != "Virtual"

    @property
    def polymorphic(self) -> bool:
        return len(self.targets) > 1

    @property
    def type_column(self) -> str:
        """Where the target table of a polymorphic lookup is stored."""
        return f"{self.column}:type"


@dataclass(frozen=True)
class Table:
    """One table. ``tracking``: None where change tracking can never be turned on.

    ``elsewhere``: its rows are kept outside the database of records: read only, no ETags, no navigation annotations.
    ``brings``: the column that comes along unasked, where that is not the key.
    """

    name: str
    set_name: str
    key: str
    primary_name: str | None
    code: int
    label: str
    attributes: tuple[Attribute, ...]
    tracking: bool | None = False
    ownership: str = "UserOwned"
    activity: bool = False
    process_flow: bool = False
    schema_name: str = ""
    elsewhere: bool = False
    brings: str = ""

    @cached_property
    def by_column(self) -> dict[str, Attribute]:
        return {attribute.column: attribute for attribute in self.attributes if attribute.is_property}

    @cached_property
    def by_name(self) -> dict[str, Attribute]:
        return {attribute.name: attribute for attribute in self.attributes}

    @property
    def custom(self) -> bool:
        return self.name.startswith("new_")

    def navigation(self, name: str) -> tuple[Attribute, str] | None:
        """The lookup behind a single-valued navigation property, and the table that it leads to there.

        One that may lead to several tables has one such property for each: ``parentcustomerid_account``, and those of
        activities name the activity too: ``regardingobjectid_account_task``. Owners are
        ``ownerid``, whose type is principal. Unverified: the letter case of custom ones.
        """
        for attribute in self.attributes:
            if attribute.kind not in LOOKUPS or attribute.of is not None:
                continue
            if name == attribute.name and (not attribute.polymorphic or attribute.kind == "Owner"):
                return attribute, attribute.targets[0]
            if attribute.polymorphic and attribute.kind != "Owner" and name.startswith(f"{attribute.name}_"):
                target = name.removeprefix(f"{attribute.name}_").removesuffix(attribute.ending)
                if target in attribute.targets:
                    return attribute, target
        return None


@dataclass
class Draft:
    """A table while it is written down; ``table`` adds what every table of its kind has."""

    name: str
    set_name: str
    label: str
    code: int
    own: list[Attribute] = field(default_factory=list)
    key: str = ""
    primary_name: str | None = "name"
    tracking: bool | None = False
    owned: bool = False
    states: tuple[Option, ...] = (Option(0, "Active", "Aktiv"), Option(1, "Inactive", "Inaktiv"))
    statuses: tuple[Option, ...] = (Option(1, "Active", "Aktiv", 0), Option(2, "Inactive", "Inaktiv", 1))
    currency: bool = False
    activity: bool = False
    process_flow: bool = False
    created_shows: str = "DateAndTime"

    def table(self) -> Table:
        """The finished table."""
        key = self.key or f"{self.name}id"
        own = [Attribute(key, "Uniqueidentifier", self.label), *self.own, *_standing(self)]
        spelt = [replace(item, schema_name=schema_name(self.name, item.name)) for item in own]
        every = [mirror for attribute in spelt for mirror in (attribute, *_mirrors(attribute))]
        return Table(
            self.name, self.set_name, key, self.primary_name, self.code, self.label, tuple(every), self.tracking,
            "UserOwned" if self.owned else "OrganizationOwned", self.activity, self.process_flow, self.name.title(),
        )  # fmt: skip


def _standing(draft: Draft) -> Iterator[Attribute]:
    """The attributes that Dataverse gives to every table of the kind."""
    yield Attribute("statecode", "State", "Status", options=draft.states, option_set=f"{draft.name}_statecode")
    yield Attribute(
        "statuscode", "Status", "Status Reason", options=draft.statuses, option_set=f"{draft.name}_statuscode"
    )
    yield Attribute("createdon", "DateTime", "Created On", format=draft.created_shows)
    yield Attribute("modifiedon", "DateTime", "Modified On", format="DateAndTime")
    yield lookup("createdby", "Created By", "systemuser")
    yield lookup("modifiedby", "Modified By", "systemuser")
    yield Attribute("overriddencreatedon", "DateTime", "Record Created On", format="DateOnly")
    yield Attribute("importsequencenumber", "Integer", "Import Sequence Number")
    yield Attribute("versionnumber", "BigInt", "Version Number")
    if draft.owned:
        yield Attribute("ownerid", "Owner", "Owner", targets=("systemuser", "team"))
        yield lookup("owninguser", "Owning User", "systemuser")
        yield lookup("owningteam", "Owning Team", "team")
        yield lookup("owningbusinessunit", "Owning Business Unit", "businessunit")
    if draft.currency:
        yield lookup("transactioncurrencyid", "Currency", "transactioncurrency")
        yield Attribute("exchangerate", "Decimal", "Exchange Rate", precision=10)


#: lookups whose target has a second, phonetic name
_YOMI = frozenset({"account", "contact", "lead", "systemuser", "team"})


def _mirrors(attribute: Attribute) -> Iterator[Attribute]:
    """What metadata lists beside an attribute though the Web API has no such property: names, types."""

    def mirror(suffix: str, kind: Kind = "String", length: int = 100) -> Attribute:
        name, spelt = attribute.name, attribute.schema_name
        if name == "masterid":
            name, spelt = f"master{attribute.targets[0]}id", f"Master{attribute.targets[0].title()}Id"
        logical = name + suffix.lower()
        return Attribute(logical, kind, of=attribute.name, length=length, schema_name=spelt + suffix)

    customer = attribute.kind == "Customer"
    if attribute.kind in LOOKUPS and attribute.name not in ("owninguser", "owningteam"):
        yield mirror("Name", length=160 if customer or "businessunit" in attribute.targets else 100)
        if _YOMI.intersection(attribute.targets):
            yield mirror("YomiName", length=450 if customer else 100)
    if attribute.kind in ("Owner", "Customer"):
        yield mirror("Type", "EntityName")
    if attribute.kind in CHOICES:
        yield mirror("Name", "Virtual")


def text(name: str, label: str, length: int = 100) -> Attribute:
    return Attribute(
        name, "String", label, length=length, format=FORMATS.get(name, "Text"), custom=name.startswith("new_")
    )


def texts(*names: str) -> list[Attribute]:
    """Plain text columns whose label matters to nobody."""
    return [text(name, name.replace("_", " ").title(), LENGTHS.get(name, 100)) for name in names]


def memo(name: str, label: str) -> Attribute:
    return Attribute(name, "Memo", label, length=2000)


def lookup(name: str, label: str, *targets: str) -> Attribute:
    return Attribute(name, "Lookup", label, targets=targets)


def guid(name: str, label: str) -> Attribute:
    return Attribute(name, "Uniqueidentifier", label)


def money(name: str, label: str) -> list[Attribute]:
    """A money column and its twin in the base currency (precision 4, read only)."""
    return [Attribute(name, "Money", label), Attribute(f"{name}_base", "Money", f"{label} (Base)", precision=4)]


def instant(name: str, label: str, *, shows: str = "DateAndTime") -> Attribute:
    """A UserLocal column: stored in UTC. ``shows="DateOnly"`` hides the time from people, not from the wire."""
    return Attribute(name, "DateTime", label, format=shows)


def day(name: str, label: str) -> Attribute:
    return Attribute(name, "DateTime", label, behavior="DateOnly", format="DateOnly")


def wall_clock(name: str, label: str) -> Attribute:
    """TimeZoneIndependent: looks like UTC on the wire and is a wall clock."""
    return Attribute(
        name, "DateTime", label, behavior="TimeZoneIndependent", format="DateAndTime", custom=name.startswith("new_")
    )


def number(name: str, label: str, kind: Kind = "Integer", precision: int = 2) -> Attribute:
    return Attribute(name, kind, label, precision=precision)


def flag(name: str, label: str, *, shared: str = "") -> Attribute:
    """A yes or no; ``shared`` names a global option set."""
    options = (Option(0, "No", "Nein"), Option(1, "Yes", "Ja"))
    return Attribute(name, "Boolean", label, options=options, option_set=shared, shared=bool(shared))


def choice(name: str, label: str, options: Iterable[Option], *, shared: str = "", several: bool = False) -> Attribute:
    """An option set; ``shared`` names a global one."""
    kind: Kind = "MultiSelectPicklist" if several else "Picklist"
    custom = name.startswith("new_")
    return Attribute(name, kind, label, options=tuple(options), option_set=shared, shared=bool(shared), custom=custom)

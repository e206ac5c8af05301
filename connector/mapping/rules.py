"""The closed vocabulary as plain values: what one rule of a mapping file says, free of YAML and of any row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass

from connector.mapping.nodes import Plain

#: pseudo-fields of rows that are made from each part of a list
ITEM, PLACE = "each.item", "each.place"
#: ``is: "*"``: any value, as long as there is one
ANY = "*"


@dataclass(frozen=True)
class Copy:
    """The value of a source field."""

    field: str


@dataclass(frozen=True)
class Const:
    """The same value for every row."""

    value: Plain


@dataclass(frozen=True)
class Ref:
    """A reference to the row that another source record became."""

    table: str
    of: Rule


@dataclass(frozen=True)
class Money:
    """An amount in minor units of its currency."""

    of: Rule
    currency: Rule | None


@dataclass(frozen=True)
class MapTo:
    """One value for another. ``otherwise`` None: a value that is not listed is refused."""

    pairs: tuple[tuple[Plain, Plain], ...]
    of: Rule
    otherwise: Rule | None


@dataclass(frozen=True)
class Condition:
    """Holds where ``of`` is one of ``accepted``."""

    of: Rule
    accepted: tuple[Plain, ...]


@dataclass(frozen=True)
class When:
    """``then`` where the condition holds, else nothing."""

    condition: Condition
    then: Rule


@dataclass(frozen=True)
class First:
    """The first of several that has a value."""

    options: tuple[Rule, ...]
    otherwise: Rule


@dataclass(frozen=True)
class Label:
    """The label of an option in the org's base language."""

    field: str


@dataclass(frozen=True)
class Lookup:
    """A field of a small reference object, by id."""

    object: str
    of: Rule
    field: str


@dataclass(frozen=True)
class Day:
    """The day on which an instant falls, in the zone of the ``source`` or of the ``report``."""

    of: Rule
    zone: str


@dataclass(frozen=True)
class Fiscal:
    """First or last day of a fiscal period of the org's own calendar."""

    bound: str
    year: str
    period: str


@dataclass(frozen=True)
class Percent:
    """0 to 100 as 0 to 1."""

    of: Rule


@dataclass(frozen=True)
class Join:
    """Several texts as one, empty ones left out."""

    fields: tuple[str, ...]
    separator: str


@dataclass(frozen=True)
class Domain:
    """The host of a web or e-mail address."""

    field: str


@dataclass(frozen=True)
class Address:
    """The first e-mail address in a list of them."""

    field: str


@dataclass(frozen=True)
class Hash:
    """A keyed hash of a text that must not be kept."""

    field: str


Rule = (
    Copy
    | Const
    | Ref
    | Money
    | MapTo
    | When
    | First
    | Label
    | Lookup
    | Day
    | Fiscal
    | Percent
    | Join
    | Domain
    | Address
    | Hash
)


def walk(rule: object) -> Iterator[object]:
    """A rule and every rule within it."""
    if isinstance(rule, tuple):
        for part in rule:
            yield from walk(part)
    elif is_dataclass(rule) and not isinstance(rule, type):
        yield rule
        for each in fields(rule):
            yield from walk(getattr(rule, each.name))


def fields_of(rule: object) -> Iterator[str]:
    """Source fields that a rule reads, in the order in which it names them."""
    for part in walk(rule):
        yield from own_fields(part)


def own_fields(rule: object) -> Iterator[str]:
    """Source fields that a rule reads itself, not by a rule within it."""
    if isinstance(rule, Copy | Label | Domain | Address | Hash):
        if rule.field not in (ITEM, PLACE):
            yield rule.field
    elif isinstance(rule, Join):
        yield from rule.fields
    elif isinstance(rule, Fiscal):
        yield from (rule.year, rule.period)

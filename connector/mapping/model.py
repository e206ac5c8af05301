"""What a set of mapping files says, validated: the rules of every object, the funnel, people, plans and rates."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

from connector.adapters.base import Wanted
from connector.errors import Place
from connector.mapping.cadence import Cadence
from connector.mapping.funnel import Funnel
from connector.mapping.methodology import Methodology
from connector.mapping.people import People
from connector.mapping.pipelines import Funnels
from connector.mapping.quota_plans import Plan
from connector.mapping.rates import RateRow
from connector.mapping.rules import ITEM, PLACE, Condition, Day, Hash, Label, Lookup, Rule, fields_of, own_fields, walk
from connector.mapping.target import ColumnKind

#: grows when the same rules come to mean something else, so that objects are read again
MEANING = 1


def digest(value: object) -> str:
    """A hash of plain values and dataclasses that does not depend on the process."""
    return hashlib.sha256(_spell(value).encode()).hexdigest()[:32]


def _spell(value: object) -> str:
    if is_dataclass(value) and not isinstance(value, type):
        inner = ",".join(_spell(getattr(value, each.name)) for each in fields(value))
        return f"{type(value).__name__}({inner})"
    if isinstance(value, Mapping):
        return "{" + ",".join(sorted(f"{_spell(key)}:{_spell(item)}" for key, item in value.items())) + "}"
    if isinstance(value, AbstractSet):
        return "{" + ",".join(sorted(map(_spell, value))) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ",".join(map(_spell, value)) + "]"
    return f"{type(value).__name__}:{value!r}"


@dataclass(frozen=True)
class RowGroup:
    """The rows of one table that a record becomes: one, or with ``each`` one per part of a list.

    ``key`` are the values that tell several rows of one record apart; a row without them is not made.
    """

    table: str
    columns: Mapping[str, Rule]
    extras: Mapping[str, Rule]
    kinds: Mapping[str, ColumnKind] = field(repr=False)
    each: str | None = None
    key: tuple[Rule, ...] = ()
    keep: tuple[Condition, ...] = ()

    def parts(self) -> tuple[Any, ...]:
        """All that reads source fields."""
        return (*self.key, *self.keep, *self.columns.values(), *self.extras.values())


@dataclass(frozen=True)
class ObjectMapping:
    """The rules of one source object."""

    object: str
    groups: tuple[RowGroup, ...]
    keep: tuple[Condition, ...] = ()
    reference: bool = False
    #: where the object and its fields are named first, for messages
    places: Mapping[str, Place] = field(default_factory=dict, repr=False)
    #: where the user may not read it, it counts as an object that the org lacks
    optional: bool = False

    @property
    def tables(self) -> tuple[str, ...]:
        """Unified tables that the object feeds."""
        return tuple(dict.fromkeys(group.table for group in self.groups))

    @property
    def wanted(self) -> Wanted:
        """What is asked of the source."""
        return Wanted(self.object, self._fields(), self.reference)

    def _fields(self) -> tuple[str, ...]:
        names = dict.fromkeys(fields_of(self.keep))
        for group in self.groups:
            if group.each is not None:
                names[group.each] = None
            names.update(dict.fromkeys(fields_of(group.parts())))
        return tuple(name for name in names if name not in (ITEM, PLACE))

    @property
    def fingerprint(self) -> str:
        """Hash of all that decides what a record becomes; another one means that the object is read again."""
        groups = [(one.table, one.columns, one.extras, one.each, one.key, one.keep) for one in self.groups]
        return digest((MEANING, self.object, groups, self.keep, self.reference))

    def parts(self) -> tuple[Any, ...]:
        """All that reads source fields."""
        return (*self.keep, *(part for group in self.groups for part in group.parts()))

    @property
    def hashed(self) -> frozenset[str]:
        """Fields of which only a keyed hash may be kept."""
        return frozenset(part.field for part in walk(self.parts()) if isinstance(part, Hash))

    @property
    def read_in_plain(self) -> frozenset[str]:
        """Fields of which some rule needs more than the hash."""
        plain = (name for part in walk(self.parts()) if not isinstance(part, Hash) for name in own_fields(part))
        return frozenset((*plain, *(group.each for group in self.groups if group.each is not None)))

    @property
    def tells_source_days(self) -> bool:
        """Whether a rule takes the day of an instant in the source's own zone, which no later step can correct."""
        return any(isinstance(part, Day) and part.zone == "source" for part in walk(self.parts()))


@dataclass(frozen=True)
class KindMapping:
    """The mapping file of one kind of source."""

    kind: str
    objects: Mapping[str, ObjectMapping]

    def lookups(self) -> dict[str, tuple[str, ...]]:
        """Small reference objects that rules look up, with the fields asked of each."""
        found: dict[str, dict[str, None]] = {}
        for part in self._walk():
            if isinstance(part, Lookup):
                found.setdefault(part.object, {})[part.field] = None
        return {name: tuple(names) for name, names in found.items()}

    def labels(self) -> list[tuple[str, str]]:
        """(object, field) whose option labels rules ask for."""
        found = {
            (mapping.object, part.field): None
            for mapping in self.objects.values()
            for part in walk(mapping.parts())
            if isinstance(part, Label)
        }
        return list(found)

    def _walk(self) -> list[object]:
        return [part for mapping in self.objects.values() for part in walk(mapping.parts())]


@dataclass(frozen=True)
class Mappings:
    """Everything that the mapping and policy files say; ``pipelines`` are those with a funnel of their own, folded."""

    kinds: Mapping[str, KindMapping]
    funnel: Funnel
    people: People = field(default_factory=People)
    plans: tuple[Plan, ...] = ()
    rates: tuple[RateRow, ...] = ()
    methodology: Methodology = field(default_factory=lambda: Methodology({}))
    cadence: Cadence = field(default_factory=lambda: Cadence((), None, never_repeat=True))
    pipelines: Mapping[str, Funnel] = field(default_factory=dict)

    @property
    def funnels(self) -> Funnels:
        """The funnel of every pipeline."""
        return Funnels(self.funnel, self.pipelines)

    def fingerprint(self, *parts: str) -> str:
        """Hash of some parts: ``funnel``, ``people``, ``plans``, ``rates`` or a kind; of everything without any."""
        known: dict[str, object] = {
            "funnel": self.funnels,
            "people": self.people,
            "plans": self.plans,
            "rates": self.rates,
            **{
                kind: {name: one.fingerprint for name, one in each.objects.items()} for kind, each in self.kinds.items()
            },
        }
        return digest([known[part] for part in parts or sorted(known)])

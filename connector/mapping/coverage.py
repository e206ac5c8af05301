"""Which values that an org declares no ``map`` lists: records with such a value would be rejected. Asks no org."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from connector.adapters.base import Value
from connector.mapping.rules import Copy, MapTo, walk

if TYPE_CHECKING:
    from connector.mapping.model import ObjectMapping


@dataclass(frozen=True)
class Unlisted:
    """One declared value of a field that no entry of its map names."""

    field: str
    value: Value
    label: str


def unlisted(mapping: ObjectMapping, declared: Callable[[str], Iterable[tuple[Value, str]]]) -> Iterator[Unlisted]:
    """``declared`` tells the options of a field with their labels; a map with ``else`` takes any value."""
    told: set[Unlisted] = set()
    for part in walk(mapping.parts()):
        if not isinstance(part, MapTo) or part.otherwise is not None or not isinstance(part.of, Copy):
            continue
        listed = {_spelt(key) for key, _ in part.pairs}
        for value, label in declared(part.of.field):
            found = Unlisted(part.of.field, value, label)
            if _spelt(value) not in listed and found not in told:
                told.add(found)
                yield found


def stage_fields(mapping: ObjectMapping) -> Iterator[str]:
    """Fields that tell a deal's stage as the source has it."""
    for group in mapping.groups:
        rule = group.columns.get("source_stage")
        if group.table == "opportunity" and isinstance(rule, Copy):
            yield rule.field


def _spelt(value: object) -> str:
    """Options are compared as the ops do it: a number and its digits are one."""
    return str(value).lower() if isinstance(value, bool) else str(value)

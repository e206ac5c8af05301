"""Which objects of which sources a run reads: the command line's and the configuration's wishes, checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from connector.errors import ConfigError, UsageError
from connector.suggestions import nearest

if TYPE_CHECKING:
    from connector.mapping import Mappings, ObjectMapping
    from connector.settings import Source


@dataclass(frozen=True)
class Plan:
    """One source and the objects to read of it."""

    source: Source
    objects: tuple[ObjectMapping, ...]


def make_plans(sources: Sequence[Source], mappings: Mappings, only: Sequence[str] = ()) -> list[Plan]:
    """One plan a source; ``only`` names source objects (case folded) or unified tables.

    UsageError where a wish fits no object of any source, ConfigError where a source's own list does not.
    """
    plans = []
    met: set[str] = set()
    for source in sources:
        known = mappings.kinds[source.kind].objects
        chosen = _chosen_by_config(source, list(known.values()))
        if only:
            wishes = {wish.casefold() for wish in only}
            met |= {name for one in chosen for name in _names(one) if name in wishes}
            chosen = [one for one in chosen if wishes & _names(one)]
        plans.append(Plan(source, tuple(chosen)))
    for wish in only:
        if wish.casefold() not in met:
            everything = sorted({name for plan in sources for name in _all_names(mappings, plan.kind)})
            raise UsageError(
                f"--object {wish}: no such object or table{nearest(wish, everything)}",
                hint=f"known here: {', '.join(everything)}",
            )
    return [plan for plan in plans if plan.objects]


def _chosen_by_config(source: Source, known: list[ObjectMapping]) -> list[ObjectMapping]:
    if not source.objects:
        return known
    by_name = {one.object.casefold(): one for one in known}
    for name in source.objects:
        if name.casefold() not in by_name:
            names = [one.object for one in known]
            raise ConfigError(
                f"sources.{source.name}.objects: {name!r} is not in {source.kind}.yaml{nearest(name, names)}",
                hint=f"mapped objects: {', '.join(names)}",
            )
    wanted = {name.casefold() for name in source.objects}
    return [one for one in known if one.object.casefold() in wanted]


def _names(mapping: ObjectMapping) -> set[str]:
    return {mapping.object.casefold(), *mapping.tables}


def _all_names(mappings: Mappings, kind: str) -> set[str]:
    return {name for one in mappings.kinds[kind].objects.values() for name in (one.object, *one.tables)}

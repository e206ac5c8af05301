"""What is needed to map rejected records again: rules, a frame, and the rows, from what was kept or from the source.

Asks the source, and leaves the store alone: all is here before anything is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from connector.adapters.base import Row, Shape
from connector.errors import CrossfunnelError, PermissionDenied
from connector.mapping import KindMapping, RowMapper
from connector.mapping.kept import Hashed, restore

if TYPE_CHECKING:
    from connector.adapters.base import Adapter, Value
    from connector.mapping import Context, ObjectMapping
    from connector.store.rejects import StoredReject


@dataclass(frozen=True)
class Again:
    """One rejected record that is to be mapped: the number of its reject, its id, and its row."""

    number: int
    source_id: str | None
    row: Row


@dataclass(frozen=True)
class Attempt:
    """The rejects of one object. ``unmet`` are the numbers of those that the source no longer shows."""

    mapping: ObjectMapping
    mapper: RowMapper
    records: list[Again]
    unmet: list[int]


def prepare(
    adapter: Adapter, chosen: KindMapping, context: Context, waiting: Mapping[str, Sequence[StoredReject]]
) -> Iterator[Attempt | CrossfunnelError]:
    """An attempt for each object, or what forbids it. Signs in first; what that raises passes through."""
    try:
        adapter.connect()
        context = replace(context, frame=adapter.frame(chosen.lookups(), chosen.labels()))
        for name, mapping in chosen.objects.items():
            try:
                yield _attempt(adapter, mapping, context, waiting[name])
            except CrossfunnelError as error:
                yield error
    finally:
        adapter.close()


def _attempt(adapter: Adapter, mapping: ObjectMapping, context: Context, rejects: Sequence[StoredReject]) -> Attempt:
    shape = adapter.shape(mapping.wanted)
    if shape.absent:
        raise PermissionDenied(
            f"{adapter.name}: the org lacks {mapping.object} or hides it; its records stay rejected",
            hint=f"give the account read access to {mapping.object}, or take it out of the mapping",
        )
    records: list[Again] = []
    lacking: list[StoredReject] = []
    for reject in rejects:
        values = restore(reject.fields)
        if _suffices(values, mapping, shape):
            row = [values.get(name) for name in shape.columns]
            records.append(Again(reject.reject_id, reject.source_id, row))
        else:
            lacking.append(reject)
    records += _read_anew(adapter, mapping, shape, lacking)
    tried = {each.number for each in records}
    unmet = [reject.reject_id for reject in rejects if reject.reject_id not in tried]
    return Attempt(mapping, RowMapper(mapping, shape, context), records, unmet)


def _suffices(values: Mapping[str, Value], mapping: ObjectMapping, shape: Shape) -> bool:
    """Whether all that the mapping reads was kept, and nothing as a hash that it reads in plain."""
    plain = mapping.read_in_plain
    return all(
        name in values and not (name in plain and isinstance(values[name], Hashed))
        for name in mapping.wanted.fields
        if name in shape.columns
    )


def _read_anew(adapter: Adapter, mapping: ObjectMapping, shape: Shape, lacking: Sequence[StoredReject]) -> list[Again]:
    """These records as the source has them now."""
    numbers = {reject.source_id: reject.reject_id for reject in lacking if reject.source_id is not None}
    place = shape.columns.index(shape.id_field)
    found: dict[int, Again] = {}
    for page in adapter.pages(mapping.wanted, shape, None, whole=True) if numbers else ():
        for row in page.rows:
            source_id = str(row[place])
            if source_id in numbers:
                found[numbers[source_id]] = Again(numbers[source_id], source_id, row)
        if len(found) == len(numbers):
            break
    return list(found.values())

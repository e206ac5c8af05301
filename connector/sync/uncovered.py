"""Values that an org declares and no entry of a mapping or of funnel.yaml claims, found before any record has them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from connector.mapping import RowMapper
from connector.mapping.coverage import stage_fields, unlisted
from connector.sync.run import make_context

if TYPE_CHECKING:
    from connector.adapters.base import Adapter
    from connector.mapping import Mappings, ObjectMapping
    from connector.settings import Settings
    from connector.sync.plan import Plan

_CLAIM = "add it to a stage of funnel.yaml"
_LIST = "add it to the map, or give the map an else"


def uncovered(adapter: Adapter, plan: Plan, settings: Settings, mappings: Mappings) -> Iterator[tuple[str, str]]:
    """What and mend of each: open stages that would have no stage, and options whose records would be rejected."""
    kind = plan.source.kind
    declared: set[str] = set()
    for one in plan.objects:
        if "source_stage" in one.tables:
            for stage in _stages(adapter, one, plan, settings):
                value = str(stage["value"])
                if value in declared:
                    continue  # several processes may have stages of one name
                declared.add(value)
                is_open = not stage.get("is_closed") and not stage.get("is_deleted")
                if is_open and not mappings.funnels.claim_any(kind, value, stage.get("position")):
                    yield f"{one.object}: no entry of funnel.yaml claims the open stage {value!r}", _CLAIM
    for one in plan.objects:
        yield from _options(adapter, one, mappings, kind, declared)


def _stages(adapter: Adapter, one: ObjectMapping, plan: Plan, settings: Settings) -> Iterator[dict[str, Any]]:
    """The rows of source_stage that an object would give."""
    shape = adapter.shape(one.wanted)
    if shape.absent:
        return
    mapper = RowMapper(one, shape, make_context(plan.source, settings))
    for page in adapter.pages(one.wanted, shape, None, whole=True):
        mapped = mapper.map(page.rows)
        for output in mapped.outputs:
            for row in mapped.rows[output.table] if output.table == "source_stage" else ():
                stage = dict(zip(output.columns, row, strict=True))
                if stage.get("value") is not None:
                    yield stage


def _options(
    adapter: Adapter, one: ObjectMapping, mappings: Mappings, kind: str, declared: set[str]
) -> Iterator[tuple[str, str]]:
    for field in stage_fields(one):
        for value, label in adapter.declared(one.object, field):
            # what the org lists as a stage was looked at above, with what closes a deal
            if str(value) not in declared and not mappings.funnels.claim_any(kind, str(value)):
                what = f"{one.object}.{field}: no entry of funnel.yaml claims {value!r} ({label})"
                yield what, _CLAIM
    for found in unlisted(one, partial(adapter.declared, one.object)):
        place = one.places.get(found.field)
        where = f"{place}: " if place else ""
        what = f"{where}{one.object}.{found.field}: no entry of the map lists {found.value!r} ({found.label})"
        yield f"{what}; records with it are rejected", _LIST

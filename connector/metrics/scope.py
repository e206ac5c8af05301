"""Whose stages an answer shows: one funnel's, or with ``--by pipeline`` each pipeline's own.

A stage is one of a funnel, so deals of several funnels never stand in one row of stages. It must not know any measure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from connector.metrics.notes import Called, Listed, Name, Note, Part
from connector.metrics.workspace import literal

if TYPE_CHECKING:
    from connector.mapping.funnel import Funnel
    from connector.mapping.pipelines import Funnels
    from connector.metrics.workspace import Workspace

PIPELINE = "pipeline"


@dataclass(frozen=True)
class Scope:
    """The funnels of one question. ``one`` is the funnel whose deals answer it; None: every group has its own."""

    funnels: Funnels
    one: Funnel | None

    def of_group(self, group_id: str) -> Funnel:
        """The funnel of a group of rows, a pipeline where there is no one funnel."""
        return self.funnels.of(group_id) if self.one is None else self.one

    def stage_name(self, row: Mapping[str, Any], key: str) -> str:
        """What people call the stage that a row is about; of what is no stage, the key itself."""
        named = {stage.key: stage.name for stage in self.of_group(row.get("group_id") or "").stages}
        return named.get(key, key)

    def called(self, key: str, funnel: str | None = None) -> Called:
        """A stage in a note: by its key, and in other languages by its name; ``funnel`` where it is another's."""
        own = self.one or self.funnels.default if funnel is None else self.funnels.named(funnel)
        return Called(key, next(({"en": stage.name, **stage.names} for stage in own.stages if stage.key == key), {}))

    def called_in(self, row: Mapping[str, Any], key: str) -> Note:
        """The stage that a row is about, likewise."""
        return Note("{stage}", stage=self.called(key, self.of_group(row.get("group_id") or "").pipeline))

    def told(self) -> dict[str, Any]:
        """The stages as JSON tells them among the policies."""
        return {"stages": _stages(self.one)} if self.one is not None else stages_told(self.funnels)

    def deals_condition(self) -> str | None:
        """The SQL condition on the column ``funnel`` of deals that answer; None: all do."""
        if self.one is None or not self.funnels.own:
            return None
        return f"funnel = {literal(self.one.pipeline)}"

    def elsewhere_note(self, counts: Mapping[str, int], deals: Part) -> Iterator[Note]:
        """The sentence on deals of other funnels that were left out, and how to ask for them."""
        if counts:
            parts = (
                Note("{pipeline} {number}", pipeline=Name(pipeline), number=counts[pipeline])
                for pipeline in sorted(counts)
            )
            asked = min(counts, key=lambda pipeline: (-counts[pipeline], pipeline))
            yield Note(
                "{deals} of pipelines with other stages are in no row ({parts}): ask with --by pipeline, or with "
                "--where pipeline={asked}.",
                deals=deals,
                parts=Listed.of(parts),
                asked=Name(asked),
            )


def scope_of(funnels: Funnels, by: str | None, asked: Collection[str | None]) -> Scope:
    """One funnel's, unless the rows are grouped by pipeline: that of the pipelines asked for, else the default one."""
    if by == PIPELINE:
        return Scope(funnels, None)
    own = {funnels.of(pipeline).pipeline for pipeline in asked}
    return Scope(funnels, funnels.named(own.pop()) if len(own) == 1 else funnels.default)


def pipelines_met(space: Workspace, funnels: Funnels) -> dict[str, str]:
    """Every spelling of a pipeline in the store -> how it is called, where it has a funnel of its own."""
    if not funnels.own:
        return {}
    met = space.rows(
        "SELECT pipeline FROM opportunity WHERE pipeline IS NOT NULL "
        "UNION SELECT pipeline FROM opportunity_version WHERE pipeline IS NOT NULL"
    )
    own = ((spelling, funnels.of(spelling)) for (spelling,) in met)
    return {spelling: funnel.pipeline for spelling, funnel in own if funnel is not funnels.default}


def stages_told(funnels: Funnels) -> dict[str, Any]:
    """The stages of all funnels as JSON tells them among the policies."""
    if not funnels.own:
        return {"stages": _stages(funnels.default)}
    return {"pipelines": {funnel.pipeline: _stages(funnel) for funnel in funnels}}


def _stages(funnel: Funnel) -> list[dict[str, str]]:
    return [{"key": stage.key, "name": stage.name} for stage in funnel.stages]

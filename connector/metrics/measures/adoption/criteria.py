"""Judges every exit of a stage by the criteria of methodology.yaml: each criterion is one small statement.

Identifiers come from the list of unified columns that methodology.yaml was checked against.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from connector.mapping.methodology import EXTRA, ActivityLogged, Criterion, FieldFilled, Methodology
from connector.metrics.notes import Note, Word
from connector.metrics.workspace import Workspace, literal

_EXITS = "adoption_visit x"


def load_criteria(space: Workspace, methodology: Methodology) -> None:
    """Fills ``adoption_stage`` (stage, how many criteria) and ``adoption_criterion`` (number, stage)."""
    stages = ((stage, len(criteria)) for stage, criteria in methodology.stages.items() if criteria)
    space.fill("adoption_stage", "stage TEXT PRIMARY KEY, required INTEGER", stages)
    numbered = ((number, stage) for number, stage, _ in _numbered(methodology))
    space.fill("adoption_criterion", "number INTEGER PRIMARY KEY, stage TEXT", numbered)


def in_words(methodology: Methodology) -> dict[int, Note]:
    """Number of each criterion -> what it requires."""
    return {number: _in_words(criterion) for number, _, criterion in _numbered(methodology)}


def judge(space: Workspace, methodology: Methodology) -> None:
    """Fills ``adoption_met``: one row per exit (id, ordinal) and criterion that is true of it."""
    extras = [name for name in methodology.fields() if name.startswith(EXTRA)]
    if extras:
        space.fill("adoption_extra", "id TEXT, field TEXT, PRIMARY KEY (id, field)", _extras(space, extras))
    met = [
        f"SELECT x.id, x.ordinal, {number} AS criterion FROM {_EXITS} "
        f"WHERE x.stage = {literal(stage)} AND {_condition(criterion)}"
        for number, stage, criterion in _numbered(methodology)
    ]
    nothing = f"SELECT x.id, x.ordinal, 0 AS criterion FROM {_EXITS} WHERE 1 = 0"
    space.keep("adoption_met", " UNION ALL ".join(met or [nothing]), index="id, ordinal")


def _in_words(criterion: Criterion) -> Note:
    if isinstance(criterion, FieldFilled):
        return Note("{field} filled", field=Word(criterion.field))
    if isinstance(criterion, ActivityLogged):
        if criterion.at_least == 1:
            return Note("{kind} logged", kind=Word(criterion.kind))
        return Note("{number} of {kind} logged", number=criterion.at_least, kind=Word(criterion.kind))
    if criterion.least is not None:
        return Note("at least {number} days", number=criterion.least)
    return Note("at most {number} days", number=criterion.most or 0)


def _numbered(methodology: Methodology) -> Iterator[tuple[int, str, Criterion]]:
    number = 0
    for stage, criteria in methodology.stages.items():
        for criterion in criteria:
            number += 1
            yield number, stage, criterion


def _condition(criterion: Criterion) -> str:
    if isinstance(criterion, FieldFilled):
        if criterion.field.startswith(EXTRA):
            return f"EXISTS (SELECT 1 FROM adoption_extra e WHERE e.id = x.id AND e.field = {literal(criterion.field)})"
        filled = f"o.{criterion.field} IS NOT NULL AND CAST(o.{criterion.field} AS VARCHAR(400)) <> ''"
        return f"EXISTS (SELECT 1 FROM opportunity o WHERE o.id = x.id AND {filled})"
    if isinstance(criterion, ActivityLogged):
        logged = (
            "SELECT COUNT(*) FROM metric_activity a WHERE a.opportunity_id = x.id "
            f"AND a.kind = {literal(criterion.kind)} AND a.occurred_on <= x.left_on"
        )
        return f"({logged}) >= {criterion.at_least}"
    if criterion.least is not None:
        return f"x.days >= {criterion.least}"
    return f"x.days <= {criterion.most}"


def _extras(space: Workspace, wanted: list[str]) -> Iterator[tuple[str, str]]:
    """(deal, field) for every field of ``extra`` that is filled; JSON is read here, since SQL dialects differ in it."""
    for deal, text in space.rows(
        "SELECT o.id, o.extra FROM opportunity o WHERE o.extra IS NOT NULL AND o.id IN (SELECT id FROM adoption_visit)"
    ):
        extra = _json(text)
        for name in wanted:
            if extra.get(name.removeprefix(EXTRA)) not in (None, "", [], {}):
                yield deal, name


def _json(text: str) -> dict[str, Any]:
    """An object of JSON; whatever else a person put there holds no field."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}

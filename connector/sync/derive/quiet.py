"""Deals without any stage event: their stage and, where they are open, the one visit known from the present alone.

Set-based, because a first load meets hundreds of thousands of them; history.py tells the same for one deal, and a
test holds the two together. Deals put in by hand keep the visits and stages that they came with.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from connector.mapping.stages import StageBook
from connector.metrics.history import CLOSED
from connector.sync.derive.rows import fetch, run, run_many

#: rows that a sync wrote name their source object; a present stage is known from a sync only
MANAGED = "(o.source_object IS NOT NULL OR o.crm_stage IS NOT NULL)"
_EVENTLESS = "NOT EXISTS (SELECT 1 FROM stage_event AS e WHERE e.opportunity_id = o.id)"
_OPEN = "coalesce(o.status, 'open') NOT IN ('won', 'lost')"
_STANDS = f"{_OPEN} AND o.crm_stage IS NOT NULL AND coalesce(m.status, 'open') = 'open'"
_MEANT = "m.source = coalesce(o.source, '') AND m.pipeline = coalesce(o.pipeline, '') AND m.value = {value}"
_MEANING = f"LEFT JOIN temp.meaning AS m ON {_MEANT.format(value='o.crm_stage')}"

_VALUES = """
    SELECT DISTINCT o.source, o.pipeline, o.crm_stage FROM opportunity AS o WHERE o.crm_stage IS NOT NULL {scope}
    UNION
    SELECT DISTINCT o.source, o.pipeline, o.source_stage FROM opportunity AS o
    WHERE o.crm_stage IS NULL AND o.stage IS NULL AND o.source_stage IS NOT NULL {scope}
"""
_STAGES = f"""
    UPDATE opportunity SET source_stage = found.source_stage, stage = found.stage, closed_at = NULL
    FROM (
      SELECT o.id, m.stage,
             CASE WHEN {_OPEN} OR m.status = 'open' THEN o.crm_stage END AS source_stage
      FROM opportunity AS o {_MEANING}
      WHERE {MANAGED} {{scope}} AND {_EVENTLESS}
        AND (o.stage IS NOT m.stage OR o.closed_at IS NOT NULL
             OR o.source_stage IS NOT CASE WHEN {_OPEN} OR m.status = 'open' THEN o.crm_stage END)
    ) AS found
    WHERE opportunity.id = found.id
"""
_BY_HAND = f"""
    UPDATE opportunity SET stage = found.stage
    FROM (
      SELECT o.id, m.stage FROM opportunity AS o
      JOIN temp.meaning AS m ON {_MEANT.format(value="o.source_stage")}
      WHERE o.source_object IS NULL AND o.crm_stage IS NULL AND o.stage IS NULL AND m.stage IS NOT NULL {{scope}}
    ) AS found
    WHERE opportunity.id = found.id
"""
_STALE = f"""
    DELETE FROM stage_visit WHERE opportunity_id IN (
      SELECT v.opportunity_id FROM stage_visit AS v CROSS JOIN opportunity AS o ON o.id = v.opportunity_id {_MEANING}
      WHERE {MANAGED} {{scope}} AND {_EVENTLESS}
        AND NOT coalesce({_STANDS} AND v.ordinal = 1 AND v.coverage = 'current_only' AND v.stage IS m.stage
                         AND v.source_stage = o.crm_stage AND v.entered_at IS NULL AND v.left_at IS NULL, 0)
    )
"""
_VISITS = f"""
    INSERT INTO stage_visit (opportunity_id, ordinal, stage, source_stage, coverage)
    SELECT o.id, 1, m.stage, o.crm_stage, 'current_only' FROM opportunity AS o {_MEANING}
    WHERE {MANAGED} AND {_STANDS} {{scope}} AND {_EVENTLESS}
      AND NOT EXISTS (SELECT 1 FROM stage_visit AS v WHERE v.opportunity_id = o.id)
    ORDER BY o.id
"""
_TOUCHED = "AND o.id IN (SELECT id FROM temp.touched)"


def derive_quiet(conn: Connection, book: StageBook, deals: list[str] | None) -> None:
    """Brings the stage and visits of deals without events up to date; None means all deals."""
    scope = ""
    if deals is not None:
        run(conn, "CREATE TEMP TABLE IF NOT EXISTS touched (id TEXT PRIMARY KEY) WITHOUT ROWID")
        run(conn, "DELETE FROM temp.touched")
        run_many(conn, "INSERT OR IGNORE INTO temp.touched VALUES (?)", ((deal,) for deal in deals))
        scope = _TOUCHED
    _fill_meanings(conn, book, scope)
    for statement in (_STAGES, _BY_HAND, _STALE, _VISITS):
        run(conn, statement.format(scope=scope))


def add_present_visits(
    conn: Connection, book: StageBook, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """The visits of deals that were just inserted, have no event, and had no visit: what derive_quiet would add."""
    if not {"status", "crm_stage"} <= set(columns):
        return
    source, status, shown, stage = (columns.index(name) for name in ("source", "status", "crm_stage", "stage"))
    pipeline = columns.index("pipeline") if "pipeline" in columns else None
    open_ones = [row for row in rows if row[shown] is not None and row[status] not in CLOSED]

    def stays(row: tuple[Any, ...]) -> bool:
        return book.meaning(row[source], row[shown], None if pipeline is None else row[pipeline]).may_be_open

    run_many(
        conn,
        "INSERT INTO stage_visit (opportunity_id, ordinal, stage, source_stage, coverage) "
        "VALUES (?, 1, ?, ?, 'current_only')",
        [(row[0], row[stage], row[shown]) for row in open_ones if stays(row)],
    )


def _fill_meanings(conn: Connection, book: StageBook, scope: str) -> None:
    run(
        conn,
        "CREATE TEMP TABLE IF NOT EXISTS meaning "
        "(source TEXT, pipeline TEXT, value TEXT, stage TEXT, status TEXT, "
        "PRIMARY KEY (source, pipeline, value)) WITHOUT ROWID",
    )
    run(conn, "DELETE FROM temp.meaning")
    rows = []
    for source, pipeline, value in fetch(conn, _VALUES.format(scope=scope)):
        meaning = book.meaning(source, value, pipeline)
        rows.append((source or "", pipeline or "", value, meaning.stage, meaning.status))
    run_many(conn, "INSERT OR REPLACE INTO temp.meaning VALUES (?, ?, ?, ?, ?)", rows)

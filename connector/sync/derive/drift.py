"""Open stage values that no entry of funnel.yaml claims, counted, so that they never vanish; closed ones are exempt."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import Connection

from connector.store.drift import write_drift
from connector.sync.derive.context import DeriveContext
from connector.sync.derive.rows import fetch, one

FIELD = "source_stage"
#: where the pipeline has a funnel of its own, which is to claim the value
FIELD_OF_PIPELINE = f"{FIELD} in pipeline "

#: deals that stand in such a value or passed through it, each once
_UNCLAIMED = """
    SELECT o.source, coalesce(o.source_object, 'opportunity'), o.pipeline, found.value, count(*)
    FROM (
      SELECT opportunity_id AS id, source_stage AS value FROM stage_visit
      WHERE stage IS NULL AND source_stage IS NOT NULL
      UNION
      SELECT id, source_stage FROM opportunity
      WHERE stage IS NULL AND source_stage IS NOT NULL AND coalesce(status, 'open') NOT IN ('won', 'lost')
    ) AS found
    JOIN opportunity AS o ON o.id = found.id
    WHERE o.is_deleted = 0 AND o.source IS NOT NULL
    GROUP BY 1, 2, 3, 4
"""


def record_drift(conn: Connection, context: DeriveContext) -> None:
    """Makes the drift table say which stage values are unclaimed now."""
    noted = "SELECT DISTINCT source, object, field FROM drift WHERE field = ? OR field LIKE ?"
    counts: dict[tuple[str, str, str], Counter[str]] = {
        (source, object_, field): Counter()
        for source, object_, field in fetch(conn, noted, (FIELD, f"{FIELD_OF_PIPELINE}%"))
    }
    for source, object_, pipeline, value, count in fetch(conn, _UNCLAIMED):
        funnel = context.funnels.of(pipeline)
        field = FIELD if funnel is context.funnels.default else f"{FIELD_OF_PIPELINE}{funnel.pipeline}"
        counts.setdefault((source, object_, field), Counter())[value] += count
    for (source, object_, field), values in sorted(counts.items()):
        write_drift(conn, source, object_, field, values, at=context.now)


def drift_count(conn: Connection, source: str) -> int:
    """How many values of a source are unclaimed now."""
    return int(one(conn, "SELECT count(*) FROM drift WHERE source = ?", (source,)))

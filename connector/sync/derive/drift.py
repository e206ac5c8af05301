"""Open stage values that no entry of funnel.yaml claims, counted, so that they never vanish; closed ones are exempt."""

from __future__ import annotations

from sqlalchemy import Connection

from connector.store.drift import write_drift
from connector.sync.derive.context import DeriveContext
from connector.sync.derive.rows import fetch, one

FIELD = "source_stage"

#: deals that stand in such a value or passed through it, each once
_UNCLAIMED = """
    SELECT o.source, coalesce(o.source_object, 'opportunity'), found.value, count(*)
    FROM (
      SELECT opportunity_id AS id, source_stage AS value FROM stage_visit
      WHERE stage IS NULL AND source_stage IS NOT NULL
      UNION
      SELECT id, source_stage FROM opportunity
      WHERE stage IS NULL AND source_stage IS NOT NULL AND coalesce(status, 'open') NOT IN ('won', 'lost')
    ) AS found
    JOIN opportunity AS o ON o.id = found.id
    WHERE o.is_deleted = 0 AND o.source IS NOT NULL
    GROUP BY 1, 2, 3
"""


def record_drift(conn: Connection, context: DeriveContext) -> None:
    """Makes the drift table say which stage values are unclaimed now."""
    counts: dict[tuple[str, str], dict[str, int]] = {
        (source, object_): {}
        for source, object_ in fetch(conn, "SELECT DISTINCT source, object FROM drift WHERE field = ?", (FIELD,))
    }
    for source, object_, value, count in fetch(conn, _UNCLAIMED):
        counts.setdefault((source, object_), {})[value] = count
    for (source, object_), values in sorted(counts.items()):
        write_drift(conn, source, object_, FIELD, values, at=context.now)


def drift_count(conn: Connection, source: str) -> int:
    """How many values of a source are unclaimed now."""
    return int(one(conn, "SELECT count(*) FROM drift WHERE source = ?", (source,)))

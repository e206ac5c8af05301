"""Finds rows that nobody derived yet: put in by hand, since a sync derives what it loads.

New rows get higher row numbers, so the highest one seen at the last derivation tells them apart without a scan.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from sqlalchemy import Connection

from connector.store.settings import get_setting, set_setting
from connector.sync.derive.rows import fetch, one

SETTING = "derive.rows"
WATCHED = (
    "opportunity",
    "stage_event",
    "stage_visit",
    "lead",
    "crm_user",
    "membership",
    "quota",
    "fx_rate",
    "source_stage",
    "activity",
    "campaign",
    "satisfaction",
)


def highest(conn: Connection) -> dict[str, int]:
    """Table -> its highest row number."""
    return {table: int(one(conn, f"SELECT coalesce(max(rowid), 0) FROM {table}")) for table in WATCHED}


def noted(conn: Connection) -> dict[str, int]:
    """The highest row numbers of the last derivation."""
    found: dict[str, int] = json.loads(get_setting(conn, SETTING) or "{}")
    return found


def note(conn: Connection) -> None:
    """Remembers that everything that is there now has been derived."""
    set_setting(conn, SETTING, json.dumps(highest(conn), sort_keys=True))


def deals_by_hand(conn: Connection) -> Iterator[str]:
    """Deals that came by hand since, and deals of events that did. Row numbers that went down say nothing: all."""
    before, after = noted(conn), highest(conn)
    for table, column in (("opportunity", "id"), ("stage_event", "opportunity_id")):
        known = before.get(table, 0)
        since = known if after[table] >= known else 0
        for (deal,) in fetch(
            conn,
            f"SELECT DISTINCT {column} FROM {table} WHERE rowid > ? AND source_object IS NULL AND {column} IS NOT NULL",
            (since,),
        ):
            yield deal

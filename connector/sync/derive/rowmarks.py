"""Tells whether rows came since the last derivation, by the highest row numbers seen then: no table is read for it.

What a person changes in rows that were there is noticed by ``connector/store/handwork.py``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from sqlalchemy import Connection

from connector.store.settings import get_setting, set_setting
from connector.store.tables import SUPERSEDED
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
    "team",
    "person",
    "account",
    "contact",
    "campaign_member",
    "opportunity_split",
    *SUPERSEDED,
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
    """Every deal put in by hand, and the deals of events that were: all that may have changed while nobody watched."""
    for table, column in (("opportunity", "id"), ("stage_event", "opportunity_id")):
        found = f"SELECT DISTINCT {column} FROM {table} WHERE source_object IS NULL AND {column} IS NOT NULL"
        for (deal,) in fetch(conn, found):
            yield deal

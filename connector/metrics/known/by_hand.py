"""Deals that people put in by hand: what they left out of superseded states is filled in as far as it can be told, and
a deal of which nobody says when it was known was known as it truly was.

A state of a sync is complete and stays as it is. It must not know SQL.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from connector.instants import day_of
from connector.metrics.asof import CLOSED, Event, Standing, standing_on

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

Row = Mapping[str, Any]

#: what says how a deal stood: filled in together or not at all
_STANDING = ("status", "close_on", "closed_at")
#: what a state has of its own, whatever the row says
_OWN = ("is_deleted", "source_modified_at", "synced_at")


def since(version: Row) -> str | None:
    """When a state began, as far as it says so."""
    began: str | None = version["source_modified_at"] or version["known_from"]
    return began


def completed(versions: Sequence[Row], row: Row, zone: ZoneInfo) -> dict[str, Any]:
    """The last of a deal's superseded states, with what it left out taken from the row as it is now.

    ``versions`` are all up to it, in order. A closed state without a close day closed on the day on which its status
    began.
    """
    version = versions[-1]
    filled = {
        column: version.get(column) if column in (*_OWN, *_STANDING) or version.get(column) is not None else value
        for column, value in row.items()
    }
    filled["is_deleted"] = filled["is_deleted"] or 0
    filled["synced_at"] = version["known_from"]
    if version["status"] is None:
        filled |= {column: row[column] if version[column] is None else version[column] for column in _STANDING}
    elif version["status"] in CLOSED and version["close_on"] is None:
        filled["close_on"] = _closing_day(versions, zone)
    return filled


def as_it_stood(row: Row, events: Sequence[Event], day: str, zone: ZoneInfo) -> dict[str, Any]:
    """A deal without a word on when it was known, as its dated events, known or not, left it at the end of ``day``."""
    closed_on = day_of(row["closed_at"], zone) if row["closed_at"] else None
    now = Standing(row["status"] or "open", row["close_on"])
    then = standing_on(day, now, closed_on, events)
    closed_at = row["closed_at"] if closed_on is not None and closed_on <= day else None
    return {**row, "status": then.status, "close_on": then.close_on, "closed_at": closed_at}


def _closing_day(versions: Sequence[Row], zone: ZoneInfo) -> str | None:
    first = versions[-1]
    for version in reversed(versions):
        if version["status"] != first["status"]:
            break
        first = version
    began = since(first)
    return began if began is None or len(began) == 10 else day_of(began, zone)

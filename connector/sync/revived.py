"""Deals that come back from the source's recycle bin, and what has to be read again because of them.

The history of a deleted Salesforce deal vanishes with it and comes back as old as it was, so that no read of what
changed would meet it (object reference: OpportunityHistory). The mark lies in the store: no crash forgets it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection

from connector.mapping import Mappings
from connector.store import any_deleted, forget_cursor, get_setting, set_setting
from connector.sync.plan import Plan

_MARK = "sync.revived."
_DELETED_AT = 4


def note_revived(conn: Connection, source: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Notes, in the transaction of a page of deals, that one of them was deleted and is live again."""
    if any_deleted(conn, "opportunity", [row[0] for row in rows if not row[_DELETED_AT]]):
        set_setting(conn, _MARK + source, "1")


def read_again(conn: Connection, plans: Iterable[Plan], mappings: Mappings) -> list[Plan]:
    """Forgets where the histories of such sources were read to; returns what of the plans is to be read again now."""
    due = []
    for plan in plans:
        name = plan.source.name
        if get_setting(conn, _MARK + name) is None:
            continue
        for each in mappings.kinds[plan.source.kind].objects.values():
            if "stage_event" in each.tables:
                forget_cursor(conn, name, each.object)
        set_setting(conn, _MARK + name, None)
        histories = tuple(each for each in plan.objects if "stage_event" in each.tables)
        if histories:
            due.append(Plan(plan.source, histories))
    return due

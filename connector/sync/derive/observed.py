"""Stage moves that only our own syncs have seen: kept as stage events, where the source itself tells no history.

A deal's superseded versions and its present state, in order, are the observations. Wire facts, 2.9: some orgs
keep no other history of the stage.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from sqlalchemy import Connection

from connector.sync.derive.context import DeriveContext
from connector.sync.derive.history import CLOSED
from connector.sync.derive.rows import Row, fetch_by_ids, run_many
from connector.sync.derive.stages import StageBook

#: ``source_object`` of the events that are made here
MADE_HERE = "observed"

_VERSIONS = """
    SELECT version.id, o.source, o.source_id, version.source_modified_at, version.crm_stage, version.status,
           version.version_id
    FROM opportunity_version AS version JOIN opportunity AS o ON o.id = version.id
    WHERE version.id IN ({ids}) AND o.crm_stage IS NOT NULL
"""
_PRESENT = """
    SELECT id, source, source_id, source_modified_at, crm_stage, status, NULL
    FROM opportunity WHERE id IN ({ids}) AND crm_stage IS NOT NULL
"""
_TOLD = """
    SELECT DISTINCT opportunity_id FROM stage_event
    WHERE opportunity_id IN ({ids}) AND evidence IN ('history', 'audit', 'process')
      AND occurred_at IS NOT NULL AND is_deleted = 0
"""
_SUPERSEDED = "SELECT DISTINCT id FROM opportunity_version WHERE id IN ({ids})"
_INSERT = """
    INSERT OR IGNORE INTO stage_event
      (id, source, source_id, source_object, is_deleted, synced_at, opportunity_id, occurred_at, seq, source_stage,
       evidence)
    VALUES (?, ?, ?, ?, 0, ?, ?, ?, 0, ?, 'observed')
"""
_FORGET = "DELETE FROM stage_event WHERE opportunity_id = ? AND source_object = ?"


def observe(conn: Connection, context: DeriveContext, book: StageBook, deals: list[str]) -> None:
    """Keeps the moves seen in these deals; forgets them again where the source tells better."""
    changed = [deal for (deal,) in fetch_by_ids(conn, _SUPERSEDED, deals)]
    if not changed:
        return
    told = {deal for (deal,) in fetch_by_ids(conn, _TOLD, changed)}
    run_many(conn, _FORGET, [(deal, MADE_HERE) for deal in told])
    states: dict[str, list[Row]] = {}
    untold = [deal for deal in changed if deal not in told]
    for query in (_VERSIONS, _PRESENT):
        for row in fetch_by_ids(conn, query, untold):
            states.setdefault(row[0], []).append(row)
    rows = [event for deal in states.values() for event in _events(_in_order(deal), book, context.now)]
    run_many(conn, _INSERT, rows)


def _in_order(states: list[Row]) -> list[Row]:
    """Versions in the order in which they were superseded, the present state last."""
    return sorted(states, key=lambda state: (state[6] is None, state[6]))


def _events(states: list[Row], book: StageBook, now: str) -> Iterator[Row]:
    """A first, undated event for the stage in which the deal was met, then one for each move seen."""
    staged = [state for state in states if state[4] is not None]
    moves = [later for earlier, later in pairwise(staged) if _moved(earlier, later)]
    first = staged[0]
    met_open = first[5] not in CLOSED and book.meaning(first[1], first[4]).may_be_open
    if met_open and (moves or staged[-1][5] in CLOSED):
        yield _row(first, "first", None, now)
    for move in moves:
        yield _row(move, move[3], move[3], now)


def _moved(earlier: Row, later: Row) -> bool:
    """Another stage in a later state of the source; a state that only we read anew (another mapping) moved nothing."""
    return bool(earlier[3] and later[3] and later[3] > earlier[3] and later[4] != earlier[4])


def _row(state: Row, name: str, occurred_at: str | None, now: str) -> Row:
    deal, source, source_id, _, stage = state[:5]
    own = f"{source_id}:{MADE_HERE}:{name}"
    return f"{source}:{own}", source, own, MADE_HERE, now, deal, occurred_at, stage

"""Stage moves that only our own syncs have seen: kept as stage events, where the source itself tells no history.

A deal's superseded versions and its present state, in order, are the observations. Wire facts, 2.9: some orgs
keep no other history of the stage.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from sqlalchemy import Connection

from connector.mapping.stages import StageBook
from connector.metrics.history import CLOSED
from connector.store.versions import supersede
from connector.sync.derive.context import DeriveContext
from connector.sync.derive.rows import Row, fetch_by_ids, run_many

#: ``source_object`` of the events that are made here
MADE_HERE = "observed"

_VERSIONS = """
    SELECT version.id, o.source, o.source_id, version.source_modified_at, version.crm_stage, version.status,
           version.known_from, version.version_id, o.pipeline
    FROM opportunity_version AS version JOIN opportunity AS o ON o.id = version.id
    WHERE version.id IN ({ids}) AND o.crm_stage IS NOT NULL
"""
_PRESENT = """
    SELECT id, source, source_id, source_modified_at, crm_stage, status, synced_at, NULL, pipeline
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
_MADE = "SELECT id FROM stage_event WHERE opportunity_id IN ({ids}) AND source_object = 'observed'"


class _State(NamedTuple):
    """What one sync saw of a deal, and the pipeline that it is in now; the present state has no version."""

    deal: str
    source: str
    source_id: str
    modified_at: str | None
    stage: str | None
    status: str | None
    known_from: str | None
    version_id: int | None
    pipeline: str | None


def observe(conn: Connection, context: DeriveContext, book: StageBook, deals: list[str]) -> None:
    """Keeps the moves seen in these deals; forgets them again where the source tells better."""
    changed = [deal for (deal,) in fetch_by_ids(conn, _SUPERSEDED, deals)]
    if not changed:
        return
    told = {deal for (deal,) in fetch_by_ids(conn, _TOLD, changed)}
    _forget(conn, told, context.now)
    states: dict[str, list[_State]] = {}
    untold = [deal for deal in changed if deal not in told]
    for query in (_VERSIONS, _PRESENT):
        for row in fetch_by_ids(conn, query, untold):
            states.setdefault(row[0], []).append(_State(*row))
    rows = [event for deal in states.values() for event in _events(_in_order(deal), book, context.now)]
    run_many(conn, _INSERT, rows)


def _forget(conn: Connection, deals: Iterable[str], now: str) -> None:
    """Drops what was observed; that it was believed until now stays known."""
    made = [event for (event,) in fetch_by_ids(conn, _MADE, deals)]
    supersede(conn, "stage_event", made, known_to=now)
    run_many(conn, "DELETE FROM stage_event WHERE id = ?", ((event,) for event in made))


def _in_order(states: list[_State]) -> list[_State]:
    """Versions in the order in which they were superseded, the present state last."""
    return sorted(states, key=lambda state: (state.version_id is None, state.version_id))


def _events(states: list[_State], book: StageBook, now: str) -> Iterator[Row]:
    """A first, undated event for the stage in which the deal was met, then one for each move seen.

    None was known before the state that shows it, nor before now; the first one came with the state that left it.
    """
    staged = [state for state in states if state.stage is not None]
    moves = [later for earlier, later in pairwise(staged) if _moved(earlier, later)]
    first = staged[0]
    meaning = book.meaning(first.source, first.stage or "", first.pipeline)
    met_open = first.status not in CLOSED and meaning.may_be_open
    if met_open and (moves or staged[-1].status in CLOSED):
        yield _row(first, "first", None, max(now, (moves or staged[-1:])[0].known_from or ""))
    for move in moves:
        yield _row(move, move.modified_at or "", move.modified_at, max(now, move.known_from or ""))


def _moved(earlier: _State, later: _State) -> bool:
    """Another stage in a later state of the source; a state that only we read anew (another mapping) moved nothing."""
    dated = earlier.modified_at and later.modified_at and later.modified_at > earlier.modified_at
    return bool(dated and later.stage != earlier.stage)


def _row(state: _State, name: str, occurred_at: str | None, synced_at: str) -> Row:
    own = f"{state.source_id}:{MADE_HERE}:{name}"
    return f"{state.source}:{own}", state.source, own, MADE_HERE, synced_at, state.deal, occurred_at, state.stage

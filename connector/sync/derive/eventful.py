"""Deals with stage events: reads their events chunk by chunk, lets history.py tell, and writes what differs.

Memory holds one chunk of deals, whatever the size of the store.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import Connection

from connector.mapping.stages import Meaning, StageBook
from connector.metrics.history import Deal, Event, Held, History, Means, Visit, settle, tell
from connector.store.chunks import chunks
from connector.sync.derive.context import DeriveContext
from connector.sync.derive.rows import Row, fetch_by_ids, run_many

CHUNK = 500

_DEALS = """
    SELECT id, source, source_object, status, crm_stage, source_stage, stage, closed_at, is_deleted, pipeline
    FROM opportunity AS o
    WHERE id IN ({ids}) AND EXISTS (SELECT 1 FROM stage_event AS e WHERE e.opportunity_id = o.id)
"""
_EVENTS = """
    SELECT opportunity_id, id, occurred_at, seq, source_stage, evidence, status, source_id, is_deleted, occurred_on
    FROM stage_event WHERE opportunity_id IN ({ids})
"""
_VISIT_COLUMNS = "opportunity_id, ordinal, stage, source_stage, entered_at, entered_on, left_at, left_on, coverage"
_VISITS = f"""
    SELECT {_VISIT_COLUMNS}
    FROM stage_visit WHERE opportunity_id IN ({{ids}}) ORDER BY opportunity_id, ordinal
"""


@dataclass
class _Changes:
    """What one chunk has to write."""

    deals: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)
    stale: list[Row] = field(default_factory=list)
    visits: list[Row] = field(default_factory=list)


def derive_eventful(conn: Connection, context: DeriveContext, book: StageBook, deals: Iterable[str]) -> None:
    """Rebuilds the visits, stage and closing instant of those of the deals that have events."""
    for chunk in chunks(deals, CHUNK):
        stored = {row[0]: row for row in fetch_by_ids(conn, _DEALS, chunk)}
        if not stored:
            continue
        events = _by_deal(fetch_by_ids(conn, _EVENTS, stored), stored)
        visits = _by_deal(fetch_by_ids(conn, _VISITS, stored), stored)
        changes = _Changes()
        for deal, row in stored.items():
            _derive_one(context, book, row, events[deal], visits[deal], changes)
        _write(conn, changes)


def _by_deal(rows: Iterable[Row], deals: Iterable[str]) -> dict[str, list[Row]]:
    grouped: dict[str, list[Row]] = {deal: [] for deal in deals}
    for row in rows:
        grouped[row[0]].append(row)
    return grouped


def _derive_one(
    context: DeriveContext, book: StageBook, row: Row, events: list[Row], visits: list[Row], changes: _Changes
) -> None:
    deal, source, _, status, crm_stage, _, _, _, is_deleted, pipeline = row

    def means(value: str) -> Meaning:
        return book.meaning(source, value, pipeline)

    # the source takes a deal's history away with the deal; what was known of it then stays known
    counted = [event for event in events if is_deleted or not event[8]]
    history = tell(Deal(status, crm_stage), [Event._make(event[1:8]) for event in counted], means)
    _note_events(context, history, counted, changes)
    told = [_visit_row(context, deal, ordinal, visit) for ordinal, visit in enumerate(history.visits, start=1)]
    if told != visits:
        if visits:
            changes.stale.append((deal,))
        changes.visits += told
    _note_deal(row, history, means, bool(counted), changes)


def _note_events(context: DeriveContext, history: History, events: list[Row], changes: _Changes) -> None:
    for _, event, occurred_at, _, _, _, status, _, _, occurred_on in events:
        new_status = history.statuses.get(event, status)
        day = context.day(occurred_at) if occurred_on is None else occurred_on
        if new_status != status or day != occurred_on:
            changes.events.append((new_status, day, event))


def _visit_row(context: DeriveContext, deal: str, ordinal: int, visit: Visit) -> Row:
    return (
        deal,
        ordinal,
        visit.stage,
        visit.source_stage,
        visit.entered_at,
        context.day(visit.entered_at),
        visit.left_at,
        context.day(visit.left_at),
        visit.coverage,
    )


def _note_deal(row: Row, history: History, means: Means, has_events: bool, changes: _Changes) -> None:
    deal, _, source_object, status, crm_stage, source_stage, stage, closed_at, *_ = row
    managed = source_object is not None or crm_stage is not None
    held = Held(source_stage, stage, closed_at, managed)
    found = settle(Deal(status, crm_stage), held, history, means, has_events=has_events)
    if found != (source_stage, stage, closed_at):
        changes.deals.append((*found, deal))


def _write(conn: Connection, changes: _Changes) -> None:
    run_many(conn, "UPDATE opportunity SET source_stage = ?, stage = ?, closed_at = ? WHERE id = ?", changes.deals)
    run_many(conn, "UPDATE stage_event SET status = ?, occurred_on = ? WHERE id = ?", changes.events)
    run_many(conn, "DELETE FROM stage_visit WHERE opportunity_id = ?", changes.stale)
    run_many(conn, f"INSERT INTO stage_visit ({_VISIT_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", changes.visits)

"""Finds the deals that stood otherwise on the as-of day than they stand in the store, and writes them down so.

It must not know measures, grouping or filters.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from connector.instants import day_of
from connector.metrics.asof import Attributes, Event, Standing, Version, attributes_on, moves_seen, standing_on
from connector.metrics.valuation import RateBook
from connector.metrics.workspace import literal

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from connector.metrics.parameters import Question
    from connector.metrics.workspace import Workspace

#: what a source says of how a deal will end: a closed deal's says nothing of the time when it was open
_FORETOLD = ("probability", "forecast_category")
_CARRIED = ("owner_id", "pipeline", "type", "lead_source", "region", "stage", "amount_minor", "currency", *_FORETOLD)
_TYPES = {"amount_minor": "INTEGER", "base_minor": "INTEGER", "probability": "DOUBLE"}
#: columns of a deal that the overlay replaces
OVERLAID = (*_CARRIED, "status", "close_on", "base_minor")
_COUNTS = "COALESCE(o.is_deleted, 0) = 0 AND o.duplicate_of IS NULL"
_DATED = "COALESCE(is_deleted, 0) = 0 AND occurred_on IS NOT NULL"
#: deals whose last word is a close, though they are open again
_REOPENED = (
    "SELECT o.id FROM opportunity o WHERE COALESCE(o.status, 'open') = 'open' AND EXISTS ("
    "SELECT 1 FROM stage_event e WHERE e.opportunity_id = o.id AND e.status IN ('won', 'lost') "
    "AND COALESCE(e.is_deleted, 0) = 0 AND e.occurred_on IS NOT NULL)"
)
#: whether any closed deal was put in by hand
_CLOSED_BY_HAND = "SELECT 1 FROM opportunity WHERE source_object IS NULL AND status IN ('won', 'lost') LIMIT 1"
#: those of them that some event seems to have reopened
_UNDONE = (
    "SELECT o.id FROM opportunity o WHERE o.source_object IS NULL AND o.status IN ('won', 'lost') AND EXISTS ("
    "SELECT 1 FROM stage_event e WHERE e.opportunity_id = o.id AND e.status = 'open' "
    "AND COALESCE(e.is_deleted, 0) = 0 AND EXISTS ("
    "SELECT 1 FROM stage_event c WHERE c.opportunity_id = o.id AND c.status IN ('won', 'lost') "
    "AND c.occurred_at <= e.occurred_at AND COALESCE(c.is_deleted, 0) = 0))"
)


def write_overlay(space: Workspace, question: Question, rates: RateBook, zone: ZoneInfo) -> bool:
    """Fills ``metric_overlay``; says whether any deal is in it."""
    space.keep("metric_touched", _candidates(space, question, rates), index="id")
    is_touched = bool(space.rows("SELECT 1 FROM metric_touched LIMIT 1"))
    overlay = _differing(space, question, rates, zone) if is_touched else ()
    kept = ", ".join(f"{column} {_TYPES.get(column, 'TEXT')}" for column in OVERLAID)
    columns = f"id TEXT PRIMARY KEY, {kept}, version_known INTEGER"
    return space.fill("metric_overlay", columns, overlay) > 0


def _candidates(space: Workspace, question: Question, rates: RateBook) -> str:
    """Deals that count and may have stood otherwise, as a query: too many does no harm, too few does."""
    day = literal(question.as_of)
    end = literal(question.as_of_end)
    closed = "SELECT id FROM opportunity WHERE status IN ('won', 'lost')"
    roads = [
        f"SELECT opportunity_id AS id FROM stage_event WHERE occurred_on > {day}",
        f"{closed} AND close_on > {day}",
        f"{closed} AND close_on IS NULL AND closed_at IS NOT NULL",
    ]
    if space.rows(_CLOSED_BY_HAND):  # what a sync wrote is as its source says, and the look for it is all it costs
        roads.append(_UNDONE)
    if question.is_past:  # these read whole tables, and for the present day find nothing
        roads += [f"{closed} AND closed_at >= {end}", "SELECT id FROM opportunity_version", _REOPENED]
    touched = " UNION ".join([*roads, *_revalued(space, question, rates)])
    begun = f"COALESCE(o.created_on, {day}) <= {day}"
    return f"SELECT o.id FROM ({touched}) AS t JOIN opportunity o ON o.id = t.id WHERE {_COUNTS} AND {begun}"


def _revalued(space: Workspace, question: Question, rates: RateBook) -> Iterator[str]:
    """Open deals in a currency whose rate changes with the day, unless they were valued on this very day.

    Where other rates were known than now, all deals in another currency are valued again.
    """
    if "fx_rate" in space.covered:
        yield f"SELECT id FROM opportunity WHERE currency <> {literal(rates.base_currency)}"
        return
    moving = rates.moving()
    valued_on = space.rows("SELECT value FROM store_setting WHERE name = 'derive.valued_on'")
    if not moving or valued_on == [(question.as_of,)]:
        return
    pairs = " OR ".join(
        f"(currency = {literal(currency)}" + (f" AND source = {literal(source)})" if source is not None else ")")
        for source, currency in sorted(moving, key=str)
    )
    yield f"SELECT id FROM opportunity WHERE COALESCE(status, 'open') = 'open' AND ({pairs})"


def _differing(space: Workspace, question: Question, rates: RateBook, zone: ZoneInfo) -> Iterator[tuple[Any, ...]]:
    """The touched deals as of the day, where that differs from what is stored; read in step with all about them."""
    events = InStep(space.stream(
        "SELECT opportunity_id, occurred_on, COALESCE(status, 'open'), "
        "CASE WHEN status IS NULL OR evidence = 'process' THEN 0 ELSE 1 END FROM stage_event "
        f"WHERE opportunity_id IN (SELECT id FROM metric_touched) AND {_DATED} "
        "ORDER BY opportunity_id, occurred_at, seq, source_id, id"
    ))  # fmt: skip
    carried = ", ".join(_CARRIED)
    versions = _versions(space) if question.is_past else InStep(())
    for row in space.stream(
        "SELECT id, source, source_object, source_modified_at, COALESCE(status, 'open'), close_on, closed_at, "
        f"base_minor, {carried} "
        f"FROM opportunity WHERE id IN (SELECT id FROM metric_touched) ORDER BY id"
    ):
        deal, source, made_from, modified_at, status, close_on, closed_at, base_minor, *values = row
        now = Standing(status, close_on)
        past = versions.of(deal)
        history = [Event(occurred_on, state, bool(tells)) for occurred_on, state, tells in events.of(deal)]
        history = history or _moves(status, modified_at, past, zone)
        closed_on = _day(closed_at, zone)
        now_since = _day(modified_at, zone) if question.is_past else ""
        by_hand = made_from is None
        then = standing_on(question.as_of, now, closed_on, history, now_since=now_since, by_hand=by_hand)
        known = _attributes(Attributes(*values), modified_at, past, question.as_of_end)
        held = known or Attributes(*values)
        value = _value(rates, held, source, then, question.as_of, base_minor)
        if (then, held, value) != (now, Attributes(*values), base_minor) or known is not None:
            yield (deal, *_spread(held), then.status, then.close_on, value, int(known is not None))


def _versions(space: Workspace) -> InStep:
    """The superseded states of the touched deals: when each began, when it was replaced, its status, what it carried.

    What a person left out of one put in by hand is as in the deal.
    """
    carried = ", ".join(carried_by_version(column) for column in _CARRIED)
    return InStep(space.stream(
        f"SELECT v.id, COALESCE(v.source_modified_at, v.known_from), v.known_to, v.status, {carried} "
        "FROM opportunity_version v LEFT JOIN opportunity o ON o.id = v.id "
        "WHERE v.id IN (SELECT id FROM metric_touched) ORDER BY v.id, v.known_to, v.version_id"
    ))  # fmt: skip


def carried_by_version(column: str) -> str:
    """What a superseded state ``v`` of a deal ``o`` carried, as SQL."""
    by_hand = "v.source_object IS NULL AND o.source_object IS NULL"
    if column in _FORETOLD:
        by_hand += " AND COALESCE(o.status, 'open') = 'open'"
    return f"CASE WHEN {by_hand} THEN COALESCE(v.{column}, o.{column}) ELSE v.{column} END"


class InStep:
    """Rows in the order of the deals that they begin with, read on as far as the deals that are asked for in order."""

    def __init__(self, rows: Iterable[tuple[Any, ...]]) -> None:
        self._groups = groupby(rows, key=itemgetter(0))
        self._next()

    def _next(self) -> None:
        self._deal: str | None
        self._rows: Iterable[tuple[Any, ...]]
        self._deal, self._rows = next(self._groups, (None, ()))

    def of(self, deal: str) -> list[tuple[Any, ...]]:
        """What there is about a deal, without its id; once only."""
        while self._deal is not None and self._deal < deal:
            self._next()
        return [row[1:] for row in self._rows] if self._deal == deal else []


def _spread(held: Attributes) -> tuple[Any, ...]:
    return tuple(getattr(held, column) for column in _CARRIED)


def _moves(status: str, modified_at: str | None, past: list[tuple[Any, ...]], zone: ZoneInfo) -> list[Event]:
    """The moves that superseded states show, where no event does."""
    if not past:
        return []
    states = [(began, held) for began, _, held, *_ in past if held is not None] + [(modified_at or past[-1][1], status)]
    return moves_seen([(_day(began, zone), held) for began, held in states])


def _day(text: str | None, zone: ZoneInfo) -> str | None:
    """The day of an instant, or a day itself; None of what is neither."""
    if not text or len(text) == len("2026-01-01"):
        return text or None
    try:
        return day_of(text, zone)
    except (ValueError, OverflowError):
        return None


def _attributes(
    now: Attributes, modified_at: str | None, superseded: list[tuple[Any, ...]], end: str
) -> Attributes | None:
    """The version in force on the day; None where the store does not know one so old."""
    if not superseded:
        return None
    versions = [Version(since, Attributes(*values)) for since, _, _, *values in superseded]
    return attributes_on(end, Version(modified_at or superseded[-1][1], now), versions)


def _value(
    rates: RateBook, held: Attributes, source: str | None, then: Standing, as_of: str, base_minor: int | None
) -> int | None:
    """The base value on the deal's own day; a deal that carries only a base value keeps it."""
    if held.amount_minor is None:
        return base_minor
    return rates.value(held.amount_minor, held.currency, source, as_of if then.status == "open" else then.close_on)

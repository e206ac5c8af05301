"""Finds the deals that stood otherwise on the as-of day than they stand in the store, and writes them down so.

It must not know measures, grouping or filters.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from connector.instants import day_of
from connector.metrics.asof import Attributes, Event, Standing, Version, attributes_on, standing_on
from connector.metrics.valuation import RateBook
from connector.metrics.workspace import literal

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from connector.metrics.parameters import Question
    from connector.metrics.workspace import Workspace

_CARRIED = ("owner_id", "pipeline", "type", "lead_source", "region", "amount_minor", "currency")
#: columns of a deal that the overlay replaces
OVERLAID = (*_CARRIED, "status", "close_on", "base_minor")
_COUNTS = "COALESCE(is_deleted, 0) = 0 AND duplicate_of IS NULL"
_DATED = "COALESCE(is_deleted, 0) = 0 AND occurred_on IS NOT NULL"


def write_overlay(space: Workspace, question: Question, rates: RateBook, zone: ZoneInfo) -> bool:
    """Fills ``metric_overlay``; says whether any deal is in it."""
    candidates = _candidates(space, question, rates)
    space.fill("metric_touched", "id TEXT PRIMARY KEY", ((deal,) for deal in sorted(candidates)))
    overlay = _differing(space, question, rates, zone) if candidates else ()
    kept = ", ".join(f"{column} {'INTEGER' if column.endswith('_minor') else 'TEXT'}" for column in OVERLAID)
    columns = f"id TEXT PRIMARY KEY, {kept}, version_known INTEGER"
    return space.fill("metric_overlay", columns, overlay) > 0


def _candidates(space: Workspace, question: Question, rates: RateBook) -> set[str]:
    """Deals that may have stood otherwise: too many does no harm, too few does."""
    day = literal(question.as_of)
    end = literal(question.as_of_end)
    closed = "SELECT id FROM opportunity WHERE status IN ('won', 'lost')"
    roads = [
        f"SELECT opportunity_id FROM stage_event WHERE occurred_on > {day}",
        f"{closed} AND close_on > {day}",
        f"{closed} AND close_on IS NULL AND closed_at IS NOT NULL",
    ]
    if question.is_past:  # these two read whole tables, and for the present day find nothing
        roads += [f"{closed} AND closed_at >= {end}", "SELECT DISTINCT id FROM opportunity_version"]
    found = {row[0] for road in roads for row in space.rows(road)}
    return found | _revalued(space, question, rates)


def _revalued(space: Workspace, question: Question, rates: RateBook) -> set[str]:
    """Open deals in a currency whose rate changes with the day, unless they were valued on this very day."""
    moving = rates.moving()
    valued_on = space.rows("SELECT value FROM store_setting WHERE name = 'derive.valued_on'")
    if not moving or valued_on == [(question.as_of,)]:
        return set()
    pairs = " OR ".join(
        f"(currency = {literal(currency)}" + (f" AND source = {literal(source)})" if source is not None else ")")
        for source, currency in sorted(moving, key=str)
    )
    return {
        row[0]
        for row in space.rows(f"SELECT id FROM opportunity WHERE COALESCE(status, 'open') = 'open' AND ({pairs})")
    }


def _differing(space: Workspace, question: Question, rates: RateBook, zone: ZoneInfo) -> Iterator[tuple[Any, ...]]:
    """The touched deals as of the day, where that differs from what is stored."""
    events = _by_deal(space.rows(
        "SELECT opportunity_id, occurred_on, COALESCE(status, 'open') FROM stage_event "
        f"WHERE opportunity_id IN (SELECT id FROM metric_touched) AND {_DATED} "
        "ORDER BY opportunity_id, occurred_at, seq, source_id, id"
    ))  # fmt: skip
    carried = ", ".join(_CARRIED)
    versions = _by_deal(space.rows(
        f"SELECT id, COALESCE(source_modified_at, known_from), known_to, {carried} FROM opportunity_version "
        "WHERE id IN (SELECT id FROM metric_touched) ORDER BY id, known_to, version_id"
    )) if question.is_past else {}  # fmt: skip
    for row in space.rows(
        f"SELECT id, source, source_modified_at, COALESCE(status, 'open'), close_on, closed_at, base_minor, {carried} "
        f"FROM opportunity WHERE id IN (SELECT id FROM metric_touched) AND {_COUNTS} ORDER BY id"
    ):
        deal, source, modified_at, status, close_on, closed_at, base_minor, *values = row
        now = Standing(status, close_on)
        history = [Event(occurred_on, state) for occurred_on, state in events.get(deal, ())]
        then = standing_on(question.as_of, now, day_of(closed_at, zone) if closed_at else None, history)
        known = _attributes(Attributes(*values), modified_at, versions.get(deal, ()), question.as_of_end)
        held = known or Attributes(*values)
        value = _value(rates, held, source, then, question.as_of, base_minor)
        if (then, held, value) != (now, Attributes(*values), base_minor) or known is not None:
            yield (deal, *_spread(held), then.status, then.close_on, value, int(known is not None))


def _by_deal(rows: Iterable[tuple[Any, ...]]) -> dict[str, list[tuple[Any, ...]]]:
    return {deal: [row[1:] for row in group] for deal, group in groupby(rows, key=itemgetter(0))}


def _spread(held: Attributes) -> tuple[Any, ...]:
    return tuple(getattr(held, column) for column in _CARRIED)


def _attributes(
    now: Attributes, modified_at: str | None, superseded: list[tuple[Any, ...]] | tuple[()], end: str
) -> Attributes | None:
    """The version in force on the day; None where the store does not know one so old."""
    if not superseded:
        return None
    versions = [Version(since, Attributes(*values)) for since, _, *values in superseded]
    return attributes_on(end, Version(modified_at or superseded[-1][1], now), versions)


def _value(
    rates: RateBook, held: Attributes, source: str | None, then: Standing, as_of: str, base_minor: int | None
) -> int | None:
    """The base value on the deal's own day; a deal that carries only a base value keeps it."""
    if held.amount_minor is None:
        return base_minor
    return rates.value(held.amount_minor, held.currency, source, as_of if then.status == "open" else then.close_on)

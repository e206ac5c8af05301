"""What open deals were worth on past days: the amount of that day, at the rate of that day, where either has changed.

And which of them were to be left out. Only deals that stood otherwise than they do now are written down, and those
left out. It must not know stages or chances.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from connector.instants import spell
from connector.metrics.calendar import ordinal, spelled
from connector.metrics.overlay import InStep, carried_by_version
from connector.metrics.valuation import RateBook
from connector.metrics.workspace import Workspace, literal

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_EPOCH = ordinal("1970-01-01")
_AMOUNT, _CURRENCY = carried_by_version("amount_minor"), carried_by_version("currency")
_IS_LEFT_OUT = "CASE WHEN {} IN ('Omitted', 'omitted', 'OMITTED') AND COALESCE({}, 'open') = 'open' THEN 1 ELSE 0 END"
_LEFT_OUT = _IS_LEFT_OUT.format(carried_by_version("forecast_category"), "v.status")
_LEFT_OUT_NOW = _IS_LEFT_OUT.format("o.forecast_category", "o.status")
_CHANGED = (
    "SELECT DISTINCT v.id FROM opportunity_version v JOIN opportunity o ON o.id = v.id "
    f"WHERE {_AMOUNT} IS DISTINCT FROM o.amount_minor OR {_CURRENCY} IS DISTINCT FROM o.currency OR {_LEFT_OUT} = 1"
)
_NOW_LEFT_OUT = f"SELECT o.id FROM opportunity o WHERE {_LEFT_OUT_NOW} = 1"
_STANDING = (
    "SELECT y.id, x.at_epoch, x.number FROM forecast_changed c JOIN forecast_stay y ON y.id = c.id "
    "JOIN forecast_day x ON x.number >= y.from_number AND x.number < y.over_number "
    "ORDER BY y.id, x.number"
)
_VERSIONS = (
    f"SELECT v.id, COALESCE(v.source_modified_at, v.known_from), {_AMOUNT}, {_CURRENCY}, {_LEFT_OUT} "
    "FROM opportunity_version v JOIN opportunity o ON o.id = v.id WHERE v.id IN (SELECT id FROM forecast_changed) "
    "ORDER BY v.id, v.known_to, v.version_id"
)
_NOW = (
    f"SELECT o.id, o.source, o.source_modified_at, o.amount_minor, o.currency, {_LEFT_OUT_NOW}, o.base_minor "
    "FROM opportunity o WHERE o.id IN (SELECT id FROM forecast_changed) ORDER BY o.id"
)


def keep_past_values(space: Workspace, rates: RateBook, zone: ZoneInfo) -> None:
    """Fills ``forecast_then`` (number of the day, deal, value, whether left out) for the stays of ``forecast_stay``."""
    roads = (_CHANGED, _NOW_LEFT_OUT, _in_moving_currencies(rates))
    space.keep("forecast_changed", " UNION ".join(sql for sql in roads if sql), index="id")
    columns = "number INTEGER, id TEXT, base_minor INTEGER, is_left_out INTEGER, PRIMARY KEY (number, id)"
    space.fill("forecast_then", columns, _values(space, rates, zone))


def _in_moving_currencies(rates: RateBook) -> str | None:
    pairs = " OR ".join(
        f"(currency = {literal(currency)}" + (f" AND source = {literal(source)})" if source is not None else ")")
        for source, currency in sorted(rates.moving(), key=str)
    )
    return f"SELECT id FROM opportunity WHERE {pairs}" if pairs else None


def _values(space: Workspace, rates: RateBook, zone: ZoneInfo) -> Iterator[tuple[int, str, int | None, int]]:
    """Read in step with the superseded states and the days, so that few deals are held at a time."""
    superseded, standing = InStep(space.stream(_VERSIONS)), InStep(space.stream(_STANDING))
    ends: dict[int, str] = {}
    for own, source, since, amount, currency, left_out, base_minor in space.stream(_NOW):
        past = superseded.of(own)
        for at, number in standing.of(own):
            if at not in ends:
                ends[at] = _end_of(at, zone)
            _, held, of, is_left_out = _held_on(ends[at], [*past, (since, amount, currency, left_out)])
            # a deal that carries only a base value keeps it
            known = held is not None or past
            value = rates.value(held, of, source, spelled(at + _EPOCH)) if known else base_minor
            yield number, own, value, is_left_out


def _held_on(end: str, versions: Sequence[tuple[Any, ...]]) -> tuple[Any, ...]:
    """The version in force just before an instant; the present one, the last, where none so old is known.

    Each is the instant from which it held, None where that is not known; the amount; its currency; whether left out.
    """
    found: tuple[Any, ...] | None = None
    for version in versions:
        if version[0] is not None and version[0] < end and (found is None or version[0] >= (found[0] or "")):
            found = version
    return found or versions[-1]


def _end_of(at: int, zone: ZoneInfo) -> str:
    following = date.fromordinal(at + _EPOCH) + timedelta(days=1)
    return spell(datetime.combine(following, time(), tzinfo=zone))

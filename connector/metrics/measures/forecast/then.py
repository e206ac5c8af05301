"""What open deals were worth on past days: the amount of that day, at the rate of that day, where either has changed.

Only deals that were worth something else than they are now are written down. It must not know stages or chances.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from connector.instants import spell
from connector.metrics.calendar import ordinal, spelled
from connector.metrics.overlay import carried_by_version
from connector.metrics.valuation import RateBook
from connector.metrics.workspace import Workspace, literal

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_EPOCH = ordinal("1970-01-01")
#: the instant from which an amount held, None where that is not known; the amount; its currency
_Held = tuple[str | None, int | None, str | None]
_AMOUNT, _CURRENCY = carried_by_version("amount_minor"), carried_by_version("currency")
_CHANGED = (
    "SELECT DISTINCT v.id FROM opportunity_version v JOIN opportunity o ON o.id = v.id "
    f"WHERE {_AMOUNT} IS DISTINCT FROM o.amount_minor OR {_CURRENCY} IS DISTINCT FROM o.currency"
)
_STANDING = (
    "SELECT y.id, x.at_epoch, x.number FROM forecast_changed c JOIN forecast_stay y ON y.id = c.id "
    "JOIN forecast_day x ON x.at_epoch >= y.entered "
    "AND x.at_epoch < COALESCE(y.until, CASE WHEN y.is_over = 0 THEN 9999999 END) "
    "ORDER BY y.id, x.number"
)
_VERSIONS = (
    f"SELECT v.id, COALESCE(v.source_modified_at, v.known_from), {_AMOUNT}, {_CURRENCY} FROM opportunity_version v "
    "JOIN opportunity o ON o.id = v.id WHERE v.id IN (SELECT id FROM forecast_changed) "
    "ORDER BY v.id, v.known_to, v.version_id"
)
_NOW = (
    "SELECT id, source, source_modified_at, amount_minor, currency, base_minor FROM opportunity "
    "WHERE id IN (SELECT id FROM forecast_changed)"
)


def keep_past_values(space: Workspace, rates: RateBook, zone: ZoneInfo) -> None:
    """Fills ``forecast_then`` (number of the day, deal, value) for the stays of ``forecast_stay``."""
    changed = sorted({own for sql in (_CHANGED, _in_moving_currencies(rates)) if sql for (own,) in space.rows(sql)})
    space.fill("forecast_changed", "id TEXT PRIMARY KEY", ((own,) for own in changed))
    columns = "number INTEGER, id TEXT, base_minor INTEGER, PRIMARY KEY (number, id)"
    space.fill("forecast_then", columns, _values(space, rates, zone) if changed else ())


def _in_moving_currencies(rates: RateBook) -> str | None:
    pairs = " OR ".join(
        f"(currency = {literal(currency)}" + (f" AND source = {literal(source)})" if source is not None else ")")
        for source, currency in sorted(rates.moving(), key=str)
    )
    return f"SELECT id FROM opportunity WHERE {pairs}" if pairs else None


def _values(space: Workspace, rates: RateBook, zone: ZoneInfo) -> Iterator[tuple[int, str, int | None]]:
    superseded: dict[str, list[_Held]] = defaultdict(list)
    for own, since, amount, currency in space.rows(_VERSIONS):
        superseded[own].append((since, amount, currency))
    now = {row[0]: row[1:] for row in space.rows(_NOW)}
    ends: dict[int, str] = {}
    for own, at, number in space.rows(_STANDING):
        if own not in now:
            continue
        source, since, amount, currency, base_minor = now[own]
        if at not in ends:
            ends[at] = _end_of(at, zone)
        _, held, of = _held_on(ends[at], [*superseded[own], (since, amount, currency)])
        # a deal that carries only a base value keeps it
        known = held is not None or superseded[own]
        yield number, own, rates.value(held, of, source, spelled(at + _EPOCH)) if known else base_minor


def _held_on(end: str, versions: Sequence[_Held]) -> _Held:
    """The version in force just before an instant; the present one, the last, where none so old is known."""
    found: _Held | None = None
    for version in versions:
        if version[0] is not None and version[0] < end and (found is None or version[0] >= (found[0] or "")):
            found = version
    return found or versions[-1]


def _end_of(at: int, zone: ZoneInfo) -> str:
    following = date.fromordinal(at + _EPOCH) + timedelta(days=1)
    return spell(datetime.combine(following, time(), tzinfo=zone))

"""base_minor: what each deal is worth in the base currency, on its close day or, while open, on the as-of day.

The value itself comes from metrics/valuation.py; this file only decides the day and writes what differs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection

from connector.metrics.history import CLOSED
from connector.metrics.valuation import RateBook
from connector.sync.derive.context import DeriveContext
from connector.sync.derive.rows import Row, fetch, fetch_by_ids, run, set_columns

_OWN = """
    UPDATE opportunity SET base_minor = amount_minor
    WHERE amount_minor IS NOT NULL AND currency = ? AND base_minor IS NOT amount_minor
"""
_NONE = """
    UPDATE opportunity SET base_minor = NULL
    WHERE amount_minor IS NULL AND base_minor IS NOT NULL AND source_object IS NOT NULL
"""
_COLUMNS = "id, source, currency, status, close_on, closed_at, amount_minor, base_minor, source_object"
_FOREIGN = f"SELECT {_COLUMNS} FROM opportunity WHERE amount_minor IS NOT NULL AND currency IS NOT ?"
_OPEN_FOREIGN = f"{_FOREIGN} AND (coalesce(status, 'open') NOT IN ('won', 'lost') OR close_on IS NULL)"
_SOME = f"SELECT {_COLUMNS} FROM opportunity WHERE id IN ({{ids}})"


def derive_values(
    conn: Connection, context: DeriveContext, rates: RateBook, deals: Iterable[str] | None = None
) -> None:
    """Values all deals, or these. What is in the base currency already is only copied."""
    if deals is not None:
        rows: Iterable[Row] = fetch_by_ids(conn, _SOME, deals)
    else:
        run(conn, _OWN, (context.report.base_currency,))
        run(conn, _NONE)
        rows = fetch(conn, _FOREIGN, (context.report.base_currency,))
    set_columns(conn, "opportunity", ("base_minor",), _differing(context, rates, rows))


def derive_quota_values(conn: Connection, rates: RateBook) -> None:
    """What each quota is worth in the base currency, at the rate of its period's first day."""
    rows = fetch(conn, "SELECT id, source, currency, period_start, amount_minor, base_minor FROM quota")
    changed = (
        (quota, worth)
        for quota, source, currency, start, amount, stored in rows
        if (worth := rates.value(amount, currency, source, start)) != stored
    )
    set_columns(conn, "quota", ("base_minor",), changed)


def revalue_open(conn: Connection, context: DeriveContext, rates: RateBook) -> None:
    """Values open deals anew on another day; those in the base currency cannot have moved."""
    rows = fetch(conn, _OPEN_FOREIGN, (context.report.base_currency,))
    set_columns(conn, "opportunity", ("base_minor",), _differing(context, rates, rows))


def value_day(context: DeriveContext, status: str | None, close_on: str | None, closed_at: str | None) -> str:
    """The day whose rate holds for a deal."""
    if status not in CLOSED:
        return context.today
    return close_on or context.day(closed_at) or context.today


def _differing(context: DeriveContext, rates: RateBook, rows: Iterable[Row]) -> Iterator[Row]:
    value = rates.value
    for deal, source, currency, status, close_on, closed_at, amount, stored, made_from in rows:
        if amount is None and made_from is None:
            continue
        worth = value(amount, currency, source, value_day(context, status, close_on, closed_at))
        if worth != stored:
            yield deal, worth

"""The calendar table's upkeep: from two years before the first day in the store to two after the last.

Which fiscal month, quarter and year a day belongs to is metrics/calendar.py's to say.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sqlalchemy import Connection

from connector.metrics.calendar import calendar_rows
from connector.store.tables import VERSIONS
from connector.sync.derive.context import DeriveContext
from connector.sync.derive.rows import fetch, one, run, run_many

#: table -> its columns that say when something happened or is due; how long a rate or a membership holds is no event
FACTS = {
    "opportunity": ("created_on", "close_on"),
    "lead": ("created_on",),
    "stage_event": ("occurred_on",),
    "stage_visit": ("entered_on", "left_on"),
    "quota": ("period_start", "period_end"),
    "activity": ("occurred_on",),
    "campaign": ("starts_on", "ends_on"),
    "satisfaction": ("given_on",),
}
#: what was known on a past day needs its days too
FACTS |= {VERSIONS[name]: columns for name, columns in FACTS.items() if name in VERSIONS}
MARGIN_YEARS = 2

#: a close day of 9999-12-31 is a way to say never; it must not stretch the calendar over eighty centuries
EARLIEST, LATEST = "1900-01-01", "2199-12-31"


def derive_calendar(conn: Connection, context: DeriveContext, *, anew: bool) -> None:
    """Makes the calendar span the store's days; ``anew`` lays it out again because [report] changed."""
    first, last = _span(conn, context)
    if anew:
        run(conn, "DELETE FROM calendar")
    run(conn, "DELETE FROM calendar WHERE day < ? OR day > ?", (first, last))
    for start, end in _gaps(conn, first, last):
        run_many(
            conn,
            "INSERT OR REPLACE INTO calendar "
            "(day, epoch_day, week_start, month_start, quarter_start, year_start, fiscal_quarter, fiscal_year) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            calendar_rows(start, end, context.report),
        )


def calendar_reaches(conn: Connection, context: DeriveContext) -> bool:
    """Whether today is in the calendar: measures are asked as of today."""
    return one(conn, "SELECT 1 FROM calendar WHERE day = ?", (context.today,)) is not None


def _span(conn: Connection, context: DeriveContext) -> tuple[str, str]:
    days = [day for pair in _extremes(conn) for day in pair if day is not None]
    first = _years_from(min(days, default=context.today), -MARGIN_YEARS)
    last = _years_from(max(days, default=context.today), MARGIN_YEARS)
    today = context.today
    # a store whose last deal is long closed is still asked about today and the fiscal year around it
    if not first <= today <= last:
        first = min(first, _years_from(today, -MARGIN_YEARS))
        last = max(last, _years_from(today, MARGIN_YEARS))
    return first, last


def _extremes(conn: Connection) -> Iterator[tuple[str | None, str | None]]:
    for table, columns in FACTS.items():
        for column in columns:
            asked = f"SELECT min({column}), max({column}) FROM {table} WHERE {column} BETWEEN ? AND ?"
            found = next(iter(fetch(conn, asked, (EARLIEST, LATEST))))
            if all(day is None or _is_day(day) for day in found):
                yield found
            else:  # a person has written 2026-1-1: no day of the calendar, and no reason to have none
                yield next(iter(fetch(conn, f"{asked} AND date({column}, '+0 days') = {column}", (EARLIEST, LATEST))))


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _years_from(day: str, years: int) -> str:
    """The same day of another year; 29 February becomes the 28th."""
    found = date.fromisoformat(day)
    try:
        return found.replace(year=found.year + years).isoformat()
    except ValueError:
        return found.replace(year=found.year + years, day=28).isoformat()


def _gaps(conn: Connection, first: str, last: str) -> Iterator[tuple[str, str]]:
    """What is missing at either end; a calendar with holes is laid out again."""
    low, high, count, low_day, high_day = next(
        iter(fetch(conn, "SELECT min(epoch_day), max(epoch_day), count(*), min(day), max(day) FROM calendar"))
    )
    if not count or high - low + 1 != count:
        yield first, last
        return
    if first < low_day:
        yield first, low_day
    if last > high_day:
        yield high_day, last

"""First and last day of a fiscal period by Dynamics' codes, in the org's own fiscal calendar."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

from connector.adapters.base import FiscalCalendar

_WEEKS_4 = timedelta(days=28)


def fiscal_bounds(year: int, period: int, fiscal: FiscalCalendar) -> tuple[str, str]:
    """Days of a period: 1-4 quarters, 101-112 months, 201-202 half years, 301 the year, 401-413 four weeks each.

    Dynamics CE docs, goal.fiscalperiod. The last of thirteen four-week periods takes the days that are left.
    """
    first = _shift(year_start(year, fiscal), 0)
    end = _shift(first, 12)
    if 1 <= period <= 4:
        start, end = _shift(first, 3 * (period - 1)), _shift(first, 3 * period)
    elif 101 <= period <= 112:
        start, end = _shift(first, period - 101), _shift(first, period - 100)
    elif period in (201, 202):
        start, end = _shift(first, 6 * (period - 201)), _shift(first, 6 * (period - 200))
    elif period == 301:
        start = first
    elif 401 <= period <= 413:
        start = first + _WEEKS_4 * (period - 401)
        end = end if period == 413 else start + _WEEKS_4
    else:
        raise ValueError(f"{period} is no fiscal period code")
    return start.isoformat(), (end - timedelta(days=1)).isoformat()


def year_start(year: int, fiscal: FiscalCalendar) -> date:
    """First day of the fiscal year of that name."""
    if not 2 <= year <= 9997:
        raise ValueError(f"{year} is no fiscal year")
    whole = (fiscal.start_month, fiscal.start_day) == (1, 1)
    begins = year if whole or fiscal.named_by_start else year - 1
    last = calendar.monthrange(begins, fiscal.start_month)[1]
    return date(begins, fiscal.start_month, min(fiscal.start_day, last))


def _shift(day: date, months: int) -> date:
    """The same day some months later, or that month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))

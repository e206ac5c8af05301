"""How far a forecast looks ahead: the days that were asked for, or those left of the fiscal quarter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connector.errors import UsageError
from connector.metrics.calendar import FiscalCalendar, ordinal

if TYPE_CHECKING:
    from connector.metrics.parameters import Question

#: further ahead no open deal says anything of
_MOST = 1_830


def horizon_of(question: Question, calendar: FiscalCalendar) -> int:
    """Days after the as-of day; 0 on the last day of a quarter where none are asked for."""
    text = question.own.get("horizon")
    if text is None:
        return _left_of_quarter(question.as_of, calendar)
    if not (text.isascii() and text.isdecimal() and 1 <= len(text) <= 6 and 1 <= int(text) <= _MOST):
        raise UsageError(
            f"--horizon {text}: this is no number of days from 1 to {_MOST}.", hint="Write whole days, like 90."
        )
    return int(text)


def _left_of_quarter(as_of: str, calendar: FiscalCalendar) -> int:
    day = ordinal(as_of)
    year = calendar.year_of(day)
    if year is None:
        raise UsageError(
            f"The day {as_of} lies in no declared fiscal year (declared: {calendar.declared()}).",
            hint="Give --horizon DAYS, or add the year's first day to [report] fiscal_year_days.",
        )
    quarter = (year.period_of(day) + 2) // 3
    _, last = year.window(3 * quarter - 2, 3 * quarter)
    return ordinal(last) - day

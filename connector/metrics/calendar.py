"""The fiscal calendar: which fiscal month, quarter and year a day belongs to, for all five calendars.

Every date question of the measures ends here or in the ``calendar`` table that ``calendar_rows`` fills.
It must not know any measure, nor the store.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from connector.metrics import jalali

if TYPE_CHECKING:
    from connector.settings import ReportSettings

_EPOCH = date(1970, 1, 1).toordinal()
_MONDAY, _SATURDAY = 0, 5
#: day, epoch_day, week_start, month_start, quarter_start, year_start, fiscal_quarter, fiscal_year
CalendarRow = tuple[str, int, str, str | None, str | None, str | None, int | None, int | None]


def ordinal(day: str) -> int:
    """A day of ours as ``date.toordinal`` counts."""
    return date.fromisoformat(day).toordinal()


@lru_cache(maxsize=4096)
def spelled(number: int) -> str:
    """The way back: an ordinal as ``YYYY-MM-DD``; rows that name one day share its text."""
    return date.fromordinal(number).isoformat()


@dataclass(frozen=True)
class FiscalYear:
    """One fiscal year: its name, and the ordinals where its twelve periods begin and where the next year does."""

    name: int
    starts: tuple[int, ...]
    end: int

    def window(self, first_period: int, last_period: int) -> tuple[str, str]:
        """First and last day of a run of periods, counted from 1."""
        after = self.end if last_period == 12 else self.starts[last_period]
        return spelled(self.starts[first_period - 1]), spelled(after - 1)

    def period_of(self, number: int) -> int:
        """The period, 1 to 12, in which a day of this year falls."""
        return bisect_right(self.starts, number)


class FiscalCalendar:
    """Fiscal years of one ``[report]`` section; ``None`` where a week-based calendar declares no year."""

    def __init__(self, report: ReportSettings) -> None:
        self.kind: str = report.calendar
        self.first_month: int = report.fiscal_year_start
        self.named_by_end: bool = report.fiscal_year_named_by == "end"
        self._declared_days = tuple(report.fiscal_year_days)
        self._cache: dict[int, FiscalYear] = {}

    @property
    def is_week_based(self) -> bool:
        """Whether years are declared by their first days and periods are whole weeks."""
        return self.kind not in ("standard", "jalali")

    def year_of(self, number: int) -> FiscalYear | None:
        """The fiscal year of a day (an ordinal)."""
        if self.is_week_based:
            return next((year for year in self._declared if year.starts[0] <= number < year.end), None)
        year, month = self._year_month(number)
        return self._of_months(year if month >= self.first_month else year - 1)

    def year_named(self, name: int) -> FiscalYear | None:
        """The fiscal year that people call by this number."""
        if self.is_week_based:
            return next((year for year in self._declared if year.name == name), None)
        try:
            return self._of_months(name - 1 if self.named_by_end and self.first_month > 1 else name)
        except ValueError:
            return None

    def month_window(self, year: int, month: int) -> tuple[str, str] | None:
        """A month by its own name: of the civil or Jalali year, or a period of a week-based fiscal year."""
        if self.is_week_based:
            fiscal = self.year_named(year)
            return None if fiscal is None else fiscal.window(month, month)
        try:
            following = (year, month + 1) if month < 12 else (year + 1, 1)
            return spelled(self._month_start(year, month)), spelled(self._month_start(*following) - 1)
        except ValueError:
            return None

    def declared(self) -> str:
        """The fiscal years that a week-based calendar declares, for messages."""
        return ", ".join(str(year.name) for year in self._declared)

    def week_start(self, number: int) -> int:
        """First day of a day's week: Monday, Saturday in the Jalali calendar, else the fiscal year's weekday."""
        if self.is_week_based:
            first_weekday = (self._declared[0].starts[0] - 1) % 7 if self._declared else _MONDAY
        else:
            first_weekday = _SATURDAY if self.kind == "jalali" else _MONDAY
        return number - (number - 1 - first_weekday) % 7

    def _year_month(self, number: int) -> tuple[int, int]:
        if self.kind == "jalali":
            return jalali.year_month_day(number)[:2]
        day = date.fromordinal(number)
        return day.year, day.month

    def _month_start(self, year: int, month: int) -> int:
        if self.kind == "jalali":
            return jalali.month_start(year, month)
        return date(year, month, 1).toordinal()

    def _of_months(self, first_year: int) -> FiscalYear:
        """The fiscal year of twelve months that begins in this civil (or Jalali) year."""
        if first_year not in self._cache:
            months = [divmod(self.first_month - 1 + step, 12) for step in range(13)]
            starts = [self._month_start(first_year + years, month + 1) for years, month in months]
            name = first_year + (self.named_by_end and self.first_month > 1)
            self._cache[first_year] = FiscalYear(name, tuple(starts[:12]), starts[12])
        return self._cache[first_year]

    @cached_property
    def _declared(self) -> tuple[FiscalYear, ...]:
        """The declared years of a week-based calendar, of 52 or 53 weeks (so the settings ensure); the last has 52."""
        firsts = [ordinal(day) for day in self._declared_days]
        ends = [*firsts[1:], *(first + 364 for first in firsts[-1:])]
        names = self._names(firsts, ends)
        return tuple(
            FiscalYear(name, self._periods(first), end) for name, first, end in zip(names, firsts, ends, strict=True)
        )

    def _periods(self, first: int) -> tuple[int, ...]:
        """Where the periods begin; a 53rd week needs no mention: it prolongs the last period."""
        weeks = [int(part) for part in self.kind.split("-")] * 4
        return tuple(first + 7 * sum(weeks[:period]) for period in range(12))

    def _names(self, firsts: list[int], ends: list[int]) -> list[int]:
        """Each year is named by the civil year of its last (or first) day.

        Years that turn within a week of 1 January may so get one name twice; then the day six days further
        inside the year names it, as companies do whose year ends on the Saturday nearest 31 December.
        """
        for inside in (0, 6):
            days = [end - 1 - inside for end in ends] if self.named_by_end else [first + inside for first in firsts]
            names = [date.fromordinal(day).year for day in days]
            if len(set(names)) == len(names):
                break
        return names


def calendar_rows(first: str, last: str, report: ReportSettings) -> Iterator[CalendarRow]:
    """Rows of the ``calendar`` table for every day from ``first`` to ``last``, both included.

    Days outside the declared years of a week-based calendar have NULL fiscal columns.
    """
    fiscal = FiscalCalendar(report)
    year: FiscalYear | None = None
    for number in range(ordinal(first), ordinal(last) + 1):
        if year is None or not year.starts[0] <= number < year.end:
            year = fiscal.year_of(number)
        week_start = spelled(fiscal.week_start(number))
        if year is None:
            yield spelled(number), number - _EPOCH, week_start, None, None, None, None, None
            continue
        period = year.period_of(number)
        quarter = (period + 2) // 3
        yield (
            spelled(number),
            number - _EPOCH,
            week_start,
            spelled(year.starts[period - 1]),
            spelled(year.starts[3 * quarter - 3]),
            spelled(year.starts[0]),
            quarter,
            year.name,
        )

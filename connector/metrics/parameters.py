"""What a measure was asked: window, as-of day, grouping and filters, checked and made explicit.

It must not know the store: names of teams or people are resolved in filters.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from connector.errors import UsageError
from connector.instants import spell
from connector.metrics.calendar import FiscalCalendar, FiscalYear, ordinal
from connector.metrics.words import known_language

if TYPE_CHECKING:
    from connector.metrics.catalog import MetricInfo
    from connector.settings import ReportSettings

_PERIOD = re.compile(r"(\d{4})(?:[Qq]([1-4])|-(\d\d))?\Z")
_PERIOD_HINT = "Write a fiscal year (2026), a fiscal quarter (2026Q3) or a month (2026-07)."


@dataclass(frozen=True)
class MetricParams:
    """What the command line hands over, as it was typed."""

    from_: str | None = None
    to: str | None = None
    period: str | None = None
    as_of: str | None = None
    known_at: str | None = None
    by: str | None = None
    where: list[tuple[str, str]] = field(default_factory=list)
    engine: str = "sqlite"
    lang: str = "en"
    #: the measure's own flags by name, as they were typed
    own: Mapping[str, str] = field(default_factory=dict)
    #: the keyed hash of a text, as the store keeps subjects; None where this store has hashed nothing
    digest: Callable[[str], str | None] = lambda _: None


@dataclass(frozen=True)
class Question:
    """The same, checked: every day is a day, every default is filled in."""

    from_on: str
    to_on: str
    as_of: str
    #: the instant at which the as-of day ends in the reporting time zone
    as_of_end: str
    #: whether the store may know of later days: up to the present one, or to the known-at day
    is_past: bool
    by: str | None
    where: tuple[tuple[str, str], ...]
    #: the measure's own flags by name, as they were typed; each measure reads its own
    own: Mapping[str, str] = field(default_factory=dict)
    digest: Callable[[str], str | None] = lambda _: None
    #: the day whose knowledge answers, None for all that is known; and the instant at which it ends
    known_at: str | None = None
    known_at_end: str = ""
    lang: str = "en"

    def spelled(self, report: ReportSettings) -> dict[str, Any]:
        """The parameters as a result shows them."""
        return {
            "from": self.from_on,
            "to": self.to_on,
            "as_of": self.as_of,
            "known_at": self.known_at,
            "by": self.by,
            "where": [f"{key}={value}" for key, value in self.where],
            "base_currency": report.base_currency,
            "timezone": report.timezone,
            **self.own,
            **({"lang": self.lang} if self.lang != "en" else {}),
        }


def today(report: ReportSettings) -> str:
    """The present day in the reporting time zone."""
    return datetime.now(UTC).astimezone(report.zone).date().isoformat()


def ask(params: MetricParams, report: ReportSettings, about: MetricInfo, default_by: str | None) -> Question:
    """Checks the parameters against what the measure knows."""
    _refuse_flags_of_others(params.own, about)
    known_at = _day(params.known_at, "--known-at") if params.known_at else None
    # what a store knew on a day it tells as it told it then: that day was the present one
    present = known_at or today(report)
    as_of = _day(params.as_of, "--as-of") if params.as_of else present
    from_on, to_on = _window(params, report, as_of)
    if params.by is not None and params.by not in about.groups:
        groups = ", ".join(about.groups)
        hint = f"There is: {groups}." if groups else f"Leave --by out: {about.name} has no groups."
        raise UsageError(f"--by {params.by}: there is no such grouping.", hint=hint)
    return Question(
        from_on=from_on,
        to_on=to_on,
        as_of=as_of,
        as_of_end=_end_of(as_of, report),
        is_past=as_of < present,
        by=params.by or default_by,
        where=tuple(params.where),
        own=dict(params.own),
        digest=params.digest,
        known_at=known_at,
        known_at_end=_end_of(known_at, report) if known_at else "",
        lang=known_language(params.lang),
    )


def flag_of(name: str) -> str:
    """A flag as it is typed."""
    return f"--{name.replace('_', '-')}"


def _refuse_flags_of_others(own: Mapping[str, str], about: MetricInfo) -> None:
    for name in own:
        if name not in about.flags:
            known = ", ".join(map(flag_of, about.flags)) or "none"
            raise UsageError(f"{flag_of(name)}: {about.name} has no such flag.", hint=f"Flags of its own: {known}.")


def _day(text: str, flag: str) -> str:
    try:
        if len(text) != 10:
            raise ValueError
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise UsageError(f"{flag} {text}: this is no day.", hint="Write a day as YYYY-MM-DD.") from None


def _end_of(day: str, report: ReportSettings) -> str:
    """The first instant after a day in the reporting time zone."""
    try:
        following = date.fromisoformat(day) + timedelta(days=1)
        return spell(datetime.combine(following, time(), tzinfo=report.zone))
    except OverflowError:
        return "9999-12-31T23:59:59Z"


def _window(params: MetricParams, report: ReportSettings, as_of: str) -> tuple[str, str]:
    if params.period is not None:
        if params.from_ is not None or params.to is not None:
            raise UsageError("--period names a window by itself.", hint="Give --period, or --from and --to.")
        return period_window(params.period, report)
    if params.from_ is not None and params.to is not None:
        from_on, to_on = _day(params.from_, "--from"), _day(params.to, "--to")
    else:
        fiscal = _fiscal_year(report, as_of)
        first, last = fiscal.window(1, 12)
        from_on = _day(params.from_, "--from") if params.from_ is not None else first
        to_on = _day(params.to, "--to") if params.to is not None else last
    if from_on > to_on:
        raise UsageError(
            f"The window is upside down: it begins {from_on} and ends {to_on}.", hint="Swap --from and --to."
        )
    return from_on, to_on


def _fiscal_year(report: ReportSettings, day: str) -> FiscalYear:
    """The fiscal year of a day, for a window that was not given in full."""
    calendar = FiscalCalendar(report)
    try:
        year = calendar.year_of(ordinal(day))
    except ValueError:
        message = f"The fiscal year of {day} lies outside the calendar."
        raise UsageError(message, hint="Give --from and --to, or another --as-of.") from None
    if year is None:
        raise UsageError(
            f"The day {day} lies in no declared fiscal year (declared: {calendar.declared()}).",
            hint="Give --from and --to, or add the year's first day to [report] fiscal_year_days.",
        )
    return year


def period_window(period: str, report: ReportSettings) -> tuple[str, str]:
    """First and last day of a named period."""
    match = _PERIOD.match(period.strip())
    if match is None or (match[3] is not None and not 1 <= int(match[3]) <= 12):
        raise UsageError(f"--period {period}: this names no period.", hint=_PERIOD_HINT)
    calendar = FiscalCalendar(report)
    year = int(match[1])
    if match[3] is not None:
        window = calendar.month_window(year, int(match[3]))
    else:
        fiscal = calendar.year_named(year)
        quarter = int(match[2]) if match[2] else None
        first, last = (1, 12) if quarter is None else (3 * quarter - 2, 3 * quarter)
        window = None if fiscal is None else fiscal.window(first, last)
    if window is None:
        declared = f" (declared: {calendar.declared()})" if calendar.is_week_based else ""
        raise UsageError(f"--period {period}: the calendar has no such year{declared}.", hint=_PERIOD_HINT)
    return window

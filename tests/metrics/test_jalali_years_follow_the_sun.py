"""The Jalali calendar, its fiscal years and its periods agree with the sun, from which they are computed again here.

The year begins on the day at whose true noon in Tehran the March equinox has passed. The instant of the equinox is that
of J. Meeus, Astronomical Algorithms, chapter 27 (better than a minute between 1951 and 2050), which shares nothing with
the pattern of leap years that the product goes by.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache
from math import cos, radians

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.metrics import jalali
from connector.metrics.calendar import calendar_rows, ordinal
from connector.metrics.parameters import period_window
from connector.settings import ReportSettings

FIRST, LAST = 1340, 1460
#: amplitude, phase and speed of the periodic terms, in 0.00001 days, degrees, and degrees a Julian century
TERMS = (
    (485, 324.96, 1934.136), (203, 337.23, 32964.467), (199, 342.08, 20.186), (182, 27.85, 445267.112),
    (156, 73.14, 45036.886), (136, 171.52, 22518.443), (77, 222.54, 65928.934), (74, 296.72, 3034.906),
    (70, 243.58, 9037.513), (58, 119.81, 33718.147), (52, 297.17, 150.678), (50, 21.02, 2281.226),
    (45, 247.54, 29929.562), (44, 325.15, 31555.956), (29, 60.93, 4443.417), (18, 155.12, 67555.328),
    (17, 288.79, 4562.452), (16, 198.04, 62894.029), (14, 199.76, 31436.921), (12, 95.39, 14577.848),
    (12, 287.11, 31931.756), (12, 320.81, 34777.259), (9, 227.73, 1222.114), (8, 15.45, 16859.074),
)  # fmt: skip
#: true noon of late March on Tehran's meridian, 52.5 degrees east: 12:07 there, in universal time
NOON = timedelta(hours=8, minutes=37)


@cache
def equinox(year: int) -> datetime:
    """The March equinox of a civil year in universal time."""
    y = (year - 2000) / 1000
    mean = 2451623.80984 + 365242.37404 * y + 0.05169 * y**2 - 0.00411 * y**3 - 0.00057 * y**4
    t = (mean - 2451545) / 36525
    w = radians(35999.373 * t - 2.47)
    sum_ = sum(a * cos(radians(b + c * t)) for a, b, c in TERMS)
    julian_day = mean + 0.00001 * sum_ / (1 + 0.0334 * cos(w) + 0.0007 * cos(2 * w))
    slower_turning = timedelta(seconds=64 + 0.6 * (year - 2000))
    return datetime(2000, 1, 1, 12) + timedelta(days=julian_day - 2451545) - slower_turning


@cache
def new_year(year: int) -> int:
    """Ordinal of the first day of a Jalali year."""
    at = equinox(year + 621)
    day = at.date() if at < datetime.combine(at.date(), datetime.min.time()) + NOON else at.date() + timedelta(days=1)
    return day.toordinal()


def first_day(year: int, month: int) -> int:
    year, month = (year, month) if month <= 12 else (year + 1, month - 12)
    return new_year(year) + sum(31 if passed <= 6 else 30 for passed in range(1, month))


@cache
def months() -> list[tuple[int, int, int]]:
    return [(first_day(year, month), year, month) for year in range(FIRST, LAST + 1) for month in range(1, 13)]


def month_of(day: int) -> tuple[int, int, int]:
    return max(each for each in months() if each[0] <= day)


def iso(day: int) -> str:
    return date.fromordinal(day).isoformat()


def test_every_year_begins_with_the_sun() -> None:
    assert [jalali.month_start(year, 1) for year in range(FIRST, LAST + 2)] == [
        new_year(year) for year in range(FIRST, LAST + 2)
    ]
    nearest = min(abs(equinox(y + 621) - datetime.combine(equinox(y + 621), datetime.min.time()) - NOON) for y in
                  range(FIRST, LAST + 2))  # fmt: skip
    assert nearest > timedelta(minutes=10), "no year hangs on what this computation cannot tell"


@given(day=st.integers(ordinal("1961-03-22"), ordinal("2082-03-18")), begins=st.sampled_from([1, 4, 7]))
def test_the_calendar_table_agrees_with_the_sun(day: int, begins: int) -> None:
    first, year, month = month_of(day)
    assert jalali.year_month_day(day) == (year, month, day - first + 1)
    into = (month - begins) % 12
    began = year if month >= begins else year - 1
    if not FIRST <= began < LAST:
        return
    name = began if begins == 1 else began + 1
    report = ReportSettings(calendar="jalali", fiscal_year_start=begins)
    (row,) = calendar_rows(iso(day), iso(day), report)
    saturday = day - (date.fromordinal(day).weekday() - 5) % 7
    quarter = into // 3
    assert row == (
        iso(day), day - ordinal("1970-01-01"), iso(saturday), iso(first), iso(first_day(began, begins + 3 * quarter)),
        iso(first_day(began, begins)), quarter + 1, name,
    )  # fmt: skip


@pytest.mark.parametrize("begins", [1, 7])
@given(year=st.integers(FIRST + 1, LAST - 1), quarter=st.integers(1, 4), month=st.integers(1, 12))
def test_periods_agree_with_the_sun(begins: int, year: int, quarter: int, month: int) -> None:
    report = ReportSettings(calendar="jalali", fiscal_year_start=begins, fiscal_year_named_by="start")
    ends = begins + 3 * quarter
    asked = {
        f"{year}": (first_day(year, begins), first_day(year + 1, begins)),
        f"{year}Q{quarter}": (first_day(year, ends - 3), first_day(year, ends)),
        f"{year}-{month:02d}": (first_day(year, month), first_day(year, month + 1)),
    }
    for period, (first, after) in asked.items():
        assert period_window(period, report) == (iso(first), iso(after - 1)), period

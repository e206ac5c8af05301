"""Every one of the five calendars puts a day into the right fiscal month, quarter and year."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.instants import day_of
from connector.metrics import jalali
from connector.metrics.calendar import FiscalCalendar, calendar_rows, ordinal
from connector.settings import ReportSettings


def row(day: str, **report: object) -> dict[str, object]:
    names = "day epoch_day week_start month_start quarter_start year_start fiscal_quarter fiscal_year".split()
    (values,) = calendar_rows(day, day, ReportSettings(**report))
    return dict(zip(names, values, strict=True))


def test_c01_fiscal_year_starting_in_april() -> None:
    days = ["2024-02-15", "2024-04-01", "2024-03-31"]
    by_end = [row(day, fiscal_year_start=4) for day in days]
    assert [r["fiscal_quarter"] for r in by_end] == [4, 1, 4]
    assert [r["fiscal_year"] for r in by_end] == [2024, 2025, 2024]
    by_start = [row(day, fiscal_year_start=4, fiscal_year_named_by="start") for day in days]
    assert [r["fiscal_year"] for r in by_start] == [2023, 2024, 2023]


def test_c03_jalali_year_boundary_moves() -> None:
    days = ["2024-03-19", "2024-03-20", "2025-03-20", "2025-03-21", "2024-09-22"]
    spelt = ["{:04d}-{:02d}-{:02d}".format(*jalali.year_month_day(ordinal(day))) for day in days]
    assert spelt == ["1402-12-29", "1403-01-01", "1403-12-30", "1404-01-01", "1403-07-01"]
    rows = [row(day, calendar="jalali") for day in days]
    quarters = [f"{r['fiscal_year']}Q{r['fiscal_quarter']}" for r in rows]
    assert quarters == ["1402Q4", "1403Q1", "1403Q4", "1404Q1", "1403Q3"]


NEW_YEARS = {
    1354: "1975-03-21", 1375: "1996-03-20", 1379: "2000-03-20", 1387: "2008-03-20", 1391: "2012-03-20",
    1395: "2016-03-20", 1398: "2019-03-21", 1399: "2020-03-20", 1400: "2021-03-21", 1401: "2022-03-21",
    1402: "2023-03-21", 1403: "2024-03-20", 1404: "2025-03-21", 1405: "2026-03-21", 1408: "2029-03-20",
    1409: "2030-03-21",
}  # fmt: skip


@pytest.mark.parametrize("year", NEW_YEARS)
def test_jalali_new_years_as_they_were_kept(year: int) -> None:
    assert jalali.month_start(year, 1) == ordinal(NEW_YEARS[year])


@given(st.integers(ordinal("1850-01-01"), ordinal("2200-12-31")))
def test_jalali_days_follow_each_other(number: int) -> None:
    year, month, day = jalali.year_month_day(number)
    assert jalali.month_start(year, month) + day - 1 == number
    following = jalali.year_month_day(number + 1)
    assert following in [(year, month, day + 1), (year, month + 1, 1), (year + 1, 1, 1)]


def test_jalali_week_begins_on_saturday_and_the_standard_one_on_monday() -> None:
    assert row("2026-07-30", calendar="jalali")["week_start"] == "2026-07-25"
    assert row("2026-07-30")["week_start"] == "2026-07-27"


WEEKS = {"calendar": "4-4-5", "fiscal_year_days": ["2022-01-30", "2023-01-29", "2024-02-04", "2025-02-02"]}


def test_a_53rd_week_belongs_to_the_last_period() -> None:
    fiscal = FiscalCalendar(ReportSettings(**WEEKS))
    assert fiscal.month_window(2024, 12) == ("2023-12-24", "2024-02-03")  # 29 January 2023 + 53 weeks
    assert fiscal.month_window(2025, 12) == ("2024-12-29", "2025-02-01")
    assert row("2024-02-03", **WEEKS)["fiscal_year"] == 2024
    assert row("2024-02-04", **WEEKS) == {
        "day": "2024-02-04", "epoch_day": 19757, "week_start": "2024-02-04", "month_start": "2024-02-04",
        "quarter_start": "2024-02-04", "year_start": "2024-02-04", "fiscal_quarter": 1, "fiscal_year": 2025,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "starts"),
    [
        ("4-4-5", ["2024-02-04", "2024-03-03", "2024-03-31", "2024-05-05"]),
        ("4-5-4", ["2024-02-04", "2024-03-03", "2024-04-07", "2024-05-05"]),
        ("5-4-4", ["2024-02-04", "2024-03-10", "2024-04-07", "2024-05-05"]),
    ],
)
def test_periods_follow_the_pattern(kind: str, starts: list[str]) -> None:
    fiscal = FiscalCalendar(ReportSettings(**{**WEEKS, "calendar": kind, "fiscal_year_named_by": "start"}))
    assert [window[0] for m in range(1, 5) if (window := fiscal.month_window(2024, m))] == starts


def test_days_outside_declared_years_have_no_fiscal_columns() -> None:
    outside = row("2026-02-01", **WEEKS)  # the last declared year has 52 weeks
    assert outside["epoch_day"] == 20485 and outside["week_start"] == "2026-02-01"
    assert {outside[c] for c in ("month_start", "quarter_start", "year_start", "fiscal_quarter", "fiscal_year")} == {
        None
    }
    assert row("2026-01-31", **WEEKS)["fiscal_year"] == 2026
    assert FiscalCalendar(ReportSettings(**WEEKS)).year_named(2027) is None


def test_two_years_never_share_a_name() -> None:
    days = ["2021-01-03", "2022-01-02", "2023-01-01", "2023-12-31"]
    for named_by in ("start", "end"):
        fiscal = FiscalCalendar(ReportSettings(calendar="4-4-5", fiscal_year_days=days, fiscal_year_named_by=named_by))
        assert [y.name for d in days if (y := fiscal.year_of(ordinal(d)))] == [2021, 2022, 2023, 2024]


def test_c04_an_instant_near_the_period_edge_falls_on_its_local_day() -> None:
    report = ReportSettings(timezone="America/New_York")
    day = day_of("2025-04-01T03:30:00Z", report.zone)
    assert day == "2025-03-31"
    assert row(day)["fiscal_quarter"] == 1


def test_rows_cover_every_day_once() -> None:
    rows = list(calendar_rows("2023-12-25", "2025-01-05", ReportSettings()))
    assert [r[1] for r in rows] == list(range(rows[0][1], rows[0][1] + 378))
    assert all(date.fromisoformat(r[0]).toordinal() - r[1] == 719_163 for r in rows)

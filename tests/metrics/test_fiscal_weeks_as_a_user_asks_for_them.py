"""Fiscal years of whole weeks, one of them with a 53rd week, asked for through the command line."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli import app
from tests.metrics.command_line import CommandWorld

#: the fiscal years 2023, 2024 (of 53 weeks), 2025 and 2026
DAYS = ["2022-01-30", "2023-01-29", "2024-02-04", "2025-02-02"]
WEEK = timedelta(weeks=1)
BEGIN = date(2023, 1, 29)


def world_of(folder: Path, calendar: str) -> CommandWorld:
    """A deal won on the first and on the last day of every week from 2022 to 2026."""
    world = CommandWorld(folder, calendar=calendar, fiscal_year_days=DAYS)
    first = date(2022, 1, 23)
    for week in range(212):
        for into in (0, 6):
            day = (first + week * WEEK + timedelta(days=into)).isoformat()
            world.deal(f"W{week}-{into}", "won", close_on=day, created_on=day, amount_minor=100)
    world.derive()
    return world


def asked(world: CommandWorld, **how: Any) -> tuple[str, str, int]:
    answer = world.ask("win_rate", **how)
    return answer.params["from"], answer.params["to"], answer.rows[0]["won"] / 2


@pytest.mark.parametrize("calendar", ["4-4-5", "4-5-4", "5-4-4"])
def test_years_quarters_and_periods_are_whole_weeks(tmp_path: Path, calendar: str) -> None:
    world = world_of(tmp_path, calendar)
    pattern = [int(weeks) for weeks in calendar.split("-")] * 4
    pattern[11] += 1  # the 53rd week
    starts = [sum(pattern[:period]) for period in range(13)]
    spans = {"2024": (0, 12), **{f"2024Q{q}": (3 * q - 3, 3 * q) for q in (1, 4)}}
    spans |= {f"2024-{period:02d}": (period - 1, period) for period in (1, 2, 3, 12)}
    for period, (first, after) in spans.items():
        begins, ends = (BEGIN + starts[at] * WEEK for at in (first, after))
        last = (ends - timedelta(days=1)).isoformat()
        assert asked(world, period=period) == (begins.isoformat(), last, starts[after] - starts[first]), period
    assert asked(world, as_of="2024-02-03") == ("2023-01-29", "2024-02-03", 53)
    assert asked(world, as_of="2024-02-04")[:2] == ("2024-02-04", "2025-02-01")
    assert asked(world, period="2025-12")[1] == "2025-02-01"


def test_a_day_outside_the_declared_years_is_told(tmp_path: Path) -> None:
    world = world_of(tmp_path, "4-4-5")
    command = ["--config", str(tmp_path / "crossfunnel.toml"), "metrics", "win_rate"]
    for flags, sentence in (
        (("--as-of", "2026-02-01"), "The day 2026-02-01 lies in no declared fiscal year (declared: 2023, 2024, 2025, 2026)."),
        (("--as-of", "2026-01-31", "--period", "2027"), "--period 2027: the calendar has no such year (declared: "),
        (("--as-of", "2026-01-31", "--period", "2022Q1"), "--period 2022Q1: the calendar has no such year (declared: "),
    ):  # fmt: skip
        ended = CliRunner().invoke(app, [*command, *flags])
        assert ended.exit_code == 2
        assert sentence in ended.output and "hint: " in ended.output, ended.output
    assert asked(world, as_of="2026-02-14", window=("2026-02-01", "2026-02-14")) == ("2026-02-01", "2026-02-14", 2)
    assert asked(world, as_of="2026-01-31")[:2] == ("2025-02-02", "2026-01-31")

"""Real input: a Developer org's data export, served by the sandbox, synced, and its figures checked by hand count."""

from __future__ import annotations

from pathlib import Path

import pytest
from workplace import Workplace

from connector import sandbox

EXPORT = Path(__file__).resolve().parents[3] / "shared" / "samples" / "salesforce_export"

pytestmark = pytest.mark.skipif(not EXPORT.is_dir(), reason="the recorded export is not beside this checkout")


@pytest.fixture
def synced(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> Workplace:
    with sandbox.start(export=EXPORT) as box:
        for name, value in box.environment.items():
            monkeypatch.setenv(name, value)
        place.configure(box.config_text())
        outcome = place.sync()
        assert outcome.code == 0, outcome.err
    return place


def test_deals_and_their_amounts(synced: Workplace) -> None:
    found = synced.rows("SELECT status, count(*), sum(amount_minor) FROM opportunity GROUP BY status ORDER BY status")
    counts = {status: (count, total) for status, count, total in found}
    assert sum(count for count, _ in counts.values()) == 36
    assert counts["won"] == (12, 281_500_000)
    assert counts["lost"][0] == 8
    assert counts["open"] == (16, 211_500_000)


def test_leads_and_conversions(synced: Workplace) -> None:
    assert synced.rows("SELECT count(*), sum(status = 'qualified') FROM lead") == [(22, 5)]


def test_deals_born_closed_are_in_no_row_and_counted(synced: Workplace) -> None:
    answer = synced.run("metrics", "funnel", "--from", "2026-01-01", "--to", "2026-12-31", "--format", "json").json
    assert any(note.startswith("18 deals of the cohort born closed") for note in answer["notes"]), answer["notes"]
    won = next(row for row in answer["rows"] if row["stage"] == "won")
    assert won["entered"] == 0
    # all 20 closed deals but the two that were seen open first
    assert sum(row["lost"] or 0 for row in answer["rows"] if row["stage"] not in ("lead", "won")) == 2


def test_wins_count_for_quota_on_their_close_day(synced: Workplace) -> None:
    rows = synced.run("metrics", "quota", "--by", "total", "--period", "2024", "--format", "json").json["rows"]
    assert [(row["won_minor"], row["won_count"], row["quota_minor"]) for row in rows] == [(281_500_000, 12, 0)]

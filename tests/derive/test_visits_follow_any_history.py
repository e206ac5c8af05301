"""Visits, the last open stage and the closing instant of any history equal what a plain reading of it gives."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import FUNNEL, finish, put_deal, put_event, put_standard_stages, store, the_deal, visits

VALUES = [
    "Prospecting",
    "Qualification",
    "Needs Analysis",
    "Value Proposition",
    "Negotiation/Review",
    "Odd Stage",
    "Closed Won",
    "Closed Lost",
    "Signed",
]
CLOSED = {"Closed Won": "won", "Signed": "won", "Closed Lost": "lost"}

moments = st.integers(1, 9).map(lambda day: f"2026-03-0{day}T08:00:00Z")
histories = st.lists(st.tuples(moments, st.integers(0, 2) | st.none(), st.sampled_from(VALUES)), max_size=8)


def reading(events: list[tuple[str, int | None, str]], status: str) -> dict[str, Any]:
    """The independent oracle: runs of one meaning, closed runs cut out."""
    numbered = [(at, seq or 0, place, value) for place, (at, seq, value) in enumerate(events)]

    def meaning(event: tuple[str, int, int, str]) -> str:
        value = event[3]
        claimed = FUNNEL.claims["salesforce"].get(value.casefold())
        return f"closed {CLOSED[value]}" if value in CLOSED else f"in {claimed or 'odd: ' + value}"

    runs = [(name, list(run)) for name, run in groupby(sorted(numbered), key=meaning)]
    told = []
    for place, (name, run) in enumerate(runs):
        if name.startswith("in "):
            stage = None if "odd" in name else name[3:]
            left = runs[place + 1][1][0][0] if place + 1 < len(runs) else None
            told.append((stage, run[0][0], left, "recorded"))
    closings = [run[0][0] for name, run in runs if name.startswith("closed")]
    open_values = [event[3] for event in sorted(numbered) if event[3] not in CLOSED]
    return {
        "visits": told,
        "closed_at": closings[-1] if closings and status != "open" else None,
        "last": open_values[-1] if open_values else None,
    }


@settings(max_examples=150, deadline=None)
@given(events=histories, status=st.sampled_from(["open", "won", "lost"]))
def test_visits_of_any_history_are_its_runs_of_one_stage(
    events: list[tuple[str, int | None, str]], status: str
) -> None:
    crm_stage = {"open": "Prospecting", "won": "Closed Won", "lost": "Closed Lost"}[status]
    with store() as conn:
        put_standard_stages(conn)
        deal = put_deal(conn, "d", status=status, crm_stage=crm_stage)
        for place, (at, seq, value) in enumerate(events):
            put_event(conn, deal, f"e{place}", at, value, seq=seq)
        finish(conn)
        expected = reading(events, status)
        last = expected["last"] if status != "open" else crm_stage
        if not events:
            expected["visits"] = [("qualify", None, None, "current_only")] if status == "open" else []
        assert visits(conn, deal) == expected["visits"]
        assert the_deal(conn, deal, "closed_at", "source_stage") == (expected["closed_at"], last)


def test_rows_that_change_no_stage_are_no_visits() -> None:
    with store() as conn:
        put_standard_stages(conn)
        deal = put_deal(conn, "d", crm_stage="Needs Analysis")
        for day, stage in ((1, "Prospecting"), (3, "Prospecting"), (5, "Qualification"), (8, "Needs Analysis")):
            put_event(conn, deal, f"e{day}", f"2026-01-0{day}T00:00:00Z", stage)
        finish(conn)
        assert visits(conn, deal) == [
            ("qualify", "2026-01-01T00:00:00Z", "2026-01-08T00:00:00Z", "recorded"),
            ("develop", "2026-01-08T00:00:00Z", None, "recorded"),
        ]


def test_a_reopened_deal_begins_a_new_visit() -> None:
    with store() as conn:
        put_standard_stages(conn)
        deal = put_deal(conn, "d", crm_stage="Closed Lost", status="lost")
        for day, stage in (
            (1, "Prospecting"),
            (2, "Signed"),
            (3, "Prospecting"),
            (4, "Closed Lost"),
            (5, "Closed Lost"),
        ):
            put_event(conn, deal, f"e{day}", f"2026-01-0{day}T00:00:00Z", stage)
        finish(conn)
        assert visits(conn, deal) == [
            ("qualify", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "recorded"),
            ("qualify", "2026-01-03T00:00:00Z", "2026-01-04T00:00:00Z", "recorded"),
        ]
        # the second row of the closing was a change of the amount
        assert the_deal(conn, deal, "closed_at", "stage") == ("2026-01-04T00:00:00Z", "qualify")


def test_a_deal_born_closed_has_no_stage_and_no_visit() -> None:
    with store() as conn:
        put_standard_stages(conn)
        told = put_deal(conn, "told", crm_stage="Closed Won", status="won")
        put_event(conn, told, "e", "2026-01-01T00:00:00Z", "Closed Won")
        untold = put_deal(conn, "untold", crm_stage="Signed", status="won")
        finish(conn)
        for deal, closed_at in ((told, "2026-01-01T00:00:00Z"), (untold, None)):
            assert visits(conn, deal) == []
            assert the_deal(conn, deal, "stage", "source_stage", "closed_at") == (None, None, closed_at)


def test_a_value_that_nobody_explains_closes_the_deal_that_stands_in_it() -> None:
    with store() as conn:
        deal = put_deal(conn, "d", crm_stage="Vertrag da", status="won")
        put_event(conn, deal, "e1", "2026-01-01T00:00:00Z", "Prospecting")
        put_event(conn, deal, "e2", "2026-01-05T00:00:00Z", "Vertrag da")
        finish(conn)
        assert visits(conn, deal) == [("qualify", "2026-01-01T00:00:00Z", "2026-01-05T00:00:00Z", "recorded")]
        assert the_deal(conn, deal, "closed_at") == ("2026-01-05T00:00:00Z",)


def test_the_history_that_goes_with_a_deleted_deal_is_kept_for_it() -> None:
    with store() as conn:
        put_standard_stages(conn)
        deal = put_deal(conn, "d", crm_stage="Prospecting", is_deleted=1)
        put_event(conn, deal, "e", "2026-01-01T00:00:00Z", "Prospecting", is_deleted=1)
        live = put_deal(conn, "live", crm_stage="Prospecting")
        put_event(conn, live, "gone", "2026-01-01T00:00:00Z", "Needs Analysis", is_deleted=1)
        put_event(conn, live, "kept", "2026-01-02T00:00:00Z", "Prospecting")
        finish(conn)
        assert visits(conn, deal) == [("qualify", "2026-01-01T00:00:00Z", None, "recorded")]
        assert visits(conn, live) == [("qualify", "2026-01-02T00:00:00Z", None, "recorded")]

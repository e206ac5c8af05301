"""Dynamics: undated paths, active process stages, closing facts, several processes, categories."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection
from worlds import finish, put, put_deal, put_event, rows, store, the_deal, visits


def put_stage(conn: Connection, own: str, name: str, category: int) -> None:
    put(
        conn, "source_stage", id=f"contoso:{own}", source="contoso", source_id=own, source_object="processstage",
        value=name, name=name, position=category,
    )  # fmt: skip


def put_path(conn: Connection, deal: str, *stages: str, instance: str = "bpf") -> None:
    for seq, stage in enumerate(stages):
        put_event(
            conn,
            deal,
            f"{instance}:s{seq}",
            None,
            stage,
            seq=seq,
            evidence="path",
            source_object="opportunitysalesprocess",
        )


def put_process(conn: Connection, deal: str, at: str | None, stage: str, instance: str = "bpf") -> None:
    put_event(
        conn, deal, f"{instance}:active:{stage}", at, stage, evidence="process", source_object="opportunitysalesprocess"
    )


def put_close(conn: Connection, deal: str, at: str | None, status: str, own: str = "close") -> None:
    put_event(conn, deal, own, at, None, evidence="close", status=status, source_object="opportunityclose")


def a_deal(conn: Connection, **columns: Any) -> str:
    for own, name, category in (("q", "Qualifizieren", 0), ("d", "Entwickeln", 1), ("p", "Anbieten", 2)):
        put_stage(conn, own, name, category)
    return put_deal(conn, "d", source="contoso", **columns)


def test_path_stages_are_undated_visits_and_the_dated_active_stage_is_one_visit() -> None:
    with store() as conn:
        deal = a_deal(conn, crm_stage="0")
        put_path(conn, deal, "Qualifizieren", "Entwickeln", "Anbieten")
        put_process(conn, deal, "2026-02-01T00:00:00Z", "Anbieten")
        finish(conn)
        assert visits(conn, deal) == [
            ("qualify", None, None, "path"),
            ("develop", None, "2026-02-01T00:00:00Z", "path"),
            ("propose", "2026-02-01T00:00:00Z", None, "recorded"),
        ]
        # the active process stage, not salesstage
        assert the_deal(conn, deal, "source_stage", "stage") == ("Anbieten", "propose")


def test_without_a_process_salesstage_is_the_present_stage() -> None:
    with store() as conn:
        deal = a_deal(conn, crm_stage="2")
        finish(conn)
        assert visits(conn, deal) == [("propose", None, None, "current_only")]
        assert the_deal(conn, deal, "source_stage", "stage") == ("2", "propose")


def test_a_closed_deal_keeps_the_last_stage_of_its_path() -> None:
    with store() as conn:
        deal = a_deal(conn, crm_stage="0", status="won")
        put_path(conn, deal, "Qualifizieren", "Entwickeln")
        put_close(conn, deal, "2026-03-01T00:00:00Z", "won")
        finish(conn)
        assert visits(conn, deal) == [
            ("qualify", None, None, "path"),
            ("develop", None, "2026-03-01T00:00:00Z", "path"),
        ]
        assert the_deal(conn, deal, "stage", "closed_at") == ("develop", "2026-03-01T00:00:00Z")


def test_a_process_stage_dated_after_the_day_of_the_close_reopens_nothing() -> None:
    with store() as conn:
        deal = a_deal(conn, crm_stage="1", status="lost")
        put_close(conn, deal, "2026-03-01T00:00:00Z", "lost")
        put_process(conn, deal, "2026-03-01T09:00:00Z", "Entwickeln")
        finish(conn)
        assert visits(conn, deal) == [("develop", "2026-03-01T09:00:00Z", "2026-03-01T09:00:00Z", "recorded")]
        assert the_deal(conn, deal, "closed_at", "stage") == ("2026-03-01T00:00:00Z", "develop")


def test_a_deal_reopened_without_a_word_stands_in_its_present_stage() -> None:
    with store() as conn:
        deal = a_deal(conn, crm_stage="2", status="open")
        put_process(conn, deal, "2026-02-01T00:00:00Z", "Entwickeln")
        put_close(conn, deal, "2026-03-01T00:00:00Z", "lost")
        finish(conn)
        assert visits(conn, deal) == [
            ("develop", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z", "recorded"),
            ("develop", None, None, "current_only"),
        ]
        assert the_deal(conn, deal, "closed_at") == (None,)


def test_only_a_close_is_known_born_closed() -> None:
    with store() as conn:
        deal = a_deal(conn, crm_stage="2", status="won")
        put_close(conn, deal, "2026-03-01T00:00:00Z", "won")
        finish(conn)
        assert visits(conn, deal) == []
        assert the_deal(conn, deal, "stage", "closed_at") == ("propose", "2026-03-01T00:00:00Z")


def test_a_closed_deal_without_any_event_keeps_the_salesstage_it_closed_in() -> None:
    with store() as conn:
        deal = a_deal(conn, crm_stage="2", status="lost", source_stage="0")
        finish(conn)
        assert visits(conn, deal) == []
        assert the_deal(conn, deal, "source_stage", "stage") == ("2", "propose")


def test_one_name_in_processes_of_different_categories_is_ambiguous_and_drifts() -> None:
    with store() as conn:
        put_stage(conn, "one", "Prüfen", 0)
        put_stage(conn, "two", "Prüfen", 2)
        put_stage(conn, "three", "Einigen", 3)
        put_stage(conn, "four", "Einigen", 3)
        unclear = put_deal(conn, "u", source="contoso", crm_stage=None)
        put_process(conn, unclear, "2026-02-01T00:00:00Z", "Prüfen")
        clear = put_deal(conn, "c", source="contoso", crm_stage=None)
        put_process(conn, clear, "2026-02-01T00:00:00Z", "Einigen", instance="other")
        finish(conn)
        assert the_deal(conn, unclear, "source_stage", "stage") == ("Prüfen", None)
        assert the_deal(conn, clear, "source_stage", "stage") == ("Einigen", "close")
        assert rows(conn, "SELECT source, value, count FROM drift") == [("contoso", "Prüfen", 1)]
        assert dict(rows(conn, "SELECT source_id, stage FROM source_stage")) == {
            "one": "qualify", "two": "propose", "three": "close", "four": "close",
        }  # fmt: skip


def test_paths_of_two_processes_stay_apart() -> None:
    with store() as conn:
        deal = a_deal(conn, crm_stage=None, status="won")
        put_path(conn, deal, "Qualifizieren", "Entwickeln", instance="a")
        put_path(conn, deal, "Entwickeln", "Anbieten", instance="b")
        finish(conn)
        assert [visit[0] for visit in visits(conn, deal)] == ["qualify", "develop", "propose"]

"""Where pipelines have funnels of their own, a deal's stage values fall into the stages of its pipeline, and no other's."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection
from worlds import (
    NOW,
    context,
    derived,
    finish,
    put,
    put_deal,
    put_event,
    put_standard_stages,
    rows,
    store,
    the_deal,
    visits,
)

from connector.mapping.funnel import Funnel, Stage
from connector.store.load import load
from connector.store.pending import mark_pending
from connector.sync.derive import Deriver

RENEWAL = Funnel(
    tuple(Stage(key, key.title(), place) for place, key in enumerate(("notice", "propose", "terms"), 1)),
    {
        "salesforce": {"prospecting": "notice", "proposal/price quote": "propose", "won": "terms"},
        "dynamics": {0: "notice"},
    },
    "Renewal",
)
PIPELINES = {"renewal": RENEWAL}


def stages(conn: Connection, deal: str) -> list[str | None]:
    return [visit[0] for visit in visits(conn, deal)]


def put_pair(conn: Connection, own: str, *history: str, **columns: Any) -> tuple[str, str]:
    """The same deal twice: without a pipeline of its own, and as a renewal."""
    found = []
    for suffix, pipeline in (("", "default"), ("R", " renewal")):
        deal = put_deal(conn, own + suffix, crm_stage=history[-1], pipeline=pipeline, **columns)
        for place, value in enumerate(history):
            put_event(conn, deal, f"{own}{suffix}:{place}", f"2026-01-0{place + 1}T00:00:00Z", value)
        found.append(deal)
    return found[0], found[1]


def test_the_same_history_is_told_by_the_stages_of_each_pipeline() -> None:
    with store() as conn:
        put_standard_stages(conn)
        plain, renewal = put_pair(
            conn, "d", "Prospecting", "Needs Analysis", "Proposal/Price Quote", "Closed Won", status="won"
        )
        finish(conn, pipelines=PIPELINES)
        assert stages(conn, plain) == ["qualify", "develop", "propose"]
        assert stages(conn, renewal) == ["notice", None, "propose"]
        assert [the_deal(conn, deal, "stage") for deal in (plain, renewal)] == [("propose",), ("propose",)]


def test_a_deal_without_events_stands_in_the_stage_of_its_pipeline() -> None:
    with store() as conn:
        plain, renewal = (
            put_deal(conn, "d", crm_stage="Prospecting"),
            put_deal(conn, "r", crm_stage="Prospecting", pipeline="RENEWAL"),
        )
        word = put_deal(conn, "w", crm_stage="Won", pipeline="renewal")
        put(conn, "opportunity", id="acme:hand", source="acme", pipeline="renewal", source_stage="Prospecting")
        finish(conn, pipelines=PIPELINES)
        assert [stages(conn, deal) for deal in (plain, renewal, word)] == [["qualify"], ["notice"], ["terms"]]
        assert the_deal(conn, "acme:hand", "stage") == ("notice",)


def test_another_pipeline_or_another_file_moves_the_stages_without_reading_again() -> None:
    with store() as conn:
        plain, renewal = put_pair(conn, "d", "Prospecting")
        quiet = put_deal(conn, "q", crm_stage="Prospecting", pipeline="renewal")
        finish(conn)
        assert [stages(conn, deal) for deal in (plain, renewal, quiet)] == [["qualify"], ["qualify"], ["qualify"]]
        finish(conn, pipelines=PIPELINES)
        assert [stages(conn, deal) for deal in (plain, renewal, quiet)] == [["qualify"], ["notice"], ["notice"]]
        conn.exec_driver_sql("UPDATE opportunity SET pipeline = 'default' WHERE id IN (?, ?)", (renewal, quiet))
        mark_pending(conn, [renewal, quiet])
        finish(conn, pipelines=PIPELINES)
        assert [stages(conn, deal) for deal in (renewal, quiet)] == [["qualify"], ["qualify"]]


def test_a_changed_declaration_moves_the_deals_of_every_pipeline() -> None:
    with store() as conn:
        put_standard_stages(conn)
        renewal = put_pair(conn, "d", "Prospecting")[1]
        finish(conn, pipelines=PIPELINES)
        conn.exec_driver_sql("UPDATE source_stage SET is_closed = 1 WHERE value = 'Prospecting'")
        finish(conn, pipelines=PIPELINES)
        assert stages(conn, renewal) == []
        # nothing is due a second time
        before = rows(conn, "SELECT value FROM store_setting WHERE name = 'derive.stages'")
        finish(conn, pipelines=PIPELINES)
        assert rows(conn, "SELECT value FROM store_setting WHERE name = 'derive.stages'") == before


def test_a_store_that_knew_one_funnel_only_is_derived_on() -> None:
    with store() as conn:
        put_standard_stages(conn)
        deal = put_pair(conn, "d", "Prospecting")[0]
        finish(conn)
        conn.exec_driver_sql(
            "UPDATE store_setting SET value = '[[\"acme\", \"Prospecting\", null, null]]' WHERE name = 'derive.stages'"
        )
        finish(conn, pipelines=PIPELINES)
        assert stages(conn, deal) == ["qualify"]


def test_drift_tells_in_which_pipeline_a_value_is_nobodys() -> None:
    with store() as conn:
        put_pair(conn, "d", "Needs Analysis")
        put_pair(conn, "e", "Odd")
        finish(conn, pipelines=PIPELINES)
        drift = "SELECT field, value, count FROM drift ORDER BY field, value"
        assert rows(conn, drift) == [
            ("source_stage", "Odd", 1),
            ("source_stage in pipeline Renewal", "Needs Analysis", 1),
            ("source_stage in pipeline Renewal", "Odd", 1),
        ]
        finish(conn)
        assert rows(conn, drift) == [("source_stage", "Odd", 2)]


def test_a_declared_value_shows_the_default_stage_or_else_the_one_that_has_it() -> None:
    with store() as conn:
        for place, value in enumerate(("Prospecting", "Notice Sent", "Odd")):
            put(conn, "source_stage", id=f"acme:{place}", source="acme", value=value, position=place)
        own = Funnel(RENEWAL.stages, {"salesforce": {"notice sent": "notice", "prospecting": "terms"}}, "renewal")
        finish(conn, pipelines={"renewal": own})
        assert rows(conn, "SELECT value, stage FROM source_stage ORDER BY id") == [
            ("Prospecting", "qualify"), ("Notice Sent", "notice"), ("Odd", None),
        ]  # fmt: skip


def test_a_move_seen_by_our_own_syncs_is_one_between_the_stages_of_the_pipeline() -> None:
    columns = (
        "id",
        "source",
        "source_id",
        "source_object",
        "is_deleted",
        "source_modified_at",
        "source_stage",
        "status",
        "pipeline",
    )
    with store() as conn:
        for day, value in ((1, "Prospecting"), (5, "Won")):
            row = ("acme:d", "acme", "d", "Opportunity", 0, f"2026-03-0{day}T00:00:00Z", value, "open", "Renewal")
            load(conn, "opportunity", columns, [row], synced_at=f"2026-04-0{day}T00:00:00Z", fresh=False)
            mark_pending(conn, ["acme:d"])
            finish(conn, pipelines=PIPELINES)
        assert stages(conn, "acme:d") == ["notice", "terms"]


def test_a_first_load_ends_as_rows_that_are_derived_later() -> None:
    columns = (
        "id",
        "source",
        "source_id",
        "source_object",
        "is_deleted",
        "source_stage",
        "status",
        "pipeline",
        "synced_at",
    )
    page = [
        (f"acme:{own}", "acme", own, "Opportunity", 0, value, status, pipeline, NOW)
        for own, value, status, pipeline in (
            ("a", "Prospecting", "open", "default"), ("b", "Prospecting", "open", "Renewal"),
            ("c", "Won", "open", "renewal"), ("d", "Won", "won", None), ("e", "Odd", "open", "renewal"),
        )
    ]  # fmt: skip
    found = []
    for at_once in (True, False):
        with store() as conn:
            deriver = Deriver(context(pipelines=PIPELINES))
            if at_once:
                deriver.begin(conn)
                named, enriched = deriver.enrich(conn, "opportunity", columns, page)
                for row in enriched:
                    put(conn, "opportunity", **dict(zip(named, row, strict=True)))
                assert deriver.settle(conn, named, enriched)
            else:
                for row in page:
                    known = dict(zip(columns, row, strict=True))
                    put(conn, "opportunity", **known, crm_stage=known["source_stage"])
                mark_pending(conn, [row[0] for row in page])
            deriver.finish(conn)
            found.append(derived(conn))
    assert found[0] == found[1]
    assert {row[0]: row[2] for row in found[0]["opportunity"]} == {
        "acme:a": "qualify", "acme:b": "notice", "acme:c": "terms", "acme:d": None, "acme:e": None,
    }  # fmt: skip

"""Rows that a person inserts in the documented columns alone are completed; what they say is left alone."""

from __future__ import annotations

from worlds import finish, put, rows, store, the_deal, visits


def test_visits_and_stage_given_by_hand_stay() -> None:
    with store() as conn:
        put(conn, "opportunity", id="acme:1", source="acme", status="won", stage="propose", source_stage="Mine",
            closed_at="2026-01-05T00:00:00Z", created_at="2026-01-01T10:00:00Z")  # fmt: skip
        put(conn, "stage_visit", opportunity_id="acme:1", ordinal=1, stage="propose", coverage="recorded",
            entered_at="2026-01-02T10:00:00Z")  # fmt: skip
        finish(conn)
        assert visits(conn, "acme:1") == [("propose", "2026-01-02T10:00:00Z", None, "recorded")]
        assert the_deal(conn, "acme:1", "stage", "source_stage", "closed_at", "created_on") == (
            "propose", "Mine", "2026-01-05T00:00:00Z", "2026-01-01",
        )  # fmt: skip
        assert rows(conn, "SELECT entered_on FROM stage_visit") == [("2026-01-02",)]


def test_events_put_in_by_hand_make_visits() -> None:
    with store() as conn:
        put(
            conn, "opportunity", id="acme:1", source="acme", status="won", stage=None, source_stage="Negotiation/Review"
        )
        for day, value in ((1, "Prospecting"), (4, "Closed Won")):
            put(conn, "stage_event", id=f"acme:e{day}", source="acme", opportunity_id="acme:1", source_stage=value,
                occurred_at=f"2026-01-0{day}T23:00:00Z", seq=day, evidence="history")  # fmt: skip
        finish(conn)
        assert visits(conn, "acme:1") == [("qualify", "2026-01-01T23:00:00Z", "2026-01-04T23:00:00Z", "recorded")]
        assert the_deal(conn, "acme:1", "stage", "source_stage", "closed_at") == (
            "close", "Negotiation/Review", "2026-01-04T23:00:00Z",
        )  # fmt: skip
        assert rows(conn, "SELECT status, occurred_on FROM stage_event ORDER BY id") == [
            ("open", "2026-01-01"), ("won", "2026-01-04"),
        ]  # fmt: skip


def test_rows_added_later_are_noticed() -> None:
    with store() as conn:
        finish(conn)
        put(conn, "opportunity", id="acme:1", source="acme", status="open", amount_minor=500, currency="USD")
        put(conn, "stage_event", id="acme:e", source="acme", opportunity_id="acme:1", source_stage="Prospecting",
            occurred_at="2026-01-01T00:00:00Z")  # fmt: skip
        finish(conn)
        assert the_deal(conn, "acme:1", "base_minor") == (500,)
        assert len(visits(conn, "acme:1")) == 1
        put(conn, "stage_event", id="acme:f", source="acme", opportunity_id="acme:1", source_stage="Needs Analysis",
            occurred_at="2026-01-02T00:00:00Z")  # fmt: skip
        finish(conn)
        assert [visit[0] for visit in visits(conn, "acme:1")] == ["qualify", "develop"]


def test_a_person_chosen_by_hand_stays_and_a_missing_one_is_found() -> None:
    with store() as conn:
        put(conn, "person", id="p1", name="Ada", email="ada@acme.test")
        put(conn, "person", id="person:ada", name="Ada", email="ada@acme.test")
        put(conn, "crm_user", id="acme:u1", source="acme", email="ada@acme.test", person_id="p1", team_id="acme:t")
        put(conn, "crm_user", id="acme:u2", source="acme", email="ada@acme.test", person_id="person:ada")
        put(conn, "crm_user", id="acme:u3", source="acme", email="bob@acme.test", name="Bob")
        put(conn, "quota", id="acme:q1", source="acme", owner_id="acme:u3", amount_minor=1)
        put(conn, "quota", id="acme:q2", source="acme", owner_id="acme:u3", person_id="p1", amount_minor=1)
        put(conn, "membership", crm_user_id="acme:u2", team_id="acme:old", valid_to="2026-01-01")
        finish(conn)
        users = dict(rows(conn, "SELECT id, person_id FROM crm_user"))
        assert (users["acme:u1"], users["acme:u2"]) == ("p1", "person:ada")
        assert rows(conn, "SELECT name FROM person WHERE id = ?", users["acme:u3"]) == [("Bob",)]
        assert dict(rows(conn, "SELECT id, person_id FROM quota")) == {"acme:q1": users["acme:u3"], "acme:q2": "p1"}
        assert sorted(rows(conn, "SELECT crm_user_id, team_id, valid_from, valid_to FROM membership")) == [
            ("acme:u1", "acme:t", None, None), ("acme:u2", "acme:old", None, "2026-01-01"),
        ]  # fmt: skip

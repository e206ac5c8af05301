"""Computed rows that a later sync replaces are kept with the time they were known: memberships, persons, seen moves."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection
from worlds import context, put_event, rows, store

from connector.mapping.people import People
from connector.store.load import load
from connector.store.pending import mark_pending
from connector.sync.derive import Deriver

USER = ("id", "source", "source_id", "source_object", "is_deleted", "source_modified_at", "name", "email", "team_id")
DEAL = ("id", "source", "source_id", "source_object", "is_deleted", "source_modified_at", "source_stage", "status")


def at(day: int) -> str:
    return f"2026-04-{day:02}T00:00:00Z"


def see_user(conn: Connection, day: int, *, team: str | None = "acme:t1", **changes: Any) -> None:
    """What one sync loads of the one user."""
    given = {"name": "Ada", "email": "ada@acme.test", **changes}
    row = ("acme:u", "acme", "u", "User", 0, at(day), given["name"], given["email"], team)
    load(conn, "crm_user", USER, [row], synced_at=at(day), fresh=False)
    Deriver(context(now=at(day))).finish(conn)


def see_deal(conn: Connection, day: int, stage: str) -> None:
    row = ("contoso:d", "contoso", "d", "opportunity", 0, at(day), stage, "open")
    load(conn, "opportunity", DEAL, [row], synced_at=at(day), fresh=False)
    mark_pending(conn, ["contoso:d"])
    Deriver(context(now=at(day))).finish(conn)


def test_a_move_keeps_the_membership_that_it_ends() -> None:
    with store() as conn:
        for day, team in ((1, "acme:t1"), (5, "acme:t2"), (9, "acme:t3")):
            see_user(conn, day, team=team)
        kept = rows(conn, "SELECT id, known_from, known_to, team_id, valid_to FROM membership_version ORDER BY 3, 1")
        assert kept == [
            ("acme:u@", None, at(5), "acme:t1", None),
            ("acme:u@2026-04-05", at(5), at(9), "acme:t2", None),
        ]
        assert rows(conn, "SELECT id, synced_at, valid_to FROM membership ORDER BY id") == [
            ("acme:u@", at(5), "2026-04-05"),
            ("acme:u@2026-04-05", at(9), "2026-04-09"),
            ("acme:u@2026-04-09", at(9), None),
        ]


def test_a_second_move_on_one_day_keeps_the_membership_that_goes() -> None:
    with store() as conn:
        see_user(conn, 1)
        see_user(conn, 5, team="acme:t2")
        row = ("acme:u", "acme", "u", "User", 0, "2026-04-05T09:00:00Z", "Ada", "ada@acme.test", "acme:t3")
        load(conn, "crm_user", USER, [row], synced_at="2026-04-05T10:00:00Z", fresh=False)
        Deriver(context(now="2026-04-05T10:00:00Z")).finish(conn)
        kept = rows(conn, "SELECT team_id, known_from, known_to FROM membership_version WHERE id LIKE '%@2026%'")
        assert kept == [("acme:t2", at(5), "2026-04-05T10:00:00Z")]


def test_a_first_team_that_came_after_its_user_was_not_known_before() -> None:
    with store() as conn:
        see_user(conn, 1, team=None)
        see_user(conn, 5)
        assert rows(conn, "SELECT id, synced_at FROM membership") == [("acme:u@", at(5))]


def test_another_name_and_another_address_keep_the_person_that_was() -> None:
    with store() as conn:
        see_user(conn, 1)
        see_user(conn, 5, name="Ada King")
        see_user(conn, 9, name="Ada King", email="king@acme.test")
        kept = rows(conn, "SELECT name, email, known_from, known_to FROM person_version ORDER BY known_to")
        assert kept == [
            ("Ada", "ada@acme.test", None, at(5)),
            ("Ada King", "ada@acme.test", at(5), at(9)),
        ]
        assert rows(conn, "SELECT name, email, synced_at FROM person") == [("Ada King", "king@acme.test", None)]


def test_a_move_that_we_saw_was_known_since_the_sync_that_saw_it() -> None:
    with store() as conn:
        see_deal(conn, 1, "0")
        see_deal(conn, 5, "2")
        see_deal(conn, 9, "3")
        seen = rows(conn, "SELECT source_stage, occurred_at, synced_at FROM stage_event ORDER BY occurred_at")
        assert seen == [("0", None, at(5)), ("2", at(5), at(5)), ("3", at(9), at(9))]


def test_what_was_seen_stays_known_once_the_source_tells_better() -> None:
    with store() as conn:
        see_deal(conn, 1, "0")
        see_deal(conn, 5, "2")
        put_event(conn, "contoso:d", "h1", at(4), "2", evidence="audit")
        mark_pending(conn, ["contoso:d"])
        Deriver(context(now=at(9), people=People())).finish(conn)
        assert rows(conn, "SELECT count(*) FROM stage_event WHERE evidence = 'observed'") == [(0,)]
        kept = rows(conn, "SELECT source_stage, known_from, known_to FROM stage_event_version ORDER BY version_id")
        assert sorted(kept) == [("0", at(5), at(9)), ("2", at(5), at(9))]

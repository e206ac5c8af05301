"""People and teams: who is one person, what they are called, and which team they belonged to when."""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import Connection
from worlds import finish, put, rows, store

from connector.mapping.people import People


def put_user(conn: Connection, own: str, email: str | None, *, source: str = "acme", **columns: Any) -> str:
    user = f"{source}:{own}"
    put(conn, "crm_user", id=user, source=source, source_id=own, source_object="User", email=email, **columns)
    return user


def person_of(conn: Connection, user: str) -> tuple[Any, ...]:
    query = "SELECT p.id, p.name, p.email FROM crm_user AS u JOIN person AS p ON p.id = u.person_id WHERE u.id = ?"
    return rows(conn, query, user)[0]


def test_one_address_is_one_person_named_by_the_first_source() -> None:
    with store() as conn:
        there = put_user(conn, "1", "ada@acme.test", source="contoso", name="Byron, A.")
        here = put_user(conn, "9", "  Ada@Acme.TEST.invalid ", name="Ada Byron", is_active=0)
        finish(conn)
        own = "person:" + hashlib.sha256(b"ada@acme.test").hexdigest()
        assert person_of(conn, here) == person_of(conn, there) == (own, "Ada Byron", "ada@acme.test")


def test_empty_and_shared_addresses_never_merge() -> None:
    with store() as conn:
        users = [
            put_user(conn, str(place), email, name=f"User {place}")
            for place, email in enumerate([None, "", "  ", "info@acme.test", "INFO@acme.test.invalid"])
        ]
        finish(conn, people=People(shared=frozenset({"info@acme.test"})))
        assert len({person_of(conn, user)[0] for user in users}) == len(users)


def test_overrides_merge_and_name_and_a_changed_file_is_followed() -> None:
    with store() as conn:
        users = [put_user(conn, "1", "ada@acme.test", name="A."), put_user(conn, "2", "ada@old.test", name="B.")]
        finish(conn)
        assert person_of(conn, users[0])[0] != person_of(conn, users[1])[0]
        same = People(
            {"ada@old.test": "ada@acme.test", "ada@acme.test": "ada@acme.test"}, {"ada@acme.test": "Ada Byron"}
        )
        finish(conn, people=same)
        assert person_of(conn, users[0]) == person_of(conn, users[1])
        assert rows(conn, "SELECT name FROM person") == [("Ada Byron",)]


def test_a_changed_address_leaves_no_person_behind() -> None:
    with store() as conn:
        put_user(conn, "1", "ada@acme.test")
        finish(conn)
        conn.exec_driver_sql("DELETE FROM crm_user")
        put_user(conn, "1", "ada@new.test")
        finish(conn)
        assert rows(conn, "SELECT email FROM person") == [("ada@new.test",)]


def memberships(conn: Connection, user: str) -> list[tuple[Any, ...]]:
    query = "SELECT id, team_id, valid_from, valid_to FROM membership WHERE crm_user_id = ? ORDER BY coalesce(valid_from, '')"
    return rows(conn, query, user)


def move(conn: Connection, user: str, team: str | None, at: str) -> None:
    conn.exec_driver_sql("UPDATE crm_user SET team_id = ?, source_modified_at = ? WHERE id = ?", (team, at, user))
    finish(conn)


def test_the_first_team_holds_for_the_past_and_a_move_from_its_day() -> None:
    with store() as conn:
        user = put_user(conn, "1", "ada@acme.test", team_id="acme:north", source_modified_at="2025-01-01T00:00:00Z")
        finish(conn)
        assert memberships(conn, user) == [(f"{user}@", "acme:north", None, None)]
        move(conn, user, "acme:south", "2026-03-04T10:00:00Z")
        move(conn, user, "acme:west", "2026-03-04T18:00:00Z")
        assert memberships(conn, user) == [
            (f"{user}@", "acme:north", None, "2026-03-04"),
            (f"{user}@2026-03-04", "acme:west", "2026-03-04", None),
        ]
        move(conn, user, None, "2026-05-01T00:00:00Z")
        assert memberships(conn, user)[-1] == (f"{user}@2026-03-04", "acme:west", "2026-03-04", "2026-05-01")
        move(conn, user, "acme:west", "2026-06-01T00:00:00Z")
        assert memberships(conn, user)[-1] == (f"{user}@2026-06-01", "acme:west", "2026-06-01", None)


def test_a_move_dated_before_the_last_one_leaves_no_gap_and_no_overlap() -> None:
    with store() as conn:
        user = put_user(conn, "1", "ada@acme.test", team_id="acme:north", source_modified_at="2025-01-01T00:00:00Z")
        finish(conn)
        move(conn, user, "acme:south", "2026-03-04T10:00:00Z")
        move(conn, user, "acme:west", "2026-02-01T10:00:00Z")
        assert memberships(conn, user) == [
            (f"{user}@", "acme:north", None, "2026-03-04"),
            (f"{user}@2026-03-04", "acme:west", "2026-03-04", None),
        ]

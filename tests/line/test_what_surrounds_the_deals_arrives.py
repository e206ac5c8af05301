"""Mails, calls, meetings and tasks of both orgs arrive once each, with what they are about and without what they say."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote_plus

from workplace import Workplace

from connector.sandbox import Sandbox
from connector.sandbox.business.activities import activities
from connector.sandbox.business.model import Activity
from connector.sandbox.dynamics.projection.activities import activity_guid, is_deleted, regarding
from connector.sandbox.dynamics.projection.identity import guid
from connector.sandbox.salesforce import record_id
from connector.sandbox.salesforce.seeding_activities import activity_id

ABOUT = ("opportunity_id", "lead_id", "contact_id", "account_id")
#: fields that hold what was said
BODIES = ("description", "safedescription", "htmlbody", "textbody")


def stored(place: Workplace, source: str) -> dict[str, dict[str, Any]]:
    names = ("source_id", "kind", "direction", "occurred_on", "owner_id", *ABOUT)
    found = place.rows(f"SELECT {', '.join(names)} FROM activity WHERE source = ? AND is_deleted = 0", source)
    return {str(row[0]): dict(zip(names[1:], row[1:], strict=True)) for row in found}


def done(found: Iterable[Activity]) -> list[Activity]:
    return [one for one in found if one.done]


def test_each_activity_of_salesforce_arrives_once_with_what_it_is_about(place: Workplace, box: Sandbox) -> None:
    assert place.sync("acme").code == 0
    org = {row["Id"]: row for kind in ("Task", "Event") for row in box.salesforce.edits.rows(kind)}
    truth = {activity_id(one): one for one in done(activities(box.business, "salesforce"))}
    truth = {key: one for key, one in truth.items() if not org[key]["IsDeleted"]}
    found = stored(place, "acme")
    assert found.keys() == truth.keys()
    assert any(org[key]["IsArchived"] for key in found), "the archive counts"
    assert len(org) > len(truth), "there are copies, series and plans that do not"

    def unified(kind: str, key: int | None) -> str | None:
        return None if key is None else f"acme:{record_id(kind, key)}"

    for key, one in truth.items():
        row = found[key]
        assert (row["kind"], row["owner_id"]) == (one.kind, unified("User", one.owner))
        assert row["opportunity_id"] == unified("Opportunity", one.deal)
        assert row["lead_id"] == unified("Lead", one.lead)
        assert row["contact_id"] == (unified("Contact", one.person) if one.lead is None else None)
        assert one.company is None or row["account_id"] == unified("Account", one.company)
    for column, table in zip(ABOUT, ("opportunity", "lead", "contact", "account"), strict=True):
        known = f"SELECT id FROM {table}"
        assert place.rows(f"SELECT count(*) FROM activity WHERE {column} NOT IN ({known})") == [(0,)], column
        assert any(row[column] for row in found.values()), column


def test_each_activity_of_dynamics_arrives_once_with_what_it_is_about(place: Workplace, box: Sandbox) -> None:
    assert place.sync("contoso").code == 0
    truth = {activity_guid(one): one for one in done(activities(box.business, "dynamics")) if not is_deleted(one)}
    found = stored(place, "contoso")
    assert found.keys() == truth.keys()
    addresses = dict(place.rows("SELECT source_id, counterpart_email FROM activity WHERE source = 'contoso'"))
    for key, one in truth.items():
        row, about = found[key], regarding(one)
        assert (row["kind"], row["direction"]) == (one.kind, one.direction)
        assert row["owner_id"] == f"contoso:{guid('systemuser', one.owner)}"
        told = {column: row[column] for column in ABOUT if row[column]}
        assert told == ({f"{about[0]}_id": f"contoso:{about[1]}"} if about else {})
        assert addresses[key] == one.address
    assert {column for row in found.values() for column in ABOUT if row[column]} == set(ABOUT)


def test_a_call_that_is_canceled_or_deleted_counts_no_more(place: Workplace, box: Sandbox) -> None:
    place.sync("contoso")
    canceled, gone = place.rows("SELECT source_id FROM activity WHERE source_object = 'phonecall' LIMIT 2")
    box.dynamics.organization.update("phonecall", canceled[0], statecode=2, statuscode=3)
    box.dynamics.organization.delete("phonecall", gone[0])
    outcome = place.sync("contoso")
    assert outcome.code == 0 and outcome.objects()["contoso/phonecall"]["deleted"] == 2
    assert not stored(place, "contoso").keys() & {canceled[0], gone[0]}


def test_a_task_that_is_opened_again_or_deleted_counts_no_more(place: Workplace, box: Sandbox) -> None:
    place.sync("acme")
    edits = box.salesforce.edits
    keys = [key for key in stored(place, "acme") if key.startswith("00T")][:4]
    edits.update("Task", keys[0], IsClosed=False)
    edits.delete("Task", keys[1])
    edits.hard_delete("Task", keys[2])
    edits.archive("Task", keys[3])
    outcome = place.sync("acme")
    assert outcome.code == 0 and outcome.objects()["acme/Task"]["deleted"] == 3
    assert not stored(place, "acme").keys() & set(keys[:3]) and keys[3] in stored(place, "acme")
    edits.update("Task", keys[0], IsClosed=True)
    place.sync("acme")
    assert keys[0] in stored(place, "acme")
    assert place.sync("acme", "--full").code == 0
    assert keys[3] in stored(place, "acme")


def test_orgs_without_activities_are_synced_all_the_same(place: Workplace, box: Sandbox) -> None:
    for kind in ("Task", "Event"):
        box.salesforce.org.hide(kind)
    box.dynamics.organization.remove_table("phonecall")
    assert place.sync().code == 0
    missing = place.rows("SELECT object, field FROM missing_field ORDER BY object")
    assert missing == [("Event", "*"), ("Task", "*"), ("phonecall", "*")]


def test_no_request_asks_for_what_was_said_and_no_subject_is_kept(place: Workplace, box: Sandbox) -> None:
    assert place.sync().code == 0
    asked = [
        unquote_plus(request.target).lower() + request.body.decode("utf-8", "replace").lower()
        for server in box.servers.values()
        for request in server.requests("")
    ]
    assert any(" from task" in each for each in asked) and any("/emails?" in each for each in asked)
    assert [(body, each) for each in asked for body in BODIES if body in each and "/describe" not in each] == []
    assert place.rows("SELECT count(*) FROM activity WHERE subject_hash IS NULL") == [(0,)]
    kept = place.store.read_bytes()
    for system in ("salesforce", "dynamics"):
        for one in activities(box.business, system):
            assert len(one.subject) < 8 or one.subject.encode() not in kept, one

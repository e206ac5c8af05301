"""Mails, calls, meetings and tasks of both orgs arrive once each, with what they are about and without what they say."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote_plus

from workplace import Workplace

from connector.sandbox import Sandbox
from connector.sandbox.business.activities import activities
from connector.sandbox.business.campaigns import campaigns, members
from connector.sandbox.business.model import SYSTEMS, Activity
from connector.sandbox.business.splits import splits
from connector.sandbox.dynamics.projection.activities import activity_guid, regarding
from connector.sandbox.dynamics.projection.identity import guid
from connector.sandbox.salesforce import record_id
from connector.sandbox.salesforce.fields import parse
from connector.sandbox.salesforce.schema import with_fields
from connector.sandbox.salesforce.seeding_activities import activity_id
from tests.mapping.test_examples_in_the_packaged_files_work import example

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
    truth = {activity_guid(one): one for one in done(activities(box.business, "dynamics")) if not one.is_deleted}
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


def test_campaigns_of_both_orgs_arrive_with_their_days_and_costs(place: Workplace, box: Sandbox) -> None:
    assert place.sync().code == 0
    found = place.rows(
        "SELECT source, name, kind, starts_on, ends_on, cost_minor, currency FROM campaign ORDER BY 1, 2"
    )
    assert found == sorted(
        (
            {"salesforce": "acme", "dynamics": "contoso"}[one.system], one.name, one.kind, one.starts_on.isoformat(),
            one.ends_on.isoformat(), None if one.cost is None else int(one.cost * 100), "USD",
        )
        for system in SYSTEMS for one in campaigns(box.business, system)
    )  # fmt: skip
    lost = "SELECT count(*) FROM opportunity WHERE campaign_id NOT IN (SELECT id FROM campaign)"
    assert place.rows(lost) == [(0,)]
    assert place.rows("SELECT count(DISTINCT source) FROM opportunity WHERE campaign_id IS NOT NULL") == [(2,)]


def test_members_of_campaigns_arrive_and_one_taken_out_is_found(place: Workplace, box: Sandbox) -> None:
    place.sync("acme")
    truth = list(members(box.business, "salesforce"))
    columns = "source_id, campaign_id, lead_id, contact_id, email, responded"
    found = place.rows(f"SELECT {columns} FROM campaign_member ORDER BY source_id")
    assert found == [
        (
            record_id("CampaignMember", one.key), f"acme:{record_id('Campaign', one.campaign)}",
            None if one.lead is None else f"acme:{record_id('Lead', one.lead)}",
            None if one.person is None else f"acme:{record_id('Contact', one.person)}", one.email, int(one.responded),
        )
        for one in truth
    ]  # fmt: skip
    box.salesforce.edits.delete("CampaignMember", found[0][0])
    outcome = place.sync("acme")
    assert outcome.code == 0 and outcome.objects()["acme/CampaignMember"]["deleted"] == 1
    assert place.rows("SELECT source_id FROM campaign_member WHERE is_deleted = 1") == [(found[0][0],)]


def test_what_the_user_may_not_read_around_the_deals_counts_as_empty_until_it_may(
    place: Workplace, box: Sandbox
) -> None:
    place.configure(box.config_text())
    box.dynamics.organization.deny_read("campaign", "email")
    for _ in range(2):
        outcome = place.sync("contoso")
        assert outcome.code == 0, outcome.err
        assert place.rows("SELECT object, field FROM missing_field") == [("campaign", "*"), ("email", "*")]
        assert place.rows("SELECT count(*) FROM activity WHERE kind = 'email'") == [(0,)]
    box.dynamics.organization.allow_read("campaign", "email")
    assert place.sync("contoso").code == 0
    assert place.rows("SELECT count(*) FROM missing_field") == [(0,)]
    emails = [one for one in done(activities(box.business, "dynamics")) if one.kind == "email" and not one.is_deleted]
    assert place.rows("SELECT count(*) FROM activity WHERE kind = 'email'") == [(len(emails),)]
    box.dynamics.organization.deny_read("goal")
    assert place.sync("contoso").code != 0, "what is not optional is still told"


def test_splits_arrive_as_parts_of_revenue_and_as_overlay(place: Workplace, box: Sandbox) -> None:
    place.sync("acme")
    columns = "opportunity_id, owner_id, kind, share"
    found = sorted(place.rows(f"SELECT {columns} FROM opportunity_split WHERE is_deleted = 0"))
    truth = list(splits(box.business))
    assert found == sorted(
        (
            f"acme:{record_id('Opportunity', one.deal)}", f"acme:{record_id('User', one.owner)}", one.kind,
            one.percent / 100,
        )
        for one in truth
    )  # fmt: skip
    assert {one.kind for one in truth} == {"revenue", "overlay"} and any(one.percent == 30 for one in truth)
    rows = place.run("metrics", "quota", "--from", "2000-01-01", "--to", "2099-12-31", "--format", "json").json["rows"]
    assert any(row["overlay_minor"] for row in rows)
    overlay = place.rows("SELECT source_id FROM opportunity_split WHERE kind = 'overlay'")
    for (key,) in overlay:
        box.salesforce.edits.delete("OpportunitySplit", key)
    assert place.sync("acme").objects()["acme/OpportunitySplit"]["deleted"] == len(overlay)
    rows = place.run("metrics", "quota", "--from", "2000-01-01", "--to", "2099-12-31", "--format", "json").json["rows"]
    assert not any(row["overlay_minor"] for row in rows)


def test_orgs_without_activities_and_campaigns_and_splits_are_synced_all_the_same(
    place: Workplace, box: Sandbox
) -> None:
    for kind in ("Task", "Event", "Campaign", "CampaignMember", "OpportunitySplit", "OpportunitySplitType"):
        box.salesforce.org.hide(kind)
    for table in ("phonecall", "campaign"):
        box.dynamics.organization.remove_table(table)
    assert place.sync().code == 0
    missing = place.rows("SELECT object, field FROM missing_field ORDER BY object")
    whole = ["Campaign", "CampaignMember", "Event", "OpportunitySplit", "Task", "campaign", "phonecall"]
    assert missing == [(name, "*") for name in whole]


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


def test_satisfaction_that_is_switched_on_is_read_and_measured(place: Workplace, box: Sandbox) -> None:
    org, edits = box.salesforce.org, box.salesforce.edits
    with org.records.writing() as connection:
        connection.execute('ALTER TABLE "Case" ADD COLUMN "CSAT__c" TEXT')
    org.set_schema(with_fields(org.schema["Case"], [parse("CSAT__c double(1,0) null")]))
    owner = record_id("User", box.business.reps_of("salesforce")[0].key)
    for score in (5, 5, 4, 2, 1, None):
        edits.insert("Case", CSAT__c=score, ClosedDate=org.now(), OwnerId=owner)
    place.map(
        **{kind: f"version: 1\nextends: default\nobjects:\n{example(kind)}" for kind in ("salesforce", "dynamics")}
    )
    assert place.sync().code == 0
    rows = place.run("metrics", "satisfaction", "--by", "person", "--format", "json").json["rows"]
    assert [(row["responses"], row["top_box"]) for row in rows] == [(5, 0.4)]
    assert place.rows("SELECT object, field FROM missing_field") == [("incident", "*")]

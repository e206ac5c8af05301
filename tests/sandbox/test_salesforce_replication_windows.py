"""getUpdated and getDeleted, asked by simple-salesforce: what they tell, what they refuse, and where they stall."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from salesforce_clients import asking, foreign, refused
from simple_salesforce.exceptions import SalesforceError

from connector.sandbox import Sandbox
from connector.sandbox.salesforce import replication

NOW = datetime(2026, 3, 10, 12, 30, 45, tzinfo=UTC)


@pytest.fixture
def org(fresh: Sandbox) -> Sandbox:
    fresh.salesforce.org.clock = lambda: NOW
    return fresh


def told(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:00.000+0000")


def test_updates_and_deletes_of_a_window_are_told(org: Sandbox) -> None:
    edits, client = org.salesforce.edits, foreign(org)
    changed, removed, gone, restored = (
        edits.insert("Lead", NOW - timedelta(days=20), LastName=str(n), Company="C") for n in range(4)
    )
    edits.update("Lead", changed, NOW - timedelta(minutes=10), Title="Chief")
    edits.delete("Lead", removed, NOW - timedelta(minutes=9))
    edits.hard_delete("Lead", gone, NOW - timedelta(minutes=8))
    edits.delete("Lead", restored, NOW - timedelta(minutes=7))
    edits.undelete("Lead", restored, NOW - timedelta(minutes=6))
    start, end = NOW - timedelta(minutes=20), NOW
    updated = client.Lead.updated(start, end)
    assert updated["ids"] == [changed, restored]
    assert updated["latestDateCovered"] == told(NOW)
    deleted = client.Lead.deleted(start, end)
    assert [each["id"] for each in deleted["deletedRecords"]] == [removed, gone]
    assert deleted["deletedRecords"][0]["deletedDate"] == "2026-03-10T12:21:45.000+0000"
    assert deleted["latestDateCovered"] == told(NOW)
    assert deleted["earliestDateAvailable"] == "2026-02-23T12:30:45.000+0000"


def test_hard_deletes_are_invisible_to_query_all(org: Sandbox) -> None:
    edits, client = org.salesforce.edits, foreign(org)
    soft, hard = (edits.insert("Account", Name=name) for name in ("Soft", "Hard"))
    edits.delete("Account", soft)
    edits.hard_delete("Account", hard)
    found = client.query("SELECT Id, IsDeleted FROM Account WHERE Name IN ('Soft', 'Hard')", include_deleted=True)[
        "records"
    ]
    assert [(each["Id"], each["IsDeleted"]) for each in found] == [(soft, True)]


def test_campaign_members_are_always_deleted_for_good(org: Sandbox) -> None:
    edits, client = org.salesforce.edits, foreign(org)
    campaign = edits.insert("Campaign", Name="Spring fair")
    member = edits.insert("CampaignMember", CampaignId=campaign, Status="Sent")
    edits.delete("CampaignMember", member)
    left = f"SELECT count() FROM CampaignMember WHERE CampaignId = '{campaign}'"
    assert client.query(left, include_deleted=True)["totalSize"] == 0
    deleted = client.CampaignMember.deleted(NOW - timedelta(minutes=5), NOW + timedelta(minutes=1))
    assert [each["id"] for each in deleted["deletedRecords"]] == [member]


def test_seconds_do_not_count(org: Sandbox) -> None:
    edits, client = org.salesforce.edits, foreign(org)
    at = NOW.replace(minute=20, second=30)
    lead = edits.insert("Lead", at, LastName="Late", Company="C")
    before = client.Lead.updated(at.replace(second=59), at.replace(minute=21, second=10))
    assert before["ids"] == [lead], "a start at :59 is one at :00"
    assert client.Lead.updated(at.replace(minute=10), at.replace(second=59))["ids"] == [], "an end at :59 is one at :00"


@pytest.mark.parametrize(
    ("start", "end", "name"),
    [
        (timedelta(minutes=5), timedelta(minutes=5), "updated"),
        (timedelta(minutes=5), timedelta(minutes=9), "deleted"),
        (timedelta(days=30, minutes=2), timedelta(0), "updated"),
        (timedelta(days=15, minutes=2), timedelta(0), "deleted"),
        (timedelta(seconds=20), timedelta(seconds=5), "deleted"),
    ],
)
def test_impossible_windows_are_refused(org: Sandbox, start: timedelta, end: timedelta, name: str) -> None:
    with pytest.raises(SalesforceError, match="INVALID_REPLICATION_DATE"):
        getattr(foreign(org).Lead, name)(NOW - start, NOW - end)


def test_the_window_may_be_as_old_as_the_days_told_and_as_short_as_a_minute(org: Sandbox) -> None:
    client = foreign(org)
    assert client.Lead.updated(NOW - timedelta(days=30) + timedelta(minutes=1), NOW)["ids"]
    client.Lead.deleted(NOW - timedelta(days=15) + timedelta(minutes=1), NOW)
    client.Lead.deleted(NOW - timedelta(seconds=46), NOW)


@pytest.mark.parametrize("action", ["updated", "deleted"])
@pytest.mark.parametrize(
    "params",
    [
        {},
        {"start": "2026-03-10T12:00:00Z"},
        {"end": "2026-03-10T12:00:00Z"},
        {"start": "2026-03-10T12:00:00", "end": "2026-03-10T12:30:00"},
        {"start": "yesterday", "end": "2026-03-10T12:30:00Z"},
        {"start": "2026-03-10 12:00:00 00:00", "end": "2026-03-10T12:30:00Z"},
    ],
)
def test_a_window_needs_two_instants(org: Sandbox, action: str, params: dict[str, str]) -> None:
    refused(asking(org)("GET", f"/sobjects/Lead/{action}", params=params), 400, "INVALID_FIELD", "time zone")


def test_objects_that_cannot_be_replicated_say_so(org: Sandbox) -> None:
    ask, client = asking(org), foreign(org)
    window = {"start": "2026-03-10T12:00:00Z", "end": "2026-03-10T12:30:00Z"}
    for name in ("Period", "OpportunityStage", "Organization", "CaseStatus"):
        assert getattr(client, name).describe()["replicateable"] is False
        for action in ("updated", "deleted"):
            answer = ask("GET", f"/sobjects/{name}/{action}", params=window)
            refused(answer, 400, "INVALID_TYPE_FOR_OPERATION", f"sObject type {name} is not replicable")


def test_more_than_600000_ids_are_too_many(org: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    assert replication.MOST_IDS == 600_000
    monkeypatch.setattr(replication, "MOST_IDS", 3)
    edits, client = org.salesforce.edits, foreign(org)
    window = (NOW - timedelta(minutes=20), NOW)
    leads = [edits.insert("Lead", NOW - timedelta(minutes=5), LastName="Many", Company="C") for _ in range(4)]
    with pytest.raises(SalesforceError, match="EXCEEDED_ID_LIMIT"):
        client.Lead.updated(*window)
    for lead in leads:
        edits.delete("Lead", lead, NOW - timedelta(minutes=4))
    with pytest.raises(SalesforceError, match="EXCEEDED_ID_LIMIT"):
        client.Lead.deleted(*window)
    edits.undelete("Lead", leads[0], NOW - timedelta(minutes=3))
    assert len(client.Lead.deleted(*window)["deletedRecords"]) == 3
    assert client.Lead.updated(*window)["ids"] == [leads[0]]


def test_the_oldest_open_transaction_is_the_one_that_counts(org: Sandbox) -> None:
    client, window = foreign(org), (NOW - timedelta(minutes=20), NOW)
    older, newer = (org.salesforce.edits.begin(NOW - timedelta(minutes=ago)) for ago in (9, 4))
    assert client.Lead.updated(*window)["latestDateCovered"] == told(NOW - timedelta(minutes=9))
    assert client.Account.deleted(*window)["latestDateCovered"] == told(NOW - timedelta(minutes=9)), "of every object"
    older.roll_back()
    assert client.Lead.updated(*window)["latestDateCovered"] == told(NOW - timedelta(minutes=4))
    newer.commit()
    assert client.Lead.updated(*window)["latestDateCovered"] == told(NOW)


def test_nothing_is_covered_beyond_the_end_asked_for_or_the_orgs_clock(org: Sandbox) -> None:
    client, start = foreign(org), NOW - timedelta(minutes=20)
    early = client.Lead.updated(start, NOW - timedelta(minutes=10))
    assert early["latestDateCovered"] == told(NOW - timedelta(minutes=10))
    assert client.Lead.updated(start, NOW + timedelta(hours=1))["latestDateCovered"] == told(NOW)


def test_an_open_transaction_stalls_the_watermark_and_commits_late(org: Sandbox) -> None:
    edits, client = org.salesforce.edits, foreign(org)
    lead = edits.insert("Lead", NOW - timedelta(days=1), LastName="Slow", Company="C")
    since = NOW - timedelta(minutes=12)
    open_one = edits.begin(since)
    open_one.update("Lead", lead, Title="Changed long ago")
    start = NOW - timedelta(minutes=20)
    stalled = client.Lead.deleted(start, NOW)
    assert stalled["latestDateCovered"] == told(since)
    assert client.Lead.updated(start, NOW)["ids"] == []
    open_one.commit()
    assert client.Lead.deleted(start, NOW)["latestDateCovered"] == told(NOW)
    late: dict[str, Any] = client.query(f"SELECT Title, SystemModstamp FROM Lead WHERE Id = '{lead}'")["records"][0]
    assert late["Title"] == "Changed long ago"
    assert late["SystemModstamp"] == since.strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def test_a_transaction_rolled_back_never_was(org: Sandbox) -> None:
    edits, client = org.salesforce.edits, foreign(org)
    transaction = edits.begin()
    identity = transaction.insert("Account", Name="Never")
    transaction.roll_back()
    assert client.query(f"SELECT count() FROM Account WHERE Id = '{identity}'")["totalSize"] == 0
    assert client.Account.deleted(NOW - timedelta(minutes=5), NOW)["latestDateCovered"] == told(NOW)


def test_a_purged_delete_log_says_from_when_it_is_whole(org: Sandbox) -> None:
    edits, client = org.salesforce.edits, foreign(org)
    lead = edits.insert("Lead", NOW - timedelta(days=9), LastName="Purged", Company="C")
    edits.delete("Lead", lead, NOW - timedelta(days=8))
    org.salesforce.org.deletes_available_from = NOW - timedelta(days=2)
    answer = client.Lead.deleted(NOW - timedelta(days=10), NOW)
    assert answer["earliestDateAvailable"] == "2026-03-08T12:30:45.000+0000"
    assert lead not in [each["id"] for each in answer["deletedRecords"]]


def test_describe_is_not_told_again_until_metadata_changed(org: Sandbox) -> None:
    ask = asking(org)
    first = ask("GET", "/sobjects/Lead/describe")
    since = {"If-Modified-Since": first.headers["Last-Modified"]}
    again = ask("GET", "/sobjects/Lead/describe", headers=since)
    assert (again.status_code, again.content) == (304, b"")
    org.salesforce.org.hide("Lead", "Phone")
    assert ask("GET", "/sobjects/Lead/describe", headers=since).status_code == 200

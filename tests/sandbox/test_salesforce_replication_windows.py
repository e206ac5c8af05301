"""getUpdated and getDeleted, asked by simple-salesforce: what they tell, what they refuse, and where they stall."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from salesforce_clients import asking, foreign
from simple_salesforce.exceptions import SalesforceError

from connector.sandbox import Sandbox

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
    assert client.query("SELECT count() FROM CampaignMember", include_deleted=True)["totalSize"] == 0
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


def test_objects_that_cannot_be_replicated_have_no_such_path(org: Sandbox) -> None:
    client = foreign(org)
    assert client.Period.describe()["replicateable"] is False
    with pytest.raises(SalesforceError, match="NOT_FOUND"):
        client.Period.deleted(NOW - timedelta(minutes=5), NOW)


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

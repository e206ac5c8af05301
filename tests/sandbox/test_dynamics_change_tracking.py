"""Change tracking: a delta tells every change and deletion since its token, and expired tokens say so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from connector.sandbox.dynamics.organization import Organization
from tests.sandbox.dynamics_org import ROOT, Client, organization

SELECT = "opportunities?$select=name,statecode"
TRACK = "odata.track-changes,odata.maxpagesize=10"
EXPIRED = (400, "0x80044352", "Version stamp associated with the client has expired. Please perform a full sync.")


@pytest.fixture
def org() -> Iterator[Organization]:
    with organization(30) as made:
        yield made


@pytest.fixture
def client(org: Organization) -> Client:
    return Client(org)


def test_the_delta_link_stands_on_the_last_page_only(client: Client) -> None:
    page = client.get(SELECT, TRACK)
    assert "@odata.deltaLink" not in page
    assert 'istracking="True"' in client.ask(page["@odata.nextLink"], TRACK).body.decode().replace("%22", '"')
    rows, link = client.whole(SELECT, TRACK)
    assert len(rows) == len(client.organization.keys("opportunity"))
    assert link is not None and "&$deltatoken=" in link and "%21" in link


def test_a_delta_tells_changes_then_deletions_and_then_nothing(org: Organization, client: Client) -> None:
    _, link = client.whole(SELECT, TRACK)
    assert link is not None
    keys = org.keys("opportunity")
    org.update("opportunity", keys[3], name="Renamed")
    new = org.upsert("opportunity", {"name": "New"})
    org.delete("opportunity", keys[5])
    page = client.get(link)
    assert page["@odata.context"] == f"{ROOT}/$metadata#opportunities(name,statecode)/$delta"
    assert [entry.get("name") for entry in page["value"]] == ["Renamed", "New", None]
    assert page["value"][1]["opportunityid"] == new
    assert page["value"][2] == {
        "@odata.context": f"{ROOT}/$metadata#opportunities/$deletedEntity", "id": keys[5], "reason": "deleted",
    }  # fmt: skip
    assert client.get(page["@odata.deltaLink"])["value"] == []
    assert client.get(link)["value"] == page["value"], "an older token is good for as long as it lives"
    assert client.ask(link.replace("/opportunities?", "/opportunities/$count?")).body == b"3"


def test_a_record_made_and_deleted_in_between_is_told_as_deleted(org: Organization, client: Client) -> None:
    _, link = client.whole(SELECT, TRACK)
    key = org.upsert("opportunity", {"name": "Short-lived"})
    org.delete("opportunity", key)
    assert link is not None
    assert [entry["id"] for entry in client.get(link)["value"]] == [key]


def test_a_record_deleted_and_made_again_is_told_as_there(org: Organization, client: Client) -> None:
    _, link = client.whole(SELECT, TRACK)
    key = org.keys("opportunity")[0]
    org.delete("opportunity", key)
    org.upsert("opportunity", {"opportunityid": key, "name": "Back"})
    assert link is not None
    assert [entry.get("name") for entry in client.get(link)["value"]] == ["Back"]


def test_changes_behind_a_read_under_way_are_in_its_delta(org: Organization, client: Client) -> None:
    page = client.get(SELECT, TRACK)
    first = page["value"][0]["opportunityid"]
    org.update("opportunity", first, name="Changed behind the reader")
    _, link = client.whole(page["@odata.nextLink"], TRACK)
    other_rows, _ = client.whole(SELECT, TRACK)
    assert len(other_rows) == len(org.keys("opportunity"))
    assert link is not None
    assert [entry["opportunityid"] for entry in client.get(link)["value"]] == [first]


def test_two_reads_begun_at_different_versions_keep_apart(org: Organization, client: Client) -> None:
    early = client.get(SELECT, TRACK)
    changed = early["value"][0]["opportunityid"]
    org.update("opportunity", changed, name="Between the two")
    late = client.get(SELECT, TRACK)
    _, late_link = client.whole(late["@odata.nextLink"], TRACK)
    _, early_link = client.whole(early["@odata.nextLink"], TRACK)
    assert early_link is not None and late_link is not None
    assert len(client.get(early_link)["value"]) == 1
    assert client.get(late_link)["value"] == []


def test_a_large_delta_comes_in_pages(org: Organization, client: Client) -> None:
    _, link = client.whole(SELECT, TRACK)
    keys = org.keys("opportunity")
    for key in keys[:8]:
        org.update("opportunity", key, name="Touched")
    for key in keys[8:13]:
        org.delete("opportunity", key)
    assert link is not None
    rows, following = client.whole(link, "odata.maxpagesize=4")
    assert [row.get("opportunityid") for row in rows[:8]] == keys[:8]
    assert [row["id"] for row in rows[8:]] == keys[8:13]
    assert following is not None and client.get(following)["value"] == []


@pytest.mark.parametrize("option", ["$filter=statecode eq 0", "$orderby=name", "$expand=owninguser", "$top=5"])
def test_options_beside_change_tracking_are_refused(client: Client, option: str) -> None:
    name = option.partition("=")[0]
    message = f'The "{name}" query parameter isn\'t supported when Change Tracking is enabled.'
    assert client.refused(f"{SELECT}&{option}", TRACK)[::2] == (400, message)


def test_tables_without_change_tracking_refuse_it(client: Client) -> None:
    assert client.refused("opportunitysalesprocesses", TRACK)[0] == 400
    assert client.refused("organizations", TRACK)[0] == 400


def test_reading_in_part_only_forbids_change_tracking(org: Organization, client: Client) -> None:
    org.limit_read("opportunity")
    assert client.refused(SELECT, TRACK)[:2] == (403, "0x80040220")
    assert client.get(SELECT)["value"]


def test_tokens_expire_by_age_by_hand_and_by_metadata(org: Organization, client: Client) -> None:
    _, link = client.whole(SELECT, TRACK)
    _, other = client.whole("accounts?$select=name", TRACK)
    assert link is not None and other is not None
    org.change_metadata("opportunity")
    assert client.refused(link) == EXPIRED
    assert client.get(other)["value"] == []
    _, link = client.whole(SELECT, TRACK)
    assert link is not None and client.get(link)["value"] == []
    org.expire_delta_tokens()
    assert client.refused(link) == EXPIRED
    assert client.refused(other) == EXPIRED
    _, link = client.whole(SELECT, TRACK)
    org.clock = lambda: datetime.now(UTC) + timedelta(days=8)
    assert link is not None and client.refused(link) == EXPIRED


def test_the_organization_says_how_long_tokens_live(org: Organization, client: Client) -> None:
    now = [datetime.now(UTC)]
    org.clock = lambda: now[0]
    _, link = client.whole(SELECT, TRACK)
    assert link is not None
    org.update("organization", org.organization_id, expirechangetrackingindays=30)
    now[0] += timedelta(days=29)
    assert client.get(link)["value"] == []
    now[0] += timedelta(days=2)
    assert client.refused(link) == EXPIRED
    org.update("organization", org.organization_id, expirechangetrackingindays=90)
    assert client.get(link)["value"] == []


def test_what_goes_with_no_token_is_refused(client: Client) -> None:
    page = client.get(SELECT, TRACK)
    _, link = client.whole(page["@odata.nextLink"], TRACK)
    assert link is not None
    token = link.partition("$deltatoken=")[2]
    assert client.refused(f"{page['@odata.nextLink']}&$deltatoken={token}", TRACK)[0] == 400
    assert client.refused(f"{link}&$filter=statecode eq 0")[2].startswith('The "$filter" query parameter')
    assert client.refused(f"{SELECT}&$deltatoken=nonsense")[0] == 400
    assert client.refused(page["@odata.nextLink"], "odata.track-changes,odata.maxpagesize=11")[0] == 400
    assert client.refused(page["@odata.nextLink"] + "&$count=true", TRACK)[0] == 400


def test_a_large_delta_is_not_answered_from_memory_once_its_token_is_too_old(org: Organization, client: Client) -> None:
    _, link = client.whole(SELECT, TRACK)
    for key in org.keys("opportunity")[:4]:
        org.update("opportunity", key, name="x" * 100_000)
    assert link is not None and len(client.get(link)["value"]) == 4
    org.clock = lambda: datetime.now(UTC) + timedelta(days=8)
    assert client.refused(link) == EXPIRED


def test_annotations_beside_change_tracking_lose_the_delta_link(org: Organization, client: Client) -> None:
    noted = TRACK + ',odata.include-annotations="*"'
    assert client.whole(SELECT, noted)[1] is None
    org.annotations_lose_delta_link = False
    assert client.whole(SELECT, noted)[1] is not None

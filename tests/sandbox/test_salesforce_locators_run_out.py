"""Pages of a REST query: how large they are, and when the locator of the next one leads nowhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from salesforce_clients import Ask, asking, refused

from connector.sandbox import Sandbox


@pytest.fixture
def ask(shared: Sandbox) -> Ask:
    shared.salesforce.org.page_size = 10
    return asking(shared)


def first_page(ask: Ask) -> str:
    """Asks for the first of several pages; the path of the second."""
    told = ask("GET", "/query", params={"q": "SELECT Id FROM Opportunity"}).json()
    return str(told["nextRecordsUrl"].split("/v60.0")[1])


def test_locators_are_refused_when_expired_unknown_or_never_promised(fresh: Sandbox) -> None:
    fresh.salesforce.org.page_size = 10
    ask = asking(fresh)
    first = ask("GET", "/query", params={"q": "SELECT Id FROM Opportunity"}).json()
    path = first["nextRecordsUrl"].split("/v60.0")[1]
    locator, offset = path.rsplit("/", 1)[1].split("-")
    assert locator.startswith("0r8")
    assert len(locator) == 18
    assert offset == "10"
    second = ask("GET", path).json()
    assert len(second["records"]) == 10
    assert ask("GET", path).json() == second, "a page may be read again"
    refused(ask("GET", f"/query/{locator}-15"), 400, "INVALID_QUERY_LOCATOR")
    refused(ask("GET", f"/query/{locator}-{first['totalSize']}"), 400, "INVALID_QUERY_LOCATOR")
    refused(ask("GET", "/query/0r8000000000000AAA-10"), 400, "INVALID_QUERY_LOCATOR")
    now = datetime.now(UTC)
    fresh.salesforce.org.clock = lambda: now + timedelta(hours=1)
    assert ask("GET", path).status_code == 200
    fresh.salesforce.org.clock = lambda: now + timedelta(days=2, minutes=1)
    fresh.salesforce.org.sessions.idle = timedelta(days=9)
    refused(ask("GET", path), 400, "INVALID_QUERY_LOCATOR")
    fresh.salesforce.org.clock = lambda: now
    fresh.salesforce.api.queries.expire()
    refused(ask("GET", path), 400, "INVALID_QUERY_LOCATOR")


def test_next_url_of_query_all_says_query_and_keeps_the_deleted(fresh: Sandbox) -> None:
    fresh.salesforce.org.page_size = 30
    ask = asking(fresh)
    first = ask("GET", "/queryAll", params={"q": "SELECT Id, IsDeleted FROM Opportunity"}).json()
    assert "/query/" in first["nextRecordsUrl"]
    second = ask("GET", first["nextRecordsUrl"].split("/v60.0")[1]).json()
    assert any(record["IsDeleted"] for record in first["records"] + second["records"])
    assert second["done"] is True
    assert "nextRecordsUrl" not in second


def test_batch_size_is_held_within_its_bounds(shared: Sandbox, ask: Ask) -> None:
    shared.salesforce.org.page_size = 2_000
    for asked, given_back in ((1, 200), (250, 250), (9_999, 295)):
        headers = {"Sforce-Query-Options": f"batchSize={asked}"}
        page = ask("GET", "/queryAll", params={"q": "SELECT Id FROM Opportunity"}, headers=headers).json()
        assert len(page["records"]) == min(given_back, page["totalSize"])


def test_an_eleventh_cursor_releases_the_oldest(ask: Ask) -> None:
    paths = [first_page(ask) for _ in range(11)]
    assert [ask("GET", path).status_code for path in paths] == [400] + [200] * 10
    refused(ask("GET", paths[0]), 400, "INVALID_QUERY_LOCATOR")


def test_cursors_that_ended_are_not_counted(ask: Ask) -> None:
    waiting = first_page(ask)
    for _ in range(12):
        path = first_page(ask)
        while path:
            told = ask("GET", path).json()
            path = told.get("nextRecordsUrl", "").removeprefix("/services/data/v60.0")
    assert ask("GET", waiting).status_code == 200


def test_once_all_pages_were_told_only_the_last_is_told_again(fresh: Sandbox) -> None:
    fresh.salesforce.org.page_size = 10
    ask = asking(fresh)
    paths = [first_page(ask)]
    while not (told := ask("GET", paths[-1]).json())["done"]:
        paths.append(told["nextRecordsUrl"].split("/v60.0")[1])
    assert ask("GET", paths[-1]).json() == told
    refused(ask("GET", paths[0]), 400, "INVALID_QUERY_LOCATOR")


def test_locators_may_be_good_for_once_only(fresh: Sandbox) -> None:
    fresh.salesforce.org.page_size = 10
    fresh.salesforce.org.locators_are_used_once = True
    ask = asking(fresh)
    path = first_page(ask)
    assert ask("GET", path).status_code == 200
    refused(ask("GET", path), 400, "INVALID_QUERY_LOCATOR")


def test_two_custom_long_texts_make_small_pages(fresh: Sandbox) -> None:
    for number in range(230):
        fresh.salesforce.edits.insert("Account", Name=f"Long {number}")
    ask, headers = asking(fresh), {"Sforce-Query-Options": "batchSize=2000"}
    wide = "SELECT Id, ns__Description__c, History__c FROM Account"
    assert len(ask("GET", "/query", params={"q": wide}, headers=headers).json()["records"]) == 200
    narrow = "SELECT Id, Description, History__c FROM Account"
    assert len(ask("GET", "/query", params={"q": narrow}, headers=headers).json()["records"]) > 200

"""Bulk 2.0 query jobs as the wire has them: states, 204, locators, versions, parallel pages, aborting."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
import requests
from salesforce_clients import Ask, asking, foreign, refused
from simple_salesforce.exceptions import SalesforceOperationError

from connector.sandbox import Sandbox

QUERY = "SELECT Id, Name, Amount, IsWon, FiscalYear, CreatedDate, CloseDate FROM Opportunity"


@pytest.fixture
def ask(fresh: Sandbox) -> Ask:
    return asking(fresh)


def create(ask: Ask, **options: Any) -> dict[str, Any]:
    answer = ask("POST", "/jobs/query", json={"operation": "query", "query": QUERY, **options})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def completed(ask: Ask, running: Sandbox, **options: Any) -> str:
    running.salesforce.org.bulk_polls = 0
    job = create(ask, **options)
    for _ in range(2_000):
        if ask("GET", f"/jobs/query/{job['id']}").json()["state"] == "JobComplete":
            return str(job["id"])
    raise AssertionError("the job never ended")


def rows(answer: requests.Response) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.content.decode(), newline="")))


def test_a_job_goes_through_its_states(ask: Ask, fresh: Sandbox) -> None:
    fresh.salesforce.org.bulk_polls = 2
    job = create(ask)
    assert job["state"] == "UploadComplete"
    assert job["object"] == "Opportunity"
    assert job["apiVersion"] == 60.0
    assert job["id"].startswith("750")
    assert "numberRecordsProcessed" not in job
    states = []
    while not states or states[-1] != "JobComplete":
        told = ask("GET", f"/jobs/query/{job['id']}").json()
        states.append(told["state"])
    assert states[:2] == ["InProgress", "InProgress"]
    assert set(states) == {"InProgress", "JobComplete"}
    assert told["jobType"] == "V2Query"
    assert told["numberRecordsProcessed"] == len(rows(ask("GET", f"/jobs/query/{job['id']}/results"))) - 1


def test_results_before_completion_are_204_and_by_another_version_409(ask: Ask, fresh: Sandbox) -> None:
    job = create(ask)
    early = ask("GET", f"/jobs/query/{job['id']}/results")
    assert (early.status_code, early.content) == (204, b"")
    identity = completed(ask, fresh)
    for action in ("results", "resultPages"):
        refused(ask("GET", f"/jobs/query/{identity}/{action}", version="59.0"), 409, "INVALID_API_VERSION", "60.0")
    assert ask("GET", f"/jobs/query/{identity}", version="59.0").json()["state"] == "JobComplete"


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_pages_by_locator_repeat_the_header_and_end_with_null(ask: Ask, fresh: Sandbox, encoding: str) -> None:
    identity = completed(ask, fresh)
    whole = rows(ask("GET", f"/jobs/query/{identity}/results"))
    collected: list[list[str]] = []
    locator, seen = "", []
    while locator != "null":
        params = {"maxRecords": "7"} | ({"locator": locator} if locator else {})
        answer = ask("GET", f"/jobs/query/{identity}/results", params=params, headers={"Accept-Encoding": encoding})
        header, *page = rows(answer)
        assert header == whole[0]
        assert answer.headers["Sforce-NumberOfRecords"] == str(len(page))
        assert answer.headers["Content-Type"].startswith("text/csv")
        assert (answer.headers.get("Content-Encoding") == "gzip") == (encoding == "gzip")
        collected += page
        seen.append(locator)
        locator = answer.headers["Sforce-Locator"]
    assert collected == whole[1:]
    again = ask("GET", f"/jobs/query/{identity}/results", params={"locator": seen[2], "maxRecords": "7"})
    assert rows(again)[1:] == whole[15:22], "a locator stays good for the life of the job"


def test_pages_of_a_large_result_come_out_of_whole_blocks(fresh: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    from connector.sandbox.salesforce import bulk_results

    monkeypatch.setattr(bulk_results, "_BLOCK_ROWS", 5)
    ask = asking(fresh)
    identity = completed(ask, fresh)
    whole = rows(ask("GET", f"/jobs/query/{identity}/results"))[1:]
    for most, expected in ((12, 10), (5, 5), (3, 3)):
        answer = ask("GET", f"/jobs/query/{identity}/results", params={"maxRecords": str(most)})
        assert rows(answer)[1:] == whole[:expected]
        following = ask(
            "GET",
            f"/jobs/query/{identity}/results",
            params={"maxRecords": str(most), "locator": answer.headers["Sforce-Locator"]},
        )
        assert rows(following)[1:][:2] == whole[expected : expected + 2]


def test_result_pages_may_be_fetched_side_by_side(ask: Ask, fresh: Sandbox) -> None:
    fresh.salesforce.org.bulk_page_rows = 6
    identity = completed(ask, fresh)
    fresh.salesforce.org.bulk_page_rows = 6
    urls: list[str] = []
    path = f"/jobs/query/{identity}/resultPages"
    done = False
    while not done:
        told = ask("GET", path).json()
        assert len(told["resultPages"]) <= 5
        urls += [page["resultUrl"] for page in told["resultPages"]]
        done = told["done"]
        path = (told["nextRecordsUrl"] or "").split("/v60.0")[-1]
    pages = [rows(ask("GET", url.split("/v60.0")[1]))[1:] for url in urls]
    fresh.salesforce.org.bulk_page_rows = 1_000
    assert [row for page in pages for row in page] == rows(ask("GET", f"/jobs/query/{identity}/results"))[1:]


def test_the_dialect_is_the_documented_one(ask: Ask, fresh: Sandbox) -> None:
    identity = completed(ask, fresh, columnDelimiter="PIPE", lineEnding="CRLF")
    text = ask("GET", f"/jobs/query/{identity}/results").content.decode()
    assert text.startswith('"Id"|"Name"|"Amount"|"IsWon"|"FiscalYear"|"CreatedDate"|"CloseDate"\r\n')
    _, first = text.split("\r\n")[:2]
    values = next(csv.reader([first], delimiter="|"))
    assert values[3] in ("true", "false")
    assert values[4].endswith(".0")
    assert values[5].endswith(".000Z")


def test_nulls_are_empty_and_parents_are_dotted(ask: Ask, fresh: Sandbox) -> None:
    identity = completed(ask, fresh, query="SELECT Id, Pricebook2Id, Account.Name, Owner.Email FROM Opportunity")
    header, *page = rows(ask("GET", f"/jobs/query/{identity}/results"))
    assert header == ["Id", "Pricebook2Id", "Account.Name", "Owner.Email"]
    assert {row[1] for row in page} == {""}
    assert all(row[2] and row[3] for row in page)


def test_an_empty_result_is_a_header_and_no_error(ask: Ask, fresh: Sandbox) -> None:
    identity = completed(ask, fresh, query="SELECT Id FROM Case")
    answer = ask("GET", f"/jobs/query/{identity}/results")
    assert (answer.status_code, answer.headers["Sforce-NumberOfRecords"]) == (200, "0")
    assert answer.headers["Sforce-Locator"] == "null"
    assert rows(answer) == [["Id"]]


def test_a_failed_job_says_why_to_the_foreign_client(fresh: Sandbox) -> None:
    fresh.salesforce.api.bulk.end_next_as("Failed", "InternalServerError : retries exhausted")
    with pytest.raises(SalesforceOperationError, match="retries exhausted"):
        list(foreign(fresh).bulk2.Opportunity.query(QUERY, wait=0.01))


def test_a_job_sees_edits_made_before_it(ask: Ask, fresh: Sandbox) -> None:
    completed(ask, fresh)
    identity = fresh.salesforce.edits.insert("Opportunity", Name="Brand new", StageName="Prospecting")
    job = completed(ask, fresh)
    assert identity in [row[0] for row in rows(ask("GET", f"/jobs/query/{job}/results"))]

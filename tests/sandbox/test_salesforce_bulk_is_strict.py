"""What Bulk 2.0 query jobs refuse, by state, method, version and limit; and that limits of a day roll."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from salesforce_clients import Ask, asking, refused

from connector.sandbox import Sandbox
from connector.sandbox.salesforce import bulk
from connector.sandbox.salesforce.bulk_quota import BulkQuota
from connector.sandbox.salesforce.errors import Refusal
from connector.sandbox.salesforce.fields import Field
from connector.sandbox.salesforce.schema import with_fields

QUERY = "SELECT Id, Name, IsWon, FiscalYear FROM Opportunity"
BODY = {"operation": "query", "query": QUERY}
NOW = datetime(2026, 5, 5, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def plain(shared: Sandbox) -> Iterator[None]:
    """Tests share one org: each leaves its clock, its pace and its limits as they were."""
    org, quota = shared.salesforce.org, shared.salesforce.api.bulk.quota
    org.bulk_polls = 0
    before = (org.clock, org.sessions.idle, org.bulk_page_rows, quota.most_jobs, quota.most_kilobytes)
    yield
    org.clock, org.sessions.idle, org.bulk_page_rows, quota.most_jobs, quota.most_kilobytes = before


@pytest.fixture
def ask(shared: Sandbox) -> Ask:
    return asking(shared)


def create(ask: Ask, *, version: str = "60.0", **changes: Any) -> str:
    answer = ask("POST", "/jobs/query", version=version, json={**BODY, **changes})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def completed(ask: Ask, *, version: str = "60.0", **changes: Any) -> str:
    identity = create(ask, version=version, **changes)
    for _ in range(2_000):
        if ask("GET", f"/jobs/query/{identity}", version=version).json()["state"] == "JobComplete":
            return identity
    raise AssertionError("the job never ended")


def rows(answer: requests.Response) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.content.decode(), newline="")))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"operation": "insert"}, "INVALIDJOB"),
        ({"operation": "QUERY"}, "INVALIDJOB"),
        ({"query": 5}, "INVALIDJOB"),
        ({"columnDelimiter": "COLON"}, "INVALIDJOB"),
        ({"lineEnding": "CR"}, "INVALIDJOB"),
        ({"contentType": "JSON"}, "INVALIDJOB"),
        ({"object": "Opportunity"}, "JSON_PARSER_ERROR"),
        ({"query": ""}, "MALFORMED_QUERY"),
    ],
)
def test_a_job_that_makes_no_sense_is_refused(ask: Ask, changes: dict[str, Any], code: str) -> None:
    refused(ask("POST", "/jobs/query", json={**BODY, **changes}), 400, code)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"query"'])
def test_a_body_that_is_no_json_object_is_refused(ask: Ask, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    refused(ask("POST", "/jobs/query", data=body, headers=headers), 400, "JSON_PARSER_ERROR")


def test_a_body_that_calls_itself_a_form_is_refused(ask: Ask) -> None:
    refused(ask("POST", "/jobs/query", data=BODY), 415, "UNSUPPORTED_MEDIA_TYPE", "x-www-form-urlencoded")


def test_a_job_that_is_not_complete_has_no_results(shared: Sandbox, ask: Ask) -> None:
    shared.salesforce.org.bulk_polls = 9
    running = create(ask)
    for end in (("Failed", "InternalServerError: Retried more than fifteen times"), ("Aborted", "")):
        shared.salesforce.api.bulk.end_next_as(*end)
    failed, aborted = create(ask), create(ask)
    for identity, state in ((running, "InProgress"), (failed, "Failed"), (aborted, "Aborted")):
        told = ask("GET", f"/jobs/query/{identity}").json()
        while told["state"] in ("UploadComplete", "InProgress") and state != "InProgress":
            told = ask("GET", f"/jobs/query/{identity}").json()
        assert told["state"] == state
        assert ("errorMessage" in told) == (state == "Failed")
        for action in ("results", "resultPages"):
            answer = ask("GET", f"/jobs/query/{identity}/{action}")
            assert (answer.status_code, answer.content) == (204, b"")


def test_only_what_runs_can_be_aborted_and_only_what_ended_can_be_deleted(shared: Sandbox, ask: Ask) -> None:
    shared.salesforce.org.bulk_polls = 9
    identity = create(ask)
    path = f"/jobs/query/{identity}"
    refused(ask("DELETE", path), 400, "INVALIDJOBSTATE", "UploadComplete")
    assert ask("GET", path).json()["state"] == "InProgress"
    refused(ask("DELETE", path), 400, "INVALIDJOBSTATE", "InProgress")
    aborted = ask("PATCH", path, json={"state": "Aborted"})
    assert (aborted.status_code, aborted.json()["state"], aborted.json()["id"]) == (200, "Aborted", identity)
    refused(ask("PATCH", path, json={"state": "Aborted"}), 400, "INVALIDJOBSTATE", "Aborted")
    deleted = ask("DELETE", path)
    assert (deleted.status_code, deleted.content) == (204, b"")
    for action in ("", "/results", "/resultPages"):
        refused(ask("GET", path + action), 404, "NOT_FOUND")
    refused(ask("DELETE", path), 404, "NOT_FOUND")


def test_a_complete_job_cannot_be_aborted_but_deleted(ask: Ask) -> None:
    path = f"/jobs/query/{completed(ask)}"
    refused(ask("PATCH", path, json={"state": "Aborted"}), 400, "INVALIDJOBSTATE", "JobComplete")
    assert ask("DELETE", path).status_code == 204


@pytest.mark.parametrize(
    "body", [{}, {"state": "UploadComplete"}, {"state": "aborted"}, {"state": "Aborted", "query": "x"}]
)
def test_nothing_but_aborting_can_be_set(ask: Ask, body: dict[str, str]) -> None:
    refused(ask("PATCH", f"/jobs/query/{create(ask)}", json=body), 400, "INVALIDJOB")


@pytest.mark.parametrize(
    ("method", "action", "allowed"),
    [
        ("DELETE", None, "GET,POST"),
        ("PATCH", None, "GET,POST"),
        ("POST", "", "DELETE,GET,PATCH"),
        ("PUT", "", "DELETE,GET,PATCH"),
        ("POST", "/results", "GET"),
        ("DELETE", "/resultPages", "GET"),
    ],
)
def test_each_path_has_its_methods(ask: Ask, method: str, action: str | None, allowed: str) -> None:
    path = "/jobs/query" if action is None else f"/jobs/query/{create(ask)}{action}"
    refused(ask(method, path, json={}), 405, "METHOD_NOT_ALLOWED", f"'{method}' not allowed. Allowed are {allowed}")


@pytest.mark.parametrize("path", ["/jobs/query/750000000000000AAA", "/jobs/query/nothing/results", "/jobs/ingest"])
def test_what_is_not_there(ask: Ask, path: str) -> None:
    refused(ask("GET", path), 404, "NOT_FOUND")


def test_an_action_that_does_not_exist(ask: Ask) -> None:
    refused(ask("GET", f"/jobs/query/{create(ask)}/failedResults"), 404, "NOT_FOUND")


def test_older_versions_know_less(ask: Ask) -> None:
    refused(ask("POST", "/jobs/query", version="46.0", json=BODY), 404, "NOT_FOUND")
    identity = completed(ask, version="57.0")
    refused(ask("GET", f"/jobs/query/{identity}/resultPages", version="57.0"), 404, "NOT_FOUND")
    identity = completed(ask, version="58.0")
    assert ask("GET", f"/jobs/query/{identity}/resultPages", version="58.0").status_code == 200


def test_columns_come_by_name_up_to_version_49_and_as_asked_since_50(ask: Ask) -> None:
    query = "SELECT Name, Id, Account.Name, IsWon FROM Opportunity"
    for version, header in (
        ("49.0", ["Account.Name", "Id", "IsWon", "Name"]),
        ("50.0", ["Name", "Id", "Account.Name", "IsWon"]),
    ):
        identity = completed(ask, version=version, query=query)
        told, first = rows(ask("GET", f"/jobs/query/{identity}/results", version=version))[:2]
        assert told == header
        assert first[header.index("IsWon")] in ("true", "false"), "values stay below their names"


@pytest.mark.parametrize("name", ["CaseStatus", "TaskStatus", "TaskPriority"])
def test_some_objects_are_read_by_rest_only(ask: Ask, name: str) -> None:
    body = {"operation": "query", "query": f"SELECT Id FROM {name}"}
    refused(ask("POST", "/jobs/query", json=body), 400, "INVALIDENTITY", f"Entity '{name}' is not supported")
    assert ask("GET", "/query", params={"q": body["query"]}).status_code == 200


def test_binary_fields_are_not_for_bulk(shared: Sandbox, ask: Ask) -> None:
    org = shared.salesforce.org
    plain_campaign = org.schema["Campaign"]
    org.set_schema(with_fields(plain_campaign, [Field("Body__c", "base64", nillable=True)]))
    body = {"operation": "query", "query": "SELECT Id, Body__c FROM Campaign"}
    refused(ask("POST", "/jobs/query", json=body), 400, "API_ERROR", "Selecting compound data not supported")
    org.set_schema(plain_campaign)


@pytest.mark.parametrize("locator", ["nonsense", "OTk5OTk5", "LTU", "MA", "%00"])
def test_a_wrong_locator_is_refused(ask: Ask, locator: str) -> None:
    identity = completed(ask)
    refused(ask("GET", f"/jobs/query/{identity}/results", params={"locator": locator}), 400, "INVALID_QUERY_LOCATOR")
    refused(ask("GET", "/jobs/query", params={"queryLocator": locator}), 400, "INVALID_QUERY_LOCATOR")


@pytest.mark.parametrize("most", ["0", "-1", "many", "1.5"])
def test_pages_have_a_whole_number_of_rows(ask: Ask, most: str) -> None:
    answer = ask("GET", f"/jobs/query/{completed(ask)}/results", params={"maxRecords": most})
    refused(answer, 400, "INVALID_FIELD", "maxRecords")


def test_a_job_is_kept_for_seven_days(shared: Sandbox, ask: Ask) -> None:
    shared.salesforce.org.clock = lambda: NOW
    shared.salesforce.org.sessions.idle = timedelta(days=99)
    identity = completed(ask)
    shared.salesforce.org.clock = lambda: NOW + timedelta(days=7)
    assert ask("GET", f"/jobs/query/{identity}/results").status_code == 200
    assert identity in [job["id"] for job in ask("GET", "/jobs/query").json()["records"]]
    shared.salesforce.org.clock = lambda: NOW + timedelta(days=7, seconds=1)
    refused(ask("GET", f"/jobs/query/{identity}/results"), 404, "NOT_FOUND")
    assert identity not in [job["id"] for job in ask("GET", "/jobs/query").json()["records"]]


def test_the_list_tells_query_jobs_page_by_page(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "LISTED_AT_ONCE", 2)
    wanted = {create(ask) for _ in range(5)}
    path, seen = "/jobs/query", []
    while path:
        told = ask("GET", path).json()
        assert set(told) == {"done", "records", "nextRecordsUrl"}
        assert told["done"] == (told["nextRecordsUrl"] is None)
        assert len(told["records"]) <= 2
        seen += [job["id"] for job in told["records"]]
        path = (told["nextRecordsUrl"] or "").removeprefix("/services/data/v60.0")
    assert wanted <= set(seen)
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize(
    ("params", "some"),
    [
        ({"jobType": "V2Query"}, True),
        ({"concurrencyMode": "parallel"}, True),
        ({"isPkChunkingEnabled": "false"}, True),
        ({"jobType": "V2Ingest"}, False),
        ({"jobType": "Classic"}, False),
        ({"concurrencyMode": "serial"}, False),
        ({"isPkChunkingEnabled": "true"}, False),
    ],
)
def test_the_list_is_of_the_kind_asked_for(ask: Ask, params: dict[str, str], some: bool) -> None:
    create(ask)
    records = ask("GET", "/jobs/query", params=params).json()["records"]
    assert bool(records) == some
    assert all(job["jobType"] == "V2Query" for job in records)


def test_so_many_jobs_a_day(shared: Sandbox, ask: Ask) -> None:
    quota = shared.salesforce.api.bulk.quota
    told = ask("GET", "/limits").json()["DailyBulkV2QueryJobs"]
    create(ask)
    assert ask("GET", "/limits").json()["DailyBulkV2QueryJobs"]["Remaining"] == told["Remaining"] - 1
    quota.most_jobs = used = told["Max"] - told["Remaining"] + 1
    message = f"Max bulk v2 query jobs ({used}) per 24 hrs has been reached ({used})"
    refused(ask("POST", "/jobs/query", json=BODY), 400, "LIMIT_EXCEEDED", message)


def test_so_much_a_day(shared: Sandbox, ask: Ask) -> None:
    completed(ask)
    shared.salesforce.api.bulk.quota.most_kilobytes = 1
    message = "Max bulk v2 query result size stored (1) kb per 24 hrs has been exceeded"
    refused(ask("POST", "/jobs/query", json=BODY), 400, "LIMIT_EXCEEDED", message)


def test_a_refused_job_counts_for_nothing(ask: Ask) -> None:
    told = ask("GET", "/limits").json()["DailyBulkV2QueryJobs"]
    ask("POST", "/jobs/query", json={**BODY, "query": "SELECT Nope FROM Lead"})
    assert ask("GET", "/limits").json()["DailyBulkV2QueryJobs"] == told


def test_what_is_older_than_a_day_no_longer_counts() -> None:
    moment = NOW
    quota = BulkQuota(lambda: moment)
    assert (quota.most_jobs, quota.most_kilobytes) == (10_000, 1_000_000_000)
    quota.most_jobs, quota.most_kilobytes = 2, 5
    quota.job_created()
    quota.result_stored(5_000)
    with pytest.raises(Refusal, match="result size"):
        quota.job_created()
    moment = NOW + timedelta(hours=24)
    quota.job_created()
    moment = NOW + timedelta(hours=25)
    quota.job_created()
    with pytest.raises(Refusal, match="query jobs"):
        quota.job_created()
    moment = NOW + timedelta(hours=48)
    quota.job_created()


def test_whole_numbers_and_nul_bytes_travel_as_they_are_sent(fresh: Sandbox) -> None:
    fresh.salesforce.org.bulk_polls = 0
    ask = asking(fresh)
    fresh.salesforce.edits.insert("Account", Name="nul\x00inside", NumberOfEmployees=5)
    fresh.salesforce.edits.insert("Account", Name="zero", NumberOfEmployees=0)
    query = "SELECT Name, NumberOfEmployees FROM Account WHERE NumberOfEmployees <= 5"
    identity = completed(ask, query=query)
    body = ask("GET", f"/jobs/query/{identity}/results").content
    assert body == b'"Name","NumberOfEmployees"\n"nul\x00inside","5.0"\n"zero","0.0"\n'

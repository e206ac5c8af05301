"""Faults of pages, sessions and jobs, spelled as Salesforce, Dataverse and Entra spell them; nothing is lost by them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import requests
from salesforce_clients import trusting

from connector import sandbox
from connector.sandbox import Sandbox

PAGE = 7
SOQL = "SELECT Id, Amount FROM Opportunity"
WAYS = ["rest", "bulk", "odata", "changes"]


@pytest.fixture(scope="module")
def started() -> Iterator[Sandbox]:
    with sandbox.start(deals=30) as running:
        org = running.salesforce.org
        org.page_size = org.bulk_page_rows = PAGE
        org.bulk_polls = 0
        yield running


@pytest.fixture
def box(started: Sandbox) -> Iterator[Sandbox]:
    yield started
    for server in started.servers.values():
        server.faults.mend()
        assert server.failures == []


class Reader:
    """A client that believes everything: it follows each next link, up to a hundred pages."""

    def __init__(self, box: Sandbox) -> None:
        self.box = box
        self.http = trusting(box)
        self.stopped_at = ""
        self.delta = ""
        self.pages: list[list[str]] = []

    def read(self, way: str) -> list[str]:
        """The ids of all pages, in the order in which they came."""
        return getattr(self, way)()  # type: ignore[no-any-return]

    def salesforce(self, method: str, path: str, **options: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.box.salesforce.session_id()}"}
        url = path if "://" in path else self.box.salesforce.instance_url + path
        return self.http.request(method, url, headers=headers, timeout=10, **options)

    def dynamics(self, url: str, prefer: str = "") -> requests.Response:
        server = self.box.dynamics
        token = server.tenant.desk.issue(server.client_id, server.tenant_id, server.url, 3600)
        headers = {"Authorization": f"Bearer {token}", "Prefer": f"odata.maxpagesize={PAGE},{prefer}"}
        return self.http.get(url, headers=headers, timeout=10)

    def rest(self) -> list[str]:
        link = "/services/data/v60.0/queryAll?q=" + SOQL.replace(" ", "%20")
        while link and len(self.pages) < 100 and self._at_home(link, self.box.salesforce.instance_url):
            page = self.salesforce("GET", link).json(parse_float=Decimal)
            assert page["done"] is not bool(page.get("nextRecordsUrl"))
            self.pages.append([record["Id"] for record in page["records"]])
            link = page.get("nextRecordsUrl", "")
        return [key for page in self.pages for key in page]

    def bulk(self) -> list[str]:
        job = self.salesforce(
            "POST", "/services/data/v60.0/jobs/query", json={"operation": "queryAll", "query": SOQL}
        ).json()
        url = f"/services/data/v60.0/jobs/query/{job['id']}"
        while self.salesforce("GET", url).json()["state"] in ("UploadComplete", "InProgress"):
            pass
        locator = ""
        while locator != "null" and len(self.pages) < 100:
            answer = self.salesforce("GET", f"{url}/results", params={"locator": locator} if locator else {})
            rows = [row["Id"] for row in csv.DictReader(io.StringIO(answer.text))]
            assert int(answer.headers["Sforce-NumberOfRecords"]) == len(rows)
            self.pages.append(rows)
            locator = answer.headers["Sforce-Locator"]
        return [key for page in self.pages for key in page]

    def odata(self, prefer: str = "") -> list[str]:
        link = f"{self.box.dynamics.url}/api/data/v9.2/opportunities?$select=opportunityid,estimatedvalue"
        while link and len(self.pages) < 100 and self._at_home(link, self.box.dynamics.url):
            page = self.dynamics(link, prefer).json(parse_float=Decimal)
            self.pages.append([record["opportunityid"] for record in page["value"]])
            self.delta = page.get("@odata.deltaLink", "")
            link = page.get("@odata.nextLink", "")
            assert not (self.delta and link)
        return [key for page in self.pages for key in page]

    def changes(self) -> list[str]:
        return self.odata("odata.track-changes")

    def _at_home(self, link: str, home: str) -> bool:
        if link.startswith(("/", home + "/")):
            return True
        self.stopped_at = link
        return False


def server_of(box: Sandbox, way: str) -> Any:
    return box.servers["salesforce" if way in ("rest", "bulk") else "dynamics"]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("after", [0, 1, 99])
def test_a_page_comes_twice(way: str, after: int, box: Sandbox) -> None:
    whole = Reader(box).read(way)
    last = -(-len(whole) // PAGE) - 1
    place = min(after, last)
    planned = server_of(box, way).fault("duplicate-page", after=place)
    reader = Reader(box)
    twice = reader.read(way)
    assert planned.fired == 1
    assert twice == whole[: (place + 1) * PAGE] + whole[place * PAGE :]
    assert reader.pages[place] == reader.pages[place + 1]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("after", [0, 2])
def test_an_empty_page_stands_before_a_full_one(way: str, after: int, box: Sandbox) -> None:
    whole = Reader(box).read(way)
    planned = server_of(box, way).fault("empty-page", after=after, times=2)
    reader = Reader(box)
    assert reader.read(way) == whole
    assert reader.pages[after : after + 2] == [[], []] and planned.fired == 2


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("after", [0, 1])
def test_a_circle_of_links_never_ends(way: str, after: int, box: Sandbox) -> None:
    whole = Reader(box).read(way)
    planned = server_of(box, way).fault("looping-link", after=after)
    reader = Reader(box)
    reader.read(way)
    assert len(reader.pages) == 100 and planned.fired == 1
    assert all(page == whole[after * PAGE : (after + 1) * PAGE] for page in reader.pages[after:])
    assert Reader(box).read(way) == whole


@pytest.mark.parametrize("way", ["rest", "odata", "changes"])
@pytest.mark.parametrize("text", ["foreign-link", "foreign-link=https://evil.invalid"])
def test_a_next_link_leads_elsewhere(way: str, text: str, box: Sandbox) -> None:
    planned = server_of(box, way).fault(text, after=1)
    reader = Reader(box)
    reader.read(way)
    assert reader.stopped_at.startswith(planned.order.options["to"] + "/")
    assert len(reader.pages) == 2 and all(reader.pages) and planned.fired == 1


def test_a_locator_is_no_address_and_so_never_foreign(box: Sandbox) -> None:
    planned = box.fault("salesforce:foreign-link", path="/jobs/query")
    assert len(Reader(box).bulk()) > PAGE
    assert planned.fired == 0


def test_a_delta_link_leads_elsewhere(box: Sandbox) -> None:
    planned = box.fault("dynamics:foreign-delta-link")
    reader = Reader(box)
    reader.changes()
    assert reader.delta.startswith("https://elsewhere.invalid/api/data/v9.2/opportunities?")
    assert "$deltatoken=" in reader.delta and planned.fired == 1


def test_changes_have_pages_too(box: Sandbox) -> None:
    """The pages of a delta are as breakable as those of a whole read."""
    reader = Reader(box)
    reader.changes()
    organization = box.dynamics.organization
    touched = organization.keys("opportunity")[:10]
    for key in touched:
        organization.update("opportunity", key, name="touched")
    for text in ("empty-page", "duplicate-page"):
        box.fault(f"dynamics:{text}", path="$deltatoken")
    link, keys = reader.delta, []
    while link:
        page = reader.dynamics(link).json()
        keys.append([record["opportunityid"] for record in page["value"]])
        link = page.get("@odata.nextLink", "")
    assert [len(page) for page in keys] == [0, PAGE, PAGE, 3]
    assert {key for page in keys for key in page} == set(touched)


def test_amounts_keep_their_spelling_through_a_fault(box: Sandbox) -> None:
    """A page that was taken apart and put together again has the same records, byte for byte."""
    url = f"{box.dynamics.url}/api/data/v9.2/opportunities?$select=estimatedvalue"
    right = Reader(box).dynamics(url).text
    box.fault("dynamics:duplicate-page")
    wrong = Reader(box).dynamics(url).text
    assert right[right.index('"value":') :].split("]")[0] == wrong[wrong.index('"value":') :].split("]")[0]
    assert re.search(r'"estimatedvalue":\d+\.\d*0[,}]', right)


# --- sessions, jobs, envelopes ---


def test_a_session_ends_after_so_many_calls(box: Sandbox) -> None:
    token = box.salesforce.session_id()
    planned = box.fault("salesforce:expired-session,after=2")
    url = f"{box.salesforce.instance_url}/services/data/v60.0/limits"
    answers = [trusting(box).get(url, headers={"Authorization": f"Bearer {token}"}, timeout=10) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 401, 401]
    assert answers[2].json() == [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]
    assert planned.fired == 1


def test_a_token_ends_after_so_many_calls(box: Sandbox) -> None:
    server = box.dynamics
    token = server.tenant.desk.issue(server.client_id, server.tenant_id, server.url, 3600)
    box.fault("dynamics:expired-session", after=1)
    url = f"{server.url}/api/data/v9.2/WhoAmI"
    answers = [trusting(box).get(url, headers={"Authorization": f"Bearer {token}"}, timeout=10) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 401, 401]


@pytest.mark.parametrize("state", ["Failed", "Aborted"])
def test_a_job_ends_badly(state: str, box: Sandbox) -> None:
    planned = box.fault(f"salesforce:job-{state.lower()}")
    reader = Reader(box)
    made = reader.salesforce(
        "POST", "/services/data/v60.0/jobs/query", json={"operation": "query", "query": SOQL}
    ).json()
    url = f"/services/data/v60.0/jobs/query/{made['id']}"
    box.salesforce.api.bulk._jobs[made["id"]].done.wait(10)
    told = reader.salesforce("GET", url).json()
    assert told["state"] == state and planned.fired == 1
    assert bool(told.get("errorMessage")) == (state == "Failed")
    assert reader.salesforce("GET", f"{url}/results").status_code == 204
    assert len(reader.bulk()) > PAGE


@pytest.mark.parametrize(
    ("text", "path", "body"),
    [
        ("salesforce:status=503", "/services/data/v60.0/limits",
         [{"message": "Server is temporarily unavailable.", "errorCode": "SERVER_UNAVAILABLE"}]),
        ("salesforce:status=403,code=REQUEST_LIMIT_EXCEEDED,message=TotalRequests Limit exceeded.", "/services/data/v60.0/limits",
         [{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}]),
        ("salesforce:status=400", "/services/oauth2/token",
         {"error": "invalid_grant", "error_description": "authentication failure"}),
        ("login:status=500", "/services/oauth2/token",
         {"error": "unknown_error", "error_description": "retry your request"}),
        ("dynamics:status=429,code=0x80072326,retry-after=7", "/api/data/v9.2/WhoAmI",
         {"error": {"code": "0x80072326", "message": "Number of concurrent requests exceeded the limit of 52."}}),
        ("entra:status=503", "/common/oauth2/v2.0/token",
         {"error": "temporarily_unavailable", "error_codes": [90033],
          "error_description": "AADSTS90033: A transient error has occurred. Please try again."}),
    ],
)  # fmt: skip
def test_a_status_comes_in_the_vendors_envelope(text: str, path: str, body: Any, box: Sandbox) -> None:
    planned = box.fault(text)
    answer = trusting(box).post(box.servers[text.partition(":")[0]].url + path, timeout=10)
    assert answer.status_code == planned.order.options["status"]
    assert answer.json() == body
    assert answer.headers.get("Retry-After", "") == planned.order.options["retry-after"]

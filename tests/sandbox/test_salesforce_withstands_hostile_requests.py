"""What a careless or hostile client may send: the real org's own refusal, or an honest word, and never a crash."""

from __future__ import annotations

import time
from typing import Any

import pytest
import requests
from salesforce_clients import Ask, asking, refused, trusting

from connector.sandbox import Sandbox

DEEP = 20_000
SOQL = [
    ("SELECT Id FROM Lead, Account", "MALFORMED_QUERY", "unexpected token: ','"),
    ("SELECT DISTINCT Status FROM Lead", "MALFORMED_QUERY", "unexpected token"),
    ("SELECT Id AS x FROM Lead", "MALFORMED_QUERY", "unexpected token: 'AS'"),
    ("SELECT Id FROM Lead WHERE Id IN ()", "MALFORMED_QUERY", "unexpected token: ')'"),
    ("SELECT Id FROM Lead WHERE (Name = 'a'", "MALFORMED_QUERY", "unexpected end of query"),
    ("SELECT Id FROM Lead WHERE Name = 'a')", "MALFORMED_QUERY", "unexpected token: ')'"),
    ("SELECT Id FROM Lead WHERE Name == 'a'", "MALFORMED_QUERY", "unexpected token: '='"),
    ("SELECT Id FROM Lead WHERE Name NOT LIKE 'a'", "MALFORMED_QUERY", "unexpected token: 'NOT'"),
    ("SELECT Id FROM Lead WHERE Name = 'x' -- a comment", "MALFORMED_QUERY", "unexpected token: '--'"),
    ("SELECT Id FROM Lead WHERE Name = :variable", "MALFORMED_QUERY", "unexpected token"),
    ("SELECT Id FROM Lead ORDER BY 1", "MALFORMED_QUERY", "unexpected token: '1'"),
    ("SELECT Id FROM Lead LIMIT 5 LIMIT 6", "MALFORMED_QUERY", "unexpected token: 'LIMIT'"),
    ("SELECT Id FROM Lead OFFSET 5 LIMIT 5", "MALFORMED_QUERY", "unexpected token: 'LIMIT'"),
    ("SELECT COUNT() total FROM Lead", "MALFORMED_QUERY", "unexpected token: 'total'"),
    ("SELECT COUNT(Id) c, COUNT(Name) C FROM Lead", "MALFORMED_QUERY", "duplicate alias: C"),
    ("SELECT COUNT(Id) FROM Lead OFFSET 5", "MALFORMED_QUERY", "cannot also use OFFSET"),
    ("SELECT FIELDS(STANDARD), COUNT(Id) FROM Lead", "MALFORMED_QUERY", "FIELDS()"),
    ("SELECT Owner FROM Lead", "INVALID_FIELD", "No such column 'Owner'"),
    ("SELECT Owner.Name.Name FROM Lead", "INVALID_FIELD", "Didn't understand relationship 'Name'"),
    ("SELECT Owner.Password FROM Lead", "INVALID_FIELD", "No such column 'Password'"),
    ("SELECT Id FROM Lead WHERE CreatedDate = 2024-02-30T00:00:00Z", "MALFORMED_QUERY", "Invalid date"),
    ("SELECT Id FROM Lead WHERE CreatedDate = LAST_N_DAYS", "MALFORMED_QUERY", "unexpected token: 'LAST_N_DAYS'"),
    ("SELECT Id FROM Lead WHERE CreatedDate = NOW", "MALFORMED_QUERY", "unexpected token: 'NOW'"),
    ("SELECT Id FROM Lead WHERE NumberOfEmployees > 1e999", "MALFORMED_QUERY", "out of range"),
    ("SELECT Id FROM Lead WHERE NumberOfEmployees = '5'", "INVALID_FIELD", "should not be enclosed in quotes"),
    (
        "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact) OR Name = 'x'",
        "MALFORMED_QUERY",
        "not allowed with the 'OR' operator",
    ),
    (
        "SELECT Id FROM Account WHERE Name = 'x' AND (NOT Id IN (SELECT AccountId FROM Contact))",
        "MALFORMED_QUERY",
        "only allowed at the top level",
    ),
    (
        "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact) AND Id IN (SELECT AccountId FROM Case) "
        "AND Id IN (SELECT AccountId FROM Opportunity)",
        "MALFORMED_QUERY",
        "no more than 2",
    ),
]
#: right in the real org: the sandbox says that it cannot, and does not blame the query
UNSERVED = [
    "SELECT Id, (SELECT Id FROM Contacts) FROM Account",
    "SELECT TYPEOF What WHEN Account THEN Phone END FROM Task",
    "SELECT toLabel(Status) FROM Lead",
    "SELECT FORMAT(Amount) FROM Opportunity",
    "SELECT convertCurrency(Amount) FROM Opportunity",
    "SELECT CALENDAR_YEAR(CreatedDate), COUNT(Id) FROM Lead GROUP BY CALENDAR_YEAR(CreatedDate)",
    "SELECT Status FROM Lead GROUP BY Status HAVING COUNT(Id) > 1",
    "SELECT Status FROM Lead GROUP BY ROLLUP(Status)",
    "SELECT Id FROM Lead USING SCOPE mine",
    "SELECT Id FROM Lead FOR VIEW",
    "SELECT Id FROM Lead WHERE CreatedDate = LAST_N_WEEKS:3",
    "SELECT Id FROM Opportunity WHERE CloseDate = THIS_FISCAL_QUARTER",
    "SELECT Id FROM Lead WHERE DISTANCE(Address, GEOLOCATION(37,122), 'mi') < 5",
]
PATHS = [
    ("GET", "/Query?q=SELECT+Id+FROM+Lead", 404, "NOT_FOUND"),
    ("GET", "/query/nonsense", 400, "INVALID_QUERY_LOCATOR"),
    ("GET", "/query/0r8--1", 400, "INVALID_QUERY_LOCATOR"),
    ("GET", "/limits/nothing", 404, "NOT_FOUND"),
    ("GET", "/sobjects/Nope/updated", 404, "NOT_FOUND"),
    ("GET", "/sobjects/Lead/describe/x", 404, "NOT_FOUND"),
    ("GET", "/sobjects/'%20OR%201=1/describe", 404, "NOT_FOUND"),
    ("GET", "/sobjects/Le%00ad/describe", 404, "NOT_FOUND"),
    ("GET", "/tooling/query?q=SELECT+Id+FROM+ApexClass", 404, "NOT_FOUND"),
    ("POST", "/sobjects/Lead", 405, "METHOD_NOT_ALLOWED"),
    ("DELETE", "/sobjects/Lead/00QQm0000000001MAA", 405, "METHOD_NOT_ALLOWED"),
    ("PATCH", "/composite/sobjects", 405, "METHOD_NOT_ALLOWED"),
    ("TRACE", "/limits", 405, "METHOD_NOT_ALLOWED"),
]


@pytest.fixture
def ask(shared: Sandbox) -> Ask:
    return asking(shared)


@pytest.mark.parametrize(("soql", "code", "part"), SOQL)
def test_a_query_that_the_real_one_would_refuse(ask: Ask, soql: str, code: str, part: str) -> None:
    refused(ask("GET", "/query", params={"q": soql}), 400, code, part)


@pytest.mark.parametrize("soql", UNSERVED)
def test_a_query_that_the_real_one_would_answer_is_not_called_wrong(ask: Ask, soql: str) -> None:
    refused(ask("GET", "/query", params={"q": soql}), 501, "NOT_IMPLEMENTED", "this sandbox does not answer")


@pytest.mark.parametrize(("method", "path", "status", "code"), PATHS)
def test_a_path_that_leads_nowhere(ask: Ask, method: str, path: str, status: int, code: str) -> None:
    refused(ask(method, path), status, code)


@pytest.mark.parametrize("path", ["/", "/services", "/services/data/v60/limits", "/services/async/60.0/job", "/id/x"])
def test_a_path_outside_the_api(shared: Sandbox, path: str) -> None:
    headers = {"Authorization": f"Bearer {shared.salesforce.session_id()}"}
    refused(trusting(shared).get(shared.salesforce.instance_url + path, headers=headers, timeout=30), 404, "NOT_FOUND")


@pytest.mark.parametrize("path", ["/services/data", "/services/data/v60.0/limits", "/services/data/v60.0/query?q=x"])
def test_the_login_host_has_no_data(shared: Sandbox, path: str) -> None:
    headers = {"Authorization": f"Bearer {shared.salesforce.session_id()}"}
    refused(trusting(shared).get(shared.salesforce.login_url + path, headers=headers, timeout=30), 404, "NOT_FOUND")


@pytest.mark.parametrize("opening", ["(", "NOT ", "(NOT "])
def test_conditions_may_not_be_endlessly_deep(ask: Ask, opening: str) -> None:
    closing = ")" if "(" in opening else ""
    for depth, status in ((50, 200), (DEEP, 400)):
        query = f"SELECT Id FROM Campaign WHERE {opening * depth}Name = 'a'{closing * depth}"[:100_000]
        answer = ask("POST", "/jobs/query", json={"operation": "query", "query": query})
        assert answer.status_code == status
        assert status == 200 or answer.json()[0]["errorCode"] == "MALFORMED_QUERY"


@pytest.mark.parametrize("join", [" OR ", " AND "])
def test_conditions_may_be_many(shared: Sandbox, ask: Ask, join: str) -> None:
    shared.salesforce.org.bulk_polls = 0
    query = "SELECT Id FROM Campaign WHERE " + join.join(["Name = 'a'"] * 2_000)
    identity = ask("POST", "/jobs/query", json={"operation": "query", "query": query}).json()["id"]
    deadline = time.monotonic() + 20
    while (state := ask("GET", f"/jobs/query/{identity}").json()["state"]) == "InProgress":
        assert time.monotonic() < deadline
    assert state == "JobComplete"


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xfe", {"grant_type": "client_credentials", "client_id": "\u00e9", "client_secret": "\x00"}]
)
def test_the_token_endpoint_refuses_noise(shared: Sandbox, data: Any) -> None:
    answer = trusting(shared).post(f"{shared.salesforce.login_url}/services/oauth2/token", data=data, timeout=30)
    assert answer.status_code == 400
    assert set(answer.json()) == {"error", "error_description"}


def test_a_token_is_revoked_once(fresh: Sandbox) -> None:
    acme, session = fresh.salesforce, trusting(fresh)

    def revoke(token: str, origin: str = acme.instance_url) -> requests.Response:
        return session.post(f"{origin}/services/oauth2/revoke", data={"token": token}, timeout=30)

    def reads(token: str) -> int:
        url, headers = f"{acme.instance_url}/services/data/v60.0/limits", {"Authorization": f"Bearer {token}"}
        return session.get(url, headers=headers, timeout=30).status_code

    token, other = acme.session_id(), acme.session_id()
    assert (revoke(token).status_code, reads(token), reads(other)) == (200, 401, 200)
    for wrong in (token, "", "nonsense"):
        answer = revoke(wrong)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_token")
    form = {"grant_type": "refresh_token", "client_id": acme.app.client_id, "refresh_token": acme.app.refresh_token}
    told = session.post(f"{acme.login_url}/services/oauth2/token", data=form, timeout=30).json()
    assert reads(told["access_token"]) == 200
    assert revoke(told["refresh_token"], acme.login_url).status_code == 200
    assert reads(told["access_token"]) == 401
    again = session.post(
        f"{acme.login_url}/services/oauth2/token", data={**form, "refresh_token": told["refresh_token"]}, timeout=30
    )
    assert again.json()["error"] == "invalid_grant"

"""What every call passes before it is answered: its size, the session, the version, the limits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest
import requests
from salesforce_clients import Ask, asking, foreign, refused, trusting
from simple_salesforce.exceptions import SalesforceExpiredSession

from connector.sandbox import Sandbox
from connector.sandbox.salesforce.usage import Allowance


@pytest.fixture(autouse=True)
def plain(shared: Sandbox) -> Iterator[None]:
    """Tests share one org: each leaves its limits and its clock as they were."""
    org = shared.salesforce.org
    before, used, clock = dict(vars(org.usage)), org.usage.used, org.clock
    yield
    vars(org.usage).update(before)
    org.usage.used, org.clock, org.api_enabled = used, clock, True


@pytest.fixture
def ask(shared: Sandbox) -> Ask:
    return asking(shared)


def test_a_long_address_is_refused_before_the_api_sees_it(ask: Ask) -> None:
    answer = ask("GET", "/query", params={"q": "SELECT Id FROM Lead WHERE Name = '" + "a" * 17_000 + "'"})
    assert answer.status_code == 414
    assert answer.headers["Content-Type"].startswith("text/html")
    assert ask("GET", "/limits", headers={"X-Long": "a" * 17_000}).status_code == 431


def test_unknown_paths_versions_and_methods(ask: Ask) -> None:
    refused(ask("GET", "/nothing"), 404, "NOT_FOUND")
    refused(ask("GET", "/sobjects/Nope/describe"), 404, "NOT_FOUND")
    refused(ask("POST", "/query"), 405, "METHOD_NOT_ALLOWED", "HTTP Method 'POST' not allowed. Allowed are HEAD,GET")


def test_the_daily_limit_ends_everything(fresh: Sandbox) -> None:
    ask, usage = asking(fresh), fresh.salesforce.org.usage
    answer = ask("GET", "/limits")
    assert answer.headers["Sforce-Limit-Info"] == f"api-usage={usage.used}/{usage.most}"
    usage.used = usage.most
    refused(ask("GET", "/limits"), 403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded")


def test_the_list_of_versions_needs_no_session_and_tells_no_usage(shared: Sandbox) -> None:
    answer = trusting(shared).get(shared.salesforce.instance_url + "/services/data/", timeout=30)
    assert {"label", "url", "version"} == set(answer.json()[0])
    assert "Sforce-Limit-Info" not in answer.headers


def test_expired_revoked_foreign_and_missing_sessions(fresh: Sandbox) -> None:
    session, url = trusting(fresh), fresh.salesforce.instance_url + "/services/data/v60.0/limits"
    refused(session.get(url, timeout=30), 401, "INVALID_SESSION_ID", "Session expired or invalid")
    foreign_token = {"Authorization": "Bearer 00D000000000062!AQfromAnotherOrg"}
    refused(session.get(url, headers=foreign_token, timeout=30), 401, "INVALID_SESSION_ID")
    client = foreign(fresh)
    client.limits()
    fresh.salesforce.org.sessions.revoke()
    with pytest.raises(SalesforceExpiredSession):
        client.limits()
    ask = asking(fresh)
    fresh.salesforce.org.sessions.expire_after(2)
    assert [ask("GET", "/limits").status_code for _ in range(3)] == [200, 200, 401]
    idle = asking(fresh)
    later = datetime.now(UTC) + timedelta(minutes=121)
    fresh.salesforce.org.clock = lambda: later
    assert idle("GET", "/limits").status_code == 401


@pytest.mark.parametrize("size", [16_384, 16_385])
def test_head_and_uri_may_have_16_kilobytes(shared: Sandbox, size: int) -> None:
    session = trusting(shared)
    token = shared.salesforce.session_id()
    url = f"{shared.salesforce.instance_url}/services/data/v60.0/limits"
    bare = {"Authorization": f"Bearer {token}", "X-Long": ""}
    prepared = session.prepare_request(requests.Request("GET", url, headers=bare))
    path = "/services/data/v60.0/limits"
    sent = {**prepared.headers, "Host": shared.salesforce.domain.host}
    known = len(path) + sum(len(name) + len(value) + 4 for name, value in sent.items())
    answer = session.get(url, headers={**bare, "X-Long": "a" * (size - known)}, timeout=30)
    assert answer.status_code == (200 if size <= 16_384 else 431)


def test_retired_versions_are_gone_and_later_ones_not_there_yet(ask: Ask) -> None:
    for version in ("20.0", "30.0"):
        refused(ask("GET", "/limits", version=version), 410, "GONE", version)
    for version in ("67.0", "99.0"):
        refused(ask("GET", "/limits", version=version), 404, "NOT_FOUND", "The requested resource does not exist")
    for version in ("31.0", "66.0"):
        assert ask("GET", "/limits", version=version).status_code == 200
    refused(ask("GET", "/limits", version="60.5"), 404, "NOT_FOUND")


def test_an_org_without_the_api_answers_that_alone(shared: Sandbox, ask: Ask) -> None:
    shared.salesforce.org.api_enabled = False
    for path in ("/limits", "/sobjects", "/query?q=SELECT+Id+FROM+Lead", "/jobs/query"):
        refused(ask("GET", path), 403, "API_DISABLED_FOR_ORG", "API is not enabled for this Organization or Partner")


def test_a_refused_call_counts_and_tells_so(shared: Sandbox, ask: Ask) -> None:
    used = shared.salesforce.org.usage.used
    for path, status in (("/nothing", 404), ("/query?q=nonsense", 400), ("/limits", 200)):
        used += 1
        answer = ask("GET", path)
        assert (answer.status_code, answer.headers["Sforce-Limit-Info"]) == (status, f"api-usage={used}/100000")


def test_bursts_and_the_apps_own_allowance_are_further_parts(shared: Sandbox, ask: Ask) -> None:
    usage = shared.salesforce.org.usage
    usage.used, usage.most = 17, 5_000
    usage.per_app = Allowance(250, 16, "sample-connected-app")
    told = ask("GET", "/limits").headers["Sforce-Limit-Info"]
    assert told == "api-usage=18/5000; per-app-api-usage=17/250(appName=sample-connected-app)"
    usage.bursts = Allowance(750)
    told = ask("GET", "/limits").headers["Sforce-Limit-Info"]
    assert told == "api-usage=19/5000; api-bursts=1/750; per-app-api-usage=18/250(appName=sample-connected-app)"
    parsed = foreign(shared)
    parsed.limits()
    assert parsed.api_usage["per-app-api-usage"].used == 19


def test_25_calls_of_20_seconds_bar_the_next_until_one_ends(shared: Sandbox, ask: Ask) -> None:
    org, now = shared.salesforce.org, datetime.now(UTC)
    org.clock = lambda: now
    with ExitStack() as others:
        for _ in range(24):
            others.enter_context(org.usage.running())
        last = ExitStack()
        last.enter_context(org.usage.running())
        assert ask("GET", "/limits").status_code == 200, "25 calls, but short ones so far"
        org.clock = lambda: now + timedelta(seconds=20)
        message = "ConcurrentRequests (Concurrent API Requests) Limit exceeded."
        refused(ask("GET", "/limits"), 403, "REQUEST_LIMIT_EXCEEDED", message)
        last.close()
        assert ask("GET", "/limits").status_code == 200
    assert org.usage.most_long_running == 25


def test_a_token_ends_for_good_however_it_ends(fresh: Sandbox) -> None:
    ask = asking(fresh)
    fresh.salesforce.org.sessions.revoke()
    assert [ask("GET", "/limits").status_code for _ in range(2)] == [401, 401]
    refused(ask("GET", "/nothing", version="20.0"), 401, "INVALID_SESSION_ID", "Session expired or invalid")


@pytest.mark.parametrize("scheme", ["Basic", "Token", ""])
def test_a_token_is_a_bearer_token(shared: Sandbox, scheme: str) -> None:
    url = f"{shared.salesforce.instance_url}/services/data/v60.0/limits"
    headers = {"Authorization": f"{scheme} {shared.salesforce.session_id()}".strip()}
    refused(trusting(shared).get(url, headers=headers, timeout=30), 401, "INVALID_SESSION_ID")

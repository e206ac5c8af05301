"""Every way of signing in, by simple-salesforce where it can, with the refusals of the token endpoint."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jwt
import pytest
import requests
from salesforce_clients import trusting
from simple_salesforce import Salesforce, SalesforceLogin

from connector.sandbox import Sandbox
from connector.sandbox.salesforce import SalesforceServer

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@pytest.fixture
def acme(fresh: Sandbox) -> SalesforceServer:
    return fresh.salesforce


@pytest.fixture
def session(fresh: Sandbox) -> requests.Session:
    return trusting(fresh)


def post(session: requests.Session, origin: str, auth: tuple[str, str] | None = None, **form: str) -> requests.Response:
    return session.post(f"{origin}/services/oauth2/token", data=form, auth=auth, timeout=30)


def client_form(acme: SalesforceServer, **more: str) -> dict[str, str]:
    return {"client_id": acme.app.client_id, "client_secret": acme.app.client_secret, **more}


def assertion(acme: SalesforceServer, **changes: Any) -> str:
    claims = {"iss": acme.app.client_id, "sub": acme.app.username, "aud": acme.login_url, "exp": int(time.time()) + 180}
    return jwt.encode({**claims, **changes}, acme.app.private_key_pem(), algorithm="RS256")


def works(session: requests.Session, answer: requests.Response) -> bool:
    told = answer.json()
    assert answer.status_code == 200, answer.text
    assert told["token_type"] == "Bearer"
    assert "expires_in" not in told
    headers = {"Authorization": f"Bearer {told['access_token']}"}
    return (
        session.get(f"{told['instance_url']}/services/data/v60.0/limits", headers=headers, timeout=30).status_code
        == 200
    )


def test_client_credentials_in_the_body_or_the_header(acme: SalesforceServer, session: requests.Session) -> None:
    answer = post(session, acme.instance_url, **client_form(acme, grant_type="client_credentials"))
    assert works(session, answer)
    assert {
        "access_token",
        "signature",
        "scope",
        "instance_url",
        "id",
        "token_type",
        "issued_at",
        "api_instance_url",
    } == set(answer.json())
    pair = (acme.app.client_id, acme.app.client_secret)
    assert works(session, post(session, acme.instance_url, pair, grant_type="client_credentials"))


def test_client_credentials_are_refused_on_the_login_host(acme: SalesforceServer, session: requests.Session) -> None:
    answer = post(session, acme.login_url, **client_form(acme, grant_type="client_credentials"))
    assert answer.status_code == 400
    assert answer.json() == {"error": "invalid_grant", "error_description": "request not supported on this domain"}


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"client_id": "wrong"}, "invalid_client_id"),
        ({"grant_type": "magic"}, "unsupported_grant_type"),
    ],
)
def test_wrong_clients_are_refused(
    acme: SalesforceServer, session: requests.Session, change: dict[str, str], error: str
) -> None:
    answer = post(session, acme.instance_url, **{**client_form(acme, grant_type="client_credentials"), **change})
    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_jwt_bearer_on_both_hosts_and_with_a_textual_expiry(acme: SalesforceServer, session: requests.Session) -> None:
    for origin in (acme.login_url, acme.instance_url):
        answer = post(session, origin, grant_type=GRANT, assertion=assertion(acme, exp=str(int(time.time()) + 180)))
        assert works(session, answer)
        assert "refresh_token" not in answer.json()


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"exp": 1_000_000}, "assertion expired"),
        ({"exp": 32_000_000_000}, "invalid assertion"),
        ({"aud": "https://elsewhere.example"}, "audience is invalid"),
        ({"sub": "somebody@else.example"}, "user hasn't approved this consumer"),
        ({"iss": "another app"}, "client identifier invalid"),
    ],
)
def test_wrong_assertions_are_refused(
    acme: SalesforceServer, session: requests.Session, changes: dict[str, Any], part: str
) -> None:
    answer = post(session, acme.login_url, grant_type=GRANT, assertion=assertion(acme, **changes))
    assert answer.status_code == 400
    assert answer.json()["error_description"] == part


def test_an_assertion_signed_by_another_key_is_refused(acme: SalesforceServer, session: requests.Session) -> None:
    head, body, signature = assertion(acme).split(".")
    forged = ".".join([head, body, signature[:-8] + "AAAAAAAA"])
    assert (
        post(session, acme.login_url, grant_type=GRANT, assertion=forged).json()["error_description"]
        == "invalid assertion"
    )
    unsigned = jwt.encode({"iss": acme.app.client_id}, "", algorithm="none")
    assert post(session, acme.login_url, grant_type=GRANT, assertion=unsigned).status_code == 400


@pytest.mark.parametrize(
    "audience", ["https://test.salesforce.com", "http://login.salesforce.com", "login.salesforce.com", "", None, [1]]
)
def test_an_assertion_is_meant_for_this_kind_of_org(
    acme: SalesforceServer, session: requests.Session, audience: Any
) -> None:
    answer = post(session, acme.login_url, grant_type=GRANT, assertion=assertion(acme, aud=audience))
    assert answer.json()["error"] == "invalid_grant"
    production = assertion(acme, aud="https://login.salesforce.com")
    assert works(session, post(session, acme.login_url, grant_type=GRANT, assertion=production))


def test_an_assertion_is_good_for_five_minutes_at_most(acme: SalesforceServer, session: requests.Session) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    acme.org.clock = lambda: now
    base = int(now.timestamp())
    for seconds, status in ((-1, 400), (1, 200), (300, 200), (301, 400)):
        answer = post(session, acme.login_url, grant_type=GRANT, assertion=assertion(acme, exp=base + seconds))
        assert answer.status_code == status, seconds


@pytest.mark.parametrize("text", ["", "abc", "a.b.c", "..", "é.é.é"])
def test_what_is_no_assertion_is_refused(acme: SalesforceServer, session: requests.Session, text: str) -> None:
    answer = post(session, acme.login_url, grant_type=GRANT, assertion=text)
    assert answer.json() == {"error": "invalid_grant", "error_description": "invalid assertion"}
    assert post(session, acme.login_url, grant_type=GRANT).status_code == 400


def test_an_assertion_by_a_shared_secret_is_refused(acme: SalesforceServer, session: requests.Session) -> None:
    claims = {"iss": acme.app.client_id, "sub": acme.app.username, "aud": acme.login_url, "exp": int(time.time()) + 60}
    shared_secret = jwt.encode(claims, acme.app.client_secret, algorithm="HS256")
    assert post(session, acme.login_url, grant_type=GRANT, assertion=shared_secret).status_code == 400
    lacking = {name: value for name, value in claims.items() if name != "exp"}
    for_ever = jwt.encode(lacking, acme.app.private_key_pem(), algorithm="RS256")
    assert post(session, acme.login_url, grant_type=GRANT, assertion=for_ever).status_code == 400


@pytest.mark.parametrize("header", ["Basic", "Basic !!!", "Basic bm9jb2xvbg==", "Basic //79"])
def test_a_header_that_holds_no_client_is_refused(
    acme: SalesforceServer, session: requests.Session, header: str
) -> None:
    answer = session.post(
        f"{acme.instance_url}/services/oauth2/token",
        data={"grant_type": "client_credentials"},
        headers={"Authorization": header},
        timeout=30,
    )
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client_id")


def test_client_credentials_need_a_user_to_run_as(acme: SalesforceServer, session: requests.Session) -> None:
    acme.app.runs_as_user = False
    answer = post(session, acme.instance_url, **client_form(acme, grant_type="client_credentials"))
    assert answer.status_code == 400
    assert answer.json() == {"error": "invalid_grant", "error_description": "no client credentials user enabled"}


def test_the_token_endpoint_takes_forms_by_post(acme: SalesforceServer, session: requests.Session) -> None:
    url = f"{acme.instance_url}/services/oauth2/token"
    form = client_form(acme, grant_type="client_credentials")
    assert session.get(url, params=form, timeout=30).json()["error"] == "invalid_request"
    answer = session.post(url, json=form, timeout=30)
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


def test_a_refresh_token_is_good_once_where_it_rotates(acme: SalesforceServer, session: requests.Session) -> None:
    first = acme.app.refresh_token
    answer = post(session, acme.login_url, **client_form(acme, grant_type="refresh_token", refresh_token=first))
    assert works(session, answer)
    assert answer.json()["refresh_token"] == acme.app.refresh_token != first
    spent = post(session, acme.login_url, **client_form(acme, grant_type="refresh_token", refresh_token=first))
    assert spent.json() == {"error": "invalid_grant", "error_description": "expired access/refresh token"}


def test_a_refresh_token_used_twice_ends_the_grant_and_its_sessions(
    acme: SalesforceServer, session: requests.Session
) -> None:
    url = f"{acme.instance_url}/services/data/v60.0/limits"

    def refresh(token: str) -> requests.Response:
        return post(session, acme.login_url, **client_form(acme, grant_type="refresh_token", refresh_token=token))

    def reads(token: str) -> int:
        return session.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=30).status_code

    first = acme.app.refresh_token
    told = refresh(first).json()
    other = acme.session_id()
    assert [reads(told["access_token"]), reads(other)] == [200, 200]
    assert refresh(first).status_code == 400
    assert [reads(told["access_token"]), reads(other)] == [401, 200], "sessions of other flows live on"
    assert refresh(told["refresh_token"]).json()["error"] == "invalid_grant", "the newest is revoked with it"
    assert refresh("").status_code == 400
    assert works(session, refresh(acme.app.authorize()))


def test_of_two_refreshes_at_once_none_leaves_a_grant(acme: SalesforceServer, fresh: Sandbox) -> None:
    form = client_form(acme, grant_type="refresh_token", refresh_token=acme.app.refresh_token)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: post(trusting(fresh), acme.login_url, **form).status_code, range(4)))
    assert sorted(answers) == [200, 400, 400, 400]
    assert acme.app.refresh_token == ""


def test_a_refresh_token_that_does_not_rotate_is_good_again(acme: SalesforceServer, session: requests.Session) -> None:
    acme.app.rotates_refresh_tokens = False
    form = client_form(acme, grant_type="refresh_token", refresh_token=acme.app.refresh_token)
    for _ in range(2):
        answer = post(session, acme.login_url, **form)
        assert works(session, answer)
        assert "refresh_token" not in answer.json()


def test_username_and_password(acme: SalesforceServer, session: requests.Session) -> None:
    form = client_form(acme, grant_type="password", username=acme.app.username)
    whole = acme.app.password + acme.app.security_token
    blocked = post(session, acme.login_url, **form, password=whole)
    assert blocked.status_code == 400
    assert blocked.json() == {"error": "invalid_grant", "error_description": "authentication failure"}
    acme.app.grants.add("password")
    assert works(session, post(session, acme.login_url, **form, password=acme.app.password + acme.app.security_token))
    wrong = post(session, acme.login_url, **form, password="nope")
    assert wrong.json() == {"error": "invalid_grant", "error_description": "authentication failure"}
    assert post(session, acme.login_url, **form, password=acme.app.password).status_code == 400, "without the token"


def test_soap_login_is_off_until_allowed_and_gone_from_version_65_on(
    acme: SalesforceServer, session: requests.Session
) -> None:
    body = (
        '<env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/"><env:Body>'
        '<n1:login xmlns:n1="urn:partner.soap.sforce.com">'
        f"<n1:username>{acme.app.username}</n1:username><n1:password>{{}}</n1:password></n1:login></env:Body></env:Envelope>"
    )
    good = body.format(acme.app.password + acme.app.security_token)
    headers = {"content-type": "text/xml", "SOAPAction": "login"}

    def login(version: str, data: str) -> requests.Response:
        return session.post(f"{acme.login_url}/services/Soap/u/{version}", data=data, headers=headers, timeout=30)

    off = login("59.0", good)
    assert off.status_code == 500
    assert "<sf:exceptionCode>INVALID_OPERATION</sf:exceptionCode>" in off.text
    assert "SOAP API login() is disabled by default in this org." in off.text
    acme.app.grants.add("soap")
    answer = login("59.0", good)
    token = answer.text.split("<sessionId>")[1].split("</sessionId>")[0]
    assert f"<serverUrl>{acme.instance_url}/" in answer.text
    limits = session.get(
        f"{acme.instance_url}/services/data/v60.0/limits", headers={"Authorization": f"Bearer {token}"}, timeout=30
    )
    assert limits.status_code == 200
    refused = login("59.0", body.format("no"))
    assert refused.status_code == 500
    assert "INVALID_LOGIN" in refused.text
    retired = login("30.0", good)
    assert (retired.status_code, "UNSUPPORTED_API_VERSION" in retired.text) == (500, True)
    for version in ("65.0", "66.0"):
        absent = login(version, good)
        assert absent.status_code == 500
        assert "No operation available" in absent.text
        assert "sessionId" not in absent.text
    assert login("64.0", good).status_code == 200


class _Redirected(requests.Session):
    """Sends what simple-salesforce addresses to the real domain to the sandbox instead."""

    def __init__(self, acme: SalesforceServer, ca_file: Path) -> None:
        super().__init__()
        self.trust_env = False
        self.verify = str(ca_file)
        self._hosts = {
            "https://acme.my.salesforce.com": acme.instance_url,
            "https://login.salesforce.com": acme.login_url,
        }

    def request(self, method: Any, url: Any, *args: Any, **options: Any) -> requests.Response:
        for real, ours in self._hosts.items():
            url = url.replace(real, ours)
        return super().request(method, url, *args, **options)


def test_simple_salesforce_signs_in_by_itself(fresh: Sandbox, acme: SalesforceServer, tmp_path: Path) -> None:
    session = _Redirected(acme, fresh.ca_file)
    by_secret = Salesforce(
        consumer_key=acme.app.client_id, consumer_secret=acme.app.client_secret, domain="acme.my", session=session
    )
    assert by_secret.query("SELECT count() FROM Opportunity")["totalSize"] > 0
    token, instance = SalesforceLogin(
        username=acme.app.username,
        consumer_key=acme.app.client_id,
        privatekey=acme.app.private_key_pem(),
        session=session,
    )
    assert Salesforce(session_id=token, instance=instance, session=session).limits()
    acme.app.grants.add("soap")
    by_password = SalesforceLogin(
        username=acme.app.username, password=acme.app.password, security_token=acme.app.security_token, session=session
    )
    assert by_password[0].startswith(acme.org.id[:15])

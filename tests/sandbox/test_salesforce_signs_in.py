"""Every way of signing in, by simple-salesforce where it can, with the refusals of the token endpoint."""

from __future__ import annotations

import time
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


def test_a_refresh_token_is_good_once_where_it_rotates(acme: SalesforceServer, session: requests.Session) -> None:
    first = acme.app.refresh_token
    answer = post(session, acme.login_url, **client_form(acme, grant_type="refresh_token", refresh_token=first))
    assert works(session, answer)
    assert answer.json()["refresh_token"] == acme.app.refresh_token != first
    spent = post(session, acme.login_url, **client_form(acme, grant_type="refresh_token", refresh_token=first))
    assert spent.json() == {"error": "invalid_grant", "error_description": "expired access/refresh token"}


def test_username_and_password(acme: SalesforceServer, session: requests.Session) -> None:
    form = client_form(acme, grant_type="password", username=acme.app.username)
    assert works(session, post(session, acme.login_url, **form, password=acme.app.password + acme.app.security_token))
    wrong = post(session, acme.login_url, **form, password="nope")
    assert wrong.json() == {"error": "invalid_grant", "error_description": "authentication failure"}
    acme.app.grants.discard("password")
    assert post(session, acme.login_url, **form, password="any").json()["error"] == "unsupported_grant_type"


def test_soap_login_is_gone_from_version_65_on(acme: SalesforceServer, session: requests.Session) -> None:
    body = (
        '<env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/"><env:Body>'
        '<n1:login xmlns:n1="urn:partner.soap.sforce.com">'
        f"<n1:username>{acme.app.username}</n1:username><n1:password>{{}}</n1:password></n1:login></env:Body></env:Envelope>"
    )
    good = body.format(acme.app.password + acme.app.security_token)
    headers = {"content-type": "text/xml", "SOAPAction": "login"}
    answer = session.post(f"{acme.login_url}/services/Soap/u/59.0", data=good, headers=headers, timeout=30)
    token = answer.text.split("<sessionId>")[1].split("</sessionId>")[0]
    assert f"<serverUrl>{acme.instance_url}/" in answer.text
    limits = session.get(
        f"{acme.instance_url}/services/data/v60.0/limits", headers={"Authorization": f"Bearer {token}"}, timeout=30
    )
    assert limits.status_code == 200
    refused = session.post(
        f"{acme.login_url}/services/Soap/u/59.0", data=body.format("no"), headers=headers, timeout=30
    )
    assert refused.status_code == 500
    assert "INVALID_LOGIN" in refused.text
    assert (
        session.post(f"{acme.login_url}/services/Soap/u/65.0", data=good, headers=headers, timeout=30).status_code
        == 404
    )


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
    by_password = SalesforceLogin(
        username=acme.app.username, password=acme.app.password, security_token=acme.app.security_token, session=session
    )
    assert by_password[0].startswith(acme.org.id[:15])

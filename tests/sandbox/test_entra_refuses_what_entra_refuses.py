"""Sign-ins that Entra refuses, puts off or answers with a pause, as msal and plain forms meet them."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import jwt
import msal
import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from msal.exceptions import MsalServiceError

from connector.sandbox.certificates import Authority
from connector.sandbox.entra.identity_host import IdentityHost
from connector.sandbox.server import serve
from tests.sandbox.entra_clients import CLIENT, RESOURCE, SCOPES, SECRET, TENANT, Entra, certificate_of, running

SCOPE = SCOPES[0]
DISCOVERY = ("GET", "/v2.0/.well-known/openid-configuration")
TOKEN = ("POST", "/oauth2/v2.0/token")


@pytest.fixture(scope="module")
def authority() -> Iterator[Authority]:
    with Authority() as authority:
        yield authority


@pytest.fixture
def entra(authority: Authority) -> Iterator[Entra]:
    with running(authority) as entra:
        yield entra


def test_every_refusal_says_when_and_by_which_ids(entra: Entra) -> None:
    told = entra.ask(client_secret="wrong", scope=SCOPE)
    assert list(told) == [
        "error", "error_description", "error_codes", "timestamp", "trace_id", "correlation_id", "error_uri",
    ]  # fmt: skip
    assert told["error_codes"] == [7000215]
    moment = datetime.strptime(told["timestamp"], "%Y-%m-%d %H:%M:%SZ").replace(tzinfo=UTC)
    assert abs((datetime.now(UTC) - moment).total_seconds()) < 60
    for name in ("trace_id", "correlation_id"):
        assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", told[name])
        assert told[name] in told["error_description"]
    assert told["error_uri"].endswith("/error?code=7000215")
    assert "wrong" not in told["error_description"]


@pytest.mark.parametrize(
    ("form", "status", "error", "code"),
    [
        ({"grant_type": ""}, 400, "invalid_request", 900144),
        ({"client_id": ""}, 400, "invalid_request", 900144),
        ({"scope": ""}, 400, "invalid_request", 900144),
        ({"grant_type": "authorization_codes"}, 400, "unsupported_grant_type", 70003),
        ({"scope": "openid"}, 400, "invalid_scope", 70011),
        ({"scope": "user_impersonation"}, 400, "invalid_scope", 1002012),
        ({"scope": f"{RESOURCE}/user_impersonation"}, 400, "invalid_scope", 1002012),
        ({"scope": f"{SCOPE} https://graph.microsoft.com/.default"}, 400, "invalid_scope", 28000),
        ({"scope": "https://contoso.crm.dynamics.com/.default"}, 400, "invalid_resource", 500011),
        ({"client_secret": ""}, 401, "invalid_client", 7000216),
        ({"client_secret": "wrong"}, 401, "invalid_client", 7000215),
        ({"client_secret": "old"}, 401, "invalid_client", 7000222),
        ({"client_id": TENANT}, 400, "unauthorized_client", 700016),
        ({"grant_type": "refresh_token"}, 400, "invalid_request", 900144),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, 400, "invalid_grant", 70000),
        ({"grant_type": "device_code", "device_code": "x"}, 400, "bad_verification_code", 70018),
    ],
)
def test_forms_are_refused_with_status_word_and_code(
    entra: Entra, form: dict[str, str], status: int, error: str, code: int
) -> None:
    asked = {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": SECRET, "scope": SCOPE, **form}
    reply = entra.web.post(f"{entra.server.url}/{TENANT}/oauth2/v2.0/token", data=asked, timeout=5)
    told = reply.json()
    assert (reply.status_code, told["error"], told["error_codes"]) == (status, error, [code])
    assert told["error_description"].startswith(f"AADSTS{code}: ")


def test_a_form_is_a_form_and_a_secret_may_come_in_a_header(entra: Entra) -> None:
    url = f"{entra.server.url}/{TENANT}/oauth2/v2.0/token"
    form = {"grant_type": "client_credentials", "scope": SCOPE}
    as_json = entra.web.post(url, json={**form, "client_id": CLIENT, "client_secret": SECRET}, timeout=5)
    assert as_json.json()["error_codes"] == [900144]
    for secret, code in ((SECRET, None), ("wrong", [7000215])):
        basic = base64.b64encode(f"{CLIENT}:{secret}".encode()).decode()
        told = entra.web.post(url, data=form, headers={"Authorization": f"Basic {basic}"}, timeout=5).json()
        assert told.get("error_codes") == code


def test_every_tenant_knows_graph_and_its_tokens_open_no_organization(entra: Entra) -> None:
    told = entra.application().acquire_token_for_client(["https://graph.microsoft.com/.default"])
    assert entra.tenant.desk.check(told["access_token"], RESOURCE) == "audience"


def test_applications_can_be_disabled_blocked_or_without_public_flows(entra: Entra) -> None:
    entra.app.disabled = True
    assert entra.application().acquire_token_for_client(SCOPES)["error_codes"] == [7000112]
    entra.app.disabled = False
    entra.tenant.refuse(1, 53003)
    assert entra.application().acquire_token_for_client(SCOPES)["error_codes"] == [53003]
    entra.app.public_client = False
    flow = entra.public().initiate_device_flow(SCOPES)
    assert entra.ask(grant_type="device_code", device_code=flow["device_code"])["error_codes"] == [7000218]
    assert "access_token" in entra.application().acquire_token_for_client(SCOPES)


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({}, None),
        ({"iss": "11111111-0000-0000-0000-000000000000"}, 700021),
        ({"sub": "11111111-0000-0000-0000-000000000000"}, 50027),
        ({"aud": "https://login.microsoftonline.com/other/oauth2/v2.0/token"}, 700023),
        ({"exp": 1}, 700024),
        ({"nbf": 4_000_000_000}, 700024),
        ({"exp": None}, 50027),
    ],
)
def test_an_assertion_is_held_to_each_of_its_claims(entra: Entra, claims: dict, code: int | None) -> None:
    private, public = certificate_of("crossfunnel")
    entra.app.certificates.append(public)
    url = f"{entra.server.url}/{TENANT}/oauth2/v2.0/token"
    told = {"aud": url, "iss": CLIENT, "sub": CLIENT, "exp": 4_000_000_000, **claims}
    told = {name: value for name, value in told.items() if value is not None}
    assert entra.ask(scope=SCOPE, **assertion(private, public, told)).get("error_codes") == (code and [code])


def assertion(private: str, public: str, claims: dict) -> dict[str, str]:
    thumbprint = x509.load_pem_x509_certificate(public.encode()).fingerprint(hashes.SHA256())
    named = {"x5t#S256": jwt.utils.base64url_encode(thumbprint).decode()}
    return {
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": jwt.encode(claims, private, algorithm="PS256", headers=named),
    }


def test_a_certificate_must_be_registered_unexpired_and_the_one_that_signed(entra: Entra) -> None:
    private, public = certificate_of("crossfunnel")
    credential = {"private_key": private, "public_certificate": public}

    def told() -> dict:
        return entra.application(client_credential=credential).acquire_token_for_client(SCOPES)

    refused = told()
    assert refused["error_codes"] == [700027] and "The key was not found." in refused["error_description"]
    entra.app.certificates.append(public)
    assert "access_token" in told()
    entra.app.certificates[:] = [certificate_of("another")[1]]
    assert told()["error_codes"] == [700027]
    credential["private_key"], credential["public_certificate"] = expired = certificate_of("crossfunnel", days=-1)
    entra.app.certificates.append(expired[1])
    refused = told()
    assert refused["error_codes"] == [700027] and "The key used is expired." in refused["error_description"]


def test_a_device_code_is_pending_declined_expired_or_good_once(entra: Entra) -> None:
    app, now = entra.public(), [1_700_000_000.0]
    entra.tenant.clock = lambda: now[0]

    def poll(flow: dict) -> dict:
        return entra.ask(grant_type="urn:ietf:params:oauth:grant-type:device_code", device_code=flow["device_code"])

    declined, late, good = (app.initiate_device_flow(SCOPES) for _ in range(3))
    assert set(good) >= {"user_code", "device_code", "verification_uri", "expires_in", "interval", "message"}
    assert (poll(good)["error"], poll(good)["error_codes"]) == ("authorization_pending", [70016])
    entra.tenant.decline_device(declined["user_code"])
    assert poll(declined)["error"] == "authorization_declined"
    entra.tenant.approve_device(good["user_code"], "ada@contoso.test")
    assert poll(good)["refresh_token"]
    assert poll(good)["error"] == "bad_verification_code"
    now[0] += 900
    assert (poll(late)["error"], poll(late)["error_codes"]) == ("expired_token", [70020])


def test_msal_asks_for_a_person_in_this_order_and_then_renews_silently(entra: Entra) -> None:
    entra.tenant.device_interval = 0
    app = entra.public()
    flow = app.initiate_device_flow(SCOPES)
    entra.tenant.approve_device(flow["user_code"], "ada@contoso.test")
    first = app.acquire_token_by_device_flow(flow)
    assert first["id_token_claims"]["preferred_username"] == "ada@contoso.test"
    assert entra.asked == [DISCOVERY, ("POST", "/oauth2/v2.0/devicecode"), TOKEN]
    form = entra.server.log[-1].request.form
    assert (form["client_info"], form["device_code"], form["code"]) == ("1", flow["device_code"], flow["device_code"])
    [account] = app.get_accounts()
    assert app.acquire_token_silent(SCOPES, account)["token_source"] == "cache"
    renewed = app.acquire_token_silent(SCOPES, account, force_refresh=True)
    assert renewed["access_token"] != first["access_token"]
    assert entra.asked[3:] == [TOKEN]
    entra.tenant.expire_refresh_tokens()
    told = app.acquire_token_silent_with_error(SCOPES, account, force_refresh=True)
    assert (told["error"], told["error_codes"]) == ("invalid_grant", [700082])


class Microsoft:
    """An http client for msal that finds the sandbox where login.microsoftonline.com would be."""

    def __init__(self, entra: Entra) -> None:
        self._entra = entra

    def get(self, url: str, **options: Any) -> requests.Response:
        return self._ask("GET", url, options)

    def post(self, url: str, **options: Any) -> requests.Response:
        return self._ask("POST", url, options)

    def close(self) -> None:
        pass

    def _ask(self, method: str, url: str, options: dict[str, Any]) -> requests.Response:
        assert url.startswith("https://login.microsoftonline.com/")
        here = url.replace("https://login.microsoftonline.com", self._entra.server.url)
        headers = {**(options.pop("headers", None) or {}), "Host": "login.microsoftonline.com"}
        return self._entra.web.request(method, here, headers=headers, timeout=5, **options)


def test_msal_as_it_comes_asks_in_this_order_and_for_aliases_after_a_refusal(entra: Entra) -> None:
    def app(secret: str) -> msal.ConfidentialClientApplication:
        authority = f"https://login.microsoftonline.com/{TENANT}"
        return msal.ConfidentialClientApplication(
            CLIENT, client_credential=secret, authority=authority, http_client=Microsoft(entra)
        )

    assert "access_token" in app(SECRET).acquire_token_for_client(SCOPES)
    assert entra.asked == [DISCOVERY, TOKEN]
    assert app("wrong").acquire_token_for_client(SCOPES)["error_codes"] == [7000215]
    assert entra.asked[2:] == [DISCOVERY, TOKEN, ("GET", "/common/discovery/instance")]
    alias = entra.server.log[-1]
    assert alias.status == 200
    assert alias.request.params == {
        "api-version": "1.1", "authorization_endpoint": "https://login.microsoftonline.com/common/oauth2/authorize",
    }  # fmt: skip


def test_an_unknown_host_is_told_to_be_none(entra: Entra) -> None:
    with pytest.raises(ValueError, match="invalid_instance"):
        msal.ConfidentialClientApplication(
            CLIENT, client_credential=SECRET, authority=f"https://login.contoso.test/{TENANT}",
            http_client=Microsoft(entra),
        )  # fmt: skip
    [asked] = [item.request for item in entra.server.log]
    assert asked.params["api-version"] in ("1.0", "1.1")
    assert asked.params["authorization_endpoint"].startswith("https://login.contoso.test/")


def test_a_token_endpoint_that_is_down_raises_and_is_not_asked_again_at_once(entra: Entra) -> None:
    entra.tenant.refuse(1, 90033)
    app = entra.application()
    for _ in range(2):
        with pytest.raises(MsalServiceError, match="HTTP Error: 503"):
            app.acquire_token_for_client(SCOPES)
    assert entra.asked == [DISCOVERY, TOKEN], "msal answers the second from its memory"
    assert "access_token" in entra.application().acquire_token_for_client(SCOPES)


def test_throttling_tells_how_long_and_msal_keeps_to_it(entra: Entra) -> None:
    entra.tenant.refuse(1, 90055, retry_after=60)
    app = entra.application()
    first, second = (app.acquire_token_for_client(SCOPES) for _ in range(2))
    assert first["error_codes"] == second["error_codes"] == [90055]
    assert [item.status for item in entra.server.log] == [200, 429]
    entra.tenant.refuse(1, 90055, retry_after=7)
    reply = entra.web.post(f"{entra.server.url}/{TENANT}/oauth2/v2.0/token", timeout=5)
    assert (reply.status_code, reply.headers["Retry-After"]) == (429, "7")
    entra.tenant.refuse(1, 90055)
    reply = entra.web.post(f"{entra.server.url}/{TENANT}/oauth2/v2.0/token", timeout=5)
    assert (reply.status_code, "Retry-After" in reply.headers) == (429, False)


def test_a_managed_identity_asks_its_host(entra: Entra, authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(IdentityHost(entra.tenant, CLIENT), authority) as host:
        monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", host.url)
        client = msal.ManagedIdentityClient(msal.SystemAssignedManagedIdentity(), http_client=entra.web)
        told = client.acquire_token_for_client(resource=RESOURCE)
        assert entra.tenant.desk.check(told["access_token"], RESOURCE) != "unknown"
        [asked] = [item.request for item in host.log]
        assert (asked.method, asked.path) == ("GET", "/metadata/identity/oauth2/token")
        assert asked.params == {"api-version": "2018-02-01", "resource": RESOURCE}
        assert client.acquire_token_for_client(resource="https://elsewhere.example")["error"] == "invalid_resource"
        url = f"{host.url}{asked.path}"
        bare = entra.web.get(url, params=asked.params, timeout=5)
        assert (bare.status_code, bare.json()["error"]) == (400, "invalid_request")
        assert entra.web.get(url, headers={"Metadata": "true"}, timeout=5).json()["error"] == "invalid_request"
        foreign = {**asked.params, "client_id": TENANT}
        assert entra.web.get(url, params=foreign, headers={"Metadata": "true"}, timeout=5).status_code == 400

"""The Entra stand-in, asked by msal itself: discovery, tokens, and each refusal with its AADSTS code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import jwt
import msal
import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from connector.sandbox.certificates import Authority
from connector.sandbox.entra.tenant import Application, Tenant
from connector.sandbox.server import RunningServer, serve
from tests.sandbox.entra_clients import CLIENT, RESOURCE, SCOPES, SECRET, TENANT, application, ask, certificate_of


@pytest.fixture(scope="module")
def authority() -> Iterator[Authority]:
    with Authority() as authority:
        yield authority


@pytest.fixture
def tenant() -> Tenant:
    tenant = Tenant(TENANT, names=["contoso.onmicrosoft.com"])
    tenant.register(Application(CLIENT, secrets=[SECRET], expired_secrets=["old"]))
    tenant.add_resource(RESOURCE)
    return tenant


@pytest.fixture
def server(tenant: Tenant, authority: Authority) -> Iterator[RunningServer]:
    with serve(tenant, authority) as server:
        yield server


@pytest.fixture
def web(authority: Authority) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.verify, session.trust_env = str(authority.ca_file), False
        yield session


def test_msal_gets_a_token_in_two_requests_and_the_next_from_its_cache(
    server: RunningServer, tenant: Tenant, web: requests.Session
) -> None:
    app = application(server, web)
    first = app.acquire_token_for_client(SCOPES)
    again = app.acquire_token_for_client(SCOPES)
    assert first["access_token"] == again["access_token"]
    assert again["token_source"] == "cache"
    assert [(item.request.method, item.request.path) for item in server.log] == [
        ("GET", f"/{TENANT}/v2.0/.well-known/openid-configuration"),
        ("POST", f"/{TENANT}/oauth2/v2.0/token"),
    ]
    assert server.log[1].request.headers["x-client-sku"] == "MSAL.Python"
    grant = tenant.desk.check(first["access_token"], RESOURCE + "/")
    assert not isinstance(grant, str)
    assert grant.client_id == CLIENT
    assert tenant.desk.check(first["access_token"], "https://graph.microsoft.com") == "audience"


def test_a_domain_name_and_an_oidc_authority_lead_to_the_same_tenant(
    server: RunningServer, web: requests.Session
) -> None:
    assert "access_token" in application(server, web, tenant="contoso.onmicrosoft.com").acquire_token_for_client(SCOPES)
    app = msal.ConfidentialClientApplication(
        CLIENT, client_credential=SECRET, oidc_authority=f"{server.url}/{TENANT}/v2.0", http_client=web
    )
    assert "access_token" in app.acquire_token_for_client(SCOPES)


def test_the_instance_discovery_of_msal_is_answered(server: RunningServer, web: requests.Session) -> None:
    discovery = f"{server.url}/common/discovery/instance"
    app = application(server, web, instance_discovery=discovery)
    assert "access_token" in app.acquire_token_for_client(SCOPES)
    foreign = {"authorization_endpoint": "https://login.contoso.test/x/oauth2/v2.0/authorize", "api-version": "1.0"}
    reply = web.get(discovery, params=foreign, timeout=5)
    assert (reply.status_code, reply.json()["error"]) == (400, "invalid_instance")


@pytest.mark.parametrize(
    ("change", "scopes", "error", "code"),
    [
        ({"client_credential": "wrong"}, SCOPES, "invalid_client", 7000215),
        ({"client_credential": "old"}, SCOPES, "invalid_client", 7000222),
        ({"client_id": "99999999-2222-3333-4444-555555555555"}, SCOPES, "unauthorized_client", 700016),
        ({}, ["https://other.crm4.dynamics.com/.default"], "invalid_resource", 500011),
        ({}, [f"{RESOURCE}/user_impersonation"], "invalid_scope", 1002012),
    ],
)
def test_refusals_carry_their_code(
    server: RunningServer, web: requests.Session, change: dict, scopes: list[str], error: str, code: int
) -> None:
    result = application(server, web, **change).acquire_token_for_client(scopes)
    assert "access_token" not in result
    assert (result["error"], result["error_codes"]) == (error, [code])
    assert result["error_description"].startswith(f"AADSTS{code}: ")
    assert result["correlation_id"] == server.log[-1].request.headers["client-request-id"]
    assert SECRET not in str(result)


def test_an_unknown_tenant_is_no_authority(server: RunningServer, web: requests.Session) -> None:
    with pytest.raises(ValueError, match="Unable to get authority configuration"):
        application(server, web, tenant="nowhere.example").acquire_token_for_client(SCOPES)
    reply = web.get(f"{server.url}/nowhere.example/v2.0/.well-known/openid-configuration", timeout=5)
    assert (reply.status_code, reply.json()["error_codes"]) == (400, [90002])


def test_forms_that_lack_something_are_refused(server: RunningServer, web: requests.Session) -> None:
    assert ask(server, web, scope=SCOPES[0])["error_codes"] == [7000216]
    assert ask(server, web, client_secret=SECRET)["error_codes"] == [900144]
    assert ask(server, web, client_secret=SECRET, scope="openid profile")["error_codes"] == [70011]
    assert ask(server, web, client_id="")["error_codes"] == [900144]
    assert ask(server, web, grant_type="password")["error_codes"] == [70003]
    two = f"{SCOPES[0]} https://graph.microsoft.com/.default"
    assert ask(server, web, client_secret=SECRET, scope=two)["error_codes"] == [28000]
    get = web.get(f"{server.url}/{TENANT}/oauth2/v2.0/token", timeout=5)
    assert get.json()["error_codes"] == [900561]


def test_a_certificate_signs_in_only_where_it_is_registered(
    server: RunningServer, tenant: Tenant, web: requests.Session, tmp_path: Path
) -> None:
    private, public = certificate_of("crossfunnel")
    credential = {"private_key": private, "public_certificate": public}
    refused = application(server, web, client_credential=credential).acquire_token_for_client(SCOPES)
    assert refused["error_codes"] == [700027]
    tenant.applications[CLIENT].certificates.append(public)
    assert "access_token" in application(server, web, client_credential=credential).acquire_token_for_client(SCOPES)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, None),
        ({"aud": "https://elsewhere"}, 700023),
        ({"exp": 1}, 700024),
        ({"sub": "x"}, 50027),
        ({"forged": 1}, 700027),
    ],
)
def test_an_assertion_must_be_signed_timely_and_meant_for_this_tenant(
    server: RunningServer, tenant: Tenant, web: requests.Session, change: dict, code: int | None
) -> None:
    private, public = certificate_of("crossfunnel")
    tenant.applications[CLIENT].certificates.append(public)
    url = f"{server.url}/{TENANT}/oauth2/v2.0/token"
    claims = {"aud": url, "iss": CLIENT, "sub": CLIENT, "exp": 4_000_000_000, **change}
    key = certificate_of("another")[0] if claims.pop("forged", None) else private
    thumbprint = x509.load_pem_x509_certificate(public.encode()).fingerprint(hashes.SHA256())
    named = {"x5t#S256": jwt.utils.base64url_encode(thumbprint).decode()}
    form = {
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": jwt.encode(claims, key, algorithm="PS256", headers=named),
    }
    told = ask(server, web, scope=SCOPES[0], **form)
    assert told.get("error_codes") == (None if code is None else [code])


def test_the_device_flow_waits_for_the_person(server: RunningServer, tenant: Tenant, web: requests.Session) -> None:
    app = msal.PublicClientApplication(
        CLIENT, authority=f"{server.url}/{TENANT}", http_client=web, instance_discovery=False
    )
    flow = app.initiate_device_flow(SCOPES)
    form = {"grant_type": "device_code", "device_code": flow["device_code"]}
    assert ask(server, web, **form)["error"] == "authorization_pending"
    tenant.approve_device(flow["user_code"], "ada@contoso.test")
    result = app.acquire_token_by_device_flow(flow)
    assert result["access_token"] and result["refresh_token"]
    assert "access_token" in ask(server, web, grant_type="refresh_token", refresh_token=result["refresh_token"])


def test_tokens_end_by_time_and_by_revocation(tenant: Tenant) -> None:
    now = [1000.0]
    tenant.clock = lambda: now[0]
    token = tenant.desk.issue(CLIENT, TENANT, RESOURCE, 60)
    assert not isinstance(tenant.desk.check(token, RESOURCE), str)
    now[0] += 60
    assert tenant.desk.check(token, RESOURCE) == "expired"
    assert tenant.revoke_tokens() == 1
    assert tenant.desk.check(token, RESOURCE) == "unknown"

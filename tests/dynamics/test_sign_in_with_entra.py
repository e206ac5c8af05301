"""Sign-in through msal: by secret or certificate, over our transport, with refusals in plain words."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from scripted_dataverse import CLIENT, SECRET, ScriptedOrg

from connector.adapters.dynamics.signin import EntraTokens
from connector.errors import ConfigError, SignInFailed
from connector.sandbox.exchange import json_answer


def token_requests(org: ScriptedOrg) -> list[Any]:
    return org.server.requests("/oauth2/v2.0/token")


def test_a_secret_signs_in_for_one_resource_and_leaves_no_trace_elsewhere(org: ScriptedOrg, connect: Any) -> None:
    connect().connect()
    [asked] = token_requests(org)
    assert asked.form["scope"] == f"{org.url}/.default"
    assert asked.form["grant_type"] == "client_credentials"
    assert org.server.requests("discovery/instance") == []


@pytest.mark.parametrize(
    ("change", "code", "hint"),
    [
        ({"client_secret": "wrong"}, "AADSTS7000215", "secret's value"),
        ({"client_id": "00000000-0000-0000-0000-000000000000"}, "AADSTS700016", "client_id"),
    ],
)
def test_refusals_name_the_code_and_the_mend(
    org: ScriptedOrg, connect: Any, change: dict[str, str], code: str, hint: str
) -> None:
    with pytest.raises(SignInFailed) as caught:
        connect(**change).connect()
    assert code in caught.value.message and hint in caught.value.hint
    assert SECRET not in caught.value.message and "Trace ID" not in caught.value.message
    assert len(token_requests(org)) == 1


def test_an_unknown_tenant_is_told_so(connect: Any) -> None:
    with pytest.raises(SignInFailed) as caught:
        connect(tenant_id="no-such-tenant.example").connect()
    assert "tenant_id" in caught.value.hint


def test_a_token_endpoint_that_is_down_is_asked_until_it_is_up(org: ScriptedOrg, connect: Any) -> None:
    down = [org.server.fault(fault, path="/token") for fault in ("status=503", "status=500", "html")]
    connect().connect()
    assert [each.fired for each in down] == [1, 1, 1]
    assert len(token_requests(org)) == 4


def test_each_renewal_is_a_new_token(org: ScriptedOrg, connect: Any) -> None:
    adapter = connect()
    first = adapter._tokens.fetch()
    assert adapter._tokens.fetch() != first


class _Down:
    """A token endpoint whose trouble comes with a definite status."""

    def __init__(self, source: Any) -> None:
        self.asked = 0
        self.answers = [
            {"error": "temporarily_unavailable", "error_description": "AADSTS90033: A transient error."},
            {"error": "x", "error_codes": [90033]},
            {"access_token": "token"},
        ]
        self.source = source

    def __call__(self) -> dict[str, Any]:
        self.asked += 1
        return self.answers.pop(0)


def test_a_transient_refusal_is_no_refusal(connect: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    adapter = connect()
    waits: list[float] = []
    tokens = EntraTokens(adapter._source, resource=adapter._url, http=adapter._transport.session, pause=waits.append)
    monkeypatch.setattr(tokens, "_confidential", _Down(adapter._source))
    assert tokens.fetch() == "token"
    assert waits == [2.0, 4.0]


def make_certificate() -> tuple[Any, x509.Certificate]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "crossfunnel test")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    return key, certificate


@pytest.mark.parametrize("form", ["pem", "encrypted pem", "pfx", "encrypted pfx"])
def test_a_certificate_signs_in_from_pem_and_pfx(org: ScriptedOrg, connect: Any, tmp_path: Path, form: str) -> None:
    key, certificate = make_certificate()
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    password = "pass phrase" if "encrypted" in form else None
    secrecy = serialization.BestAvailableEncryption(password.encode()) if password else serialization.NoEncryption()
    if "pem" in form:
        content = pem + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, secrecy)
    else:
        content = pkcs12.serialize_key_and_certificates(b"me", key, certificate, None, secrecy)
    path = tmp_path / "credential"
    path.write_bytes(content)
    org.tenant.applications[CLIENT].certificates.append(pem.decode())
    connect(client_secret=None, certificate_file=path, certificate_password=password).connect()
    [asked] = token_requests(org)
    assert asked.form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def test_a_certificate_file_that_serves_not_is_a_configuration_error(connect: Any, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="certificate_file"):
        connect(client_secret=None, certificate_file=tmp_path / "nowhere.pem").connect()
    path = tmp_path / "half.pem"
    path.write_text("-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n")
    with pytest.raises(ConfigError, match="lacks a private key"):
        connect(client_secret=None, certificate_file=path).connect()


def test_a_person_may_sign_in_by_device_code_and_is_asked_once(org: ScriptedOrg, connect: Any) -> None:
    org.tenant.device_interval = 0
    told: list[str] = []

    def tell(message: str) -> None:
        told.append(message)
        [device] = org.tenant.devices.values()
        org.tenant.approve_device(device.user_code, "ada@contoso.test")

    adapter = connect(client_secret=None, auth="device_code")
    adapter._tokens._tell = tell
    first = adapter._tokens.fetch()
    assert len(told) == 1 and "contoso" in told[0]
    assert adapter._tokens.fetch() != first
    assert len(told) == 1


def test_a_managed_identity_asks_its_host(connect: Any, org: ScriptedOrg, monkeypatch: pytest.MonkeyPatch) -> None:
    def identity(request: Any) -> Any:
        if request.path != "/metadata/identity/oauth2/token":
            return None
        assert request.params["resource"] == org.url and request.headers["Metadata"] == "true"
        reply = {"access_token": "from the host", "expires_in": "3600", "resource": org.url, "token_type": "Bearer"}
        return lambda _request, _app, wire: wire.send(json_answer(reply))

    org.server.interceptor = identity
    monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", org.url)
    adapter = connect(client_secret=None, client_id=None, tenant_id=None, auth="managed_identity")
    assert adapter._tokens.fetch() == "from the host"

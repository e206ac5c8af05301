"""A tenant served on loopback and the ways to ask it: plain forms, msal, certificates."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import msal
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from connector.sandbox.certificates import Authority
from connector.sandbox.entra.tenant import Application, Tenant
from connector.sandbox.server import RunningServer, serve

TENANT = "6babcaad-604b-40ac-a9d7-9fd97c0b779f"
CLIENT = "11111111-2222-3333-4444-555555555555"
SECRET = "s3cret~value"
RESOURCE = "https://contoso.crm4.dynamics.com"
SCOPES = [f"{RESOURCE}/.default"]


def certificate_of(name: str, *, days: float = 1) -> tuple[str, str]:
    """Private key and certificate as PEM; good for ``days`` from now, or expired where they are below 0."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - datetime.timedelta(days=3))
        .not_valid_after(now + datetime.timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private.decode(), certificate.public_bytes(serialization.Encoding.PEM).decode()


def ask(server: RunningServer, web: requests.Session, **form: str) -> dict:
    url = f"{server.url}/{TENANT}/oauth2/v2.0/token"
    return web.post(url, data={"grant_type": "client_credentials", "client_id": CLIENT, **form}, timeout=5).json()


def application(server: RunningServer, web: requests.Session, **change: object) -> msal.ConfidentialClientApplication:
    asked = {"client_credential": SECRET, "tenant": TENANT, "client_id": CLIENT, "instance_discovery": False, **change}
    authority = f"{server.url}/{asked.pop('tenant')}"
    return msal.ConfidentialClientApplication(authority=authority, http_client=web, **asked)


@dataclass
class Entra:
    """A running tenant with one application, and a session that trusts it."""

    tenant: Tenant
    server: RunningServer
    web: requests.Session

    @property
    def app(self) -> Application:
        return self.tenant.applications[CLIENT]

    def ask(self, **form: str) -> dict:
        return ask(self.server, self.web, **form)

    def application(self, **change: object) -> msal.ConfidentialClientApplication:
        return application(self.server, self.web, **change)

    def public(self) -> msal.PublicClientApplication:
        authority = f"{self.server.url}/{TENANT}"
        return msal.PublicClientApplication(CLIENT, authority=authority, http_client=self.web, instance_discovery=False)

    @property
    def asked(self) -> list[tuple[str, str]]:
        """Method and path of every request so far, without the tenant."""
        return [(item.request.method, item.request.path.removeprefix(f"/{TENANT}")) for item in self.server.log]


@contextmanager
def running(authority: Authority) -> Iterator[Entra]:
    """A fresh tenant on a server of its own."""
    tenant = Tenant(TENANT, names=["contoso.onmicrosoft.com"])
    tenant.register(Application(CLIENT, secrets=[SECRET], expired_secrets=["old"]))
    tenant.add_resource(RESOURCE)
    with serve(tenant, authority) as server, requests.Session() as web:
        web.verify, web.trust_env = str(authority.ca_file), False
        yield Entra(tenant, server, web)
        assert server.failures == []

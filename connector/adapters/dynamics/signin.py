"""Signing in to Microsoft Entra with msal: client secret, certificate, device code, managed identity.

Each ``fetch`` asks for a new token, with a new msal application: msal keeps failed answers for 5 to 3600 seconds
and repeats them without asking (``msal.throttled_http_client``), and a fresh application has nothing to repeat.
``instance_discovery=False`` keeps msal from asking login.microsoftonline.com about authorities that are not its
own. All requests go through the transport, which retries them. msal is imported when it is needed: it takes 150 ms.
Knows no Dataverse.
"""

from __future__ import annotations

import json
import logging
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from connector import redaction
from connector.errors import ConfigError, SignInFailed, SourceUnavailable
from connector.plainfiles import UnusableFile, read_bytes
from connector.settings import DynamicsSource

_log = logging.getLogger("crossfunnel.dynamics")

#: unverified beyond their names: Microsoft docs "Microsoft Entra authentication and authorization error codes"
_HINTS = {
    7000215: "client_secret is not one of the app's secrets; use the secret's value, not its id",
    7000222: "the app's client secret has expired; make a new one in the app registration",
    700016: "no app with this client_id in this tenant; compare client_id and tenant_id with the app registration",
    90002: "no such tenant; compare tenant_id with the directory id in the Azure portal",
    900023: "tenant_id is no tenant; it is a GUID or a domain",
    700027: "the certificate is not one of the app's certificates, or it has expired",
    500011: "url is no resource that this tenant knows; compare it with the environment's own address",
    7000112: "the app is disabled in Entra; enable it under Enterprise applications",
    65001: "the app has not been consented to in this tenant",
    53003: "a conditional access policy blocks the sign-in",
}
_TRANSIENT = frozenset({"temporarily_unavailable", "server_error"})
_TRANSIENT_CODES = frozenset({90033, 90006, 50196})
_ATTEMPTS = 3
_LARGEST_CERTIFICATE = 1_000_000


class EntraTokens:
    """A TokenSource for one resource (``https://contoso.crm.dynamics.com``)."""

    def __init__(
        self,
        source: DynamicsSource,
        *,
        resource: str,
        http: Callable[[], Any],
        tell: Callable[[str], None] = _log.warning,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._source = source
        self._resource = resource.rstrip("/")
        self._http = http
        self._tell = tell
        self._pause = pause
        self._refresh_token: str | None = None
        self.signed_in = False

    def fetch(self) -> str:
        """A new token. Raises SignInFailed where Entra refuses, SourceUnavailable where it gives no answer."""
        result: Mapping[str, Any] = {}
        for attempt in range(_ATTEMPTS):
            if attempt:
                self._pause(2.0**attempt)
            result = self._ask()
            if "access_token" in result:
                self.signed_in = True
                return str(result["access_token"])
            if not _is_transient(result):
                raise self._refusal(result)
        raise SourceUnavailable(
            f"{self._source.name}: Entra cannot sign in just now ({_sentence(result)})",
            hint="Run again in some minutes.",
        )

    def _ask(self) -> Mapping[str, Any]:
        from msal.exceptions import MsalServiceError

        ways = {
            "client_secret": self._confidential,
            "certificate": self._confidential,
            "device_code": self._by_device_code,
            "managed_identity": self._managed,
        }
        try:
            return ways[self._source.method()]()
        except (MsalServiceError, json.JSONDecodeError) as error:
            return {"error": "temporarily_unavailable", "error_description": str(error)}
        except ValueError as error:
            raise SignInFailed(
                f"{self._source.name}: {_first_line(str(error))}",
                hint="Compare tenant_id, authority and certificate_file with the app registration in the Azure portal.",
            ) from None

    def _confidential(self) -> Mapping[str, Any]:
        import msal

        app = msal.ConfidentialClientApplication(
            self._source.client_id,
            client_credential=self._credential(),
            authority=self._authority(),
            instance_discovery=False,
            http_client=self._http(),
        )
        return dict(app.acquire_token_for_client([f"{self._resource}/.default"]) or {})

    def _by_device_code(self) -> Mapping[str, Any]:
        """The first time a person confirms a code; later the refresh token does, until it is refused."""
        import msal

        app = msal.PublicClientApplication(
            self._source.client_id, authority=self._authority(), instance_discovery=False, http_client=self._http()
        )
        scopes = [f"{self._resource}/user_impersonation"]
        result: dict[str, Any] = {}
        if self._refresh_token:
            result = dict(app.acquire_token_by_refresh_token(self._refresh_token, scopes))
        if "access_token" not in result and not _is_transient(result):
            flow = app.initiate_device_flow(scopes)
            if "user_code" not in flow:
                return dict(flow)
            self._tell(f"{self._source.name}: {flow['message']}")
            result = dict(app.acquire_token_by_device_flow(flow))
        self._refresh_token = result.get("refresh_token") or self._refresh_token
        redaction.register(self._refresh_token)
        return result

    def _managed(self) -> Mapping[str, Any]:
        import msal

        chosen = self._source.client_id
        identity = (
            msal.UserAssignedManagedIdentity(client_id=chosen) if chosen else msal.SystemAssignedManagedIdentity()
        )
        client = msal.ManagedIdentityClient(identity, http_client=self._http())
        return dict(client.acquire_token_for_client(resource=self._resource) or {})

    def _authority(self) -> str:
        return f"{self._source.authority.rstrip('/')}/{self._source.tenant_id}"

    def _credential(self) -> Any:
        source = self._source
        if source.method() == "client_secret":
            secret = source.client_secret.get_secret_value() if source.client_secret else None
            redaction.register(secret)
            return secret
        return certificate(source)

    def _refusal(self, result: Mapping[str, Any]) -> SignInFailed:
        codes = [int(code) for code in result.get("error_codes") or [] if str(code).isdigit()]
        codes += [int(code) for code in re.findall(r"AADSTS(\d+)", str(result.get("error_description", "")))]
        hint = next(
            (_HINTS[code] for code in codes if code in _HINTS), "Look the code up at login.microsoftonline.com/error."
        )
        return SignInFailed(f"{self._source.name}: Entra refused the sign-in: {_sentence(result)}", hint=hint)


def certificate(source: DynamicsSource) -> dict[str, Any]:
    """The client credential that msal wants for a PEM or a PFX file."""
    path = source.certificate_file or Path()
    password = source.certificate_password
    passphrase = password.get_secret_value() if password else None
    redaction.register(passphrase)
    try:
        content = read_bytes(path, _LARGEST_CERTIFICATE)
    except UnusableFile as error:
        raise ConfigError(
            f"sources.{source.name}.certificate_file: {path} {error}",
            hint="Name a PEM file (private key and certificate) or a PFX file that this account may read.",
        ) from None
    if b"-----BEGIN" not in content:
        return {"private_key_pfx_path": str(path), "passphrase": passphrase, "public_certificate": True}
    text = content.decode("utf-8", "replace")
    blocks = re.findall(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", text, re.DOTALL)
    key = re.search(r"-----BEGIN ([A-Z ]*PRIVATE KEY)-----.*?-----END \1-----", text, re.DOTALL)
    if not blocks or key is None:
        raise ConfigError(
            f"sources.{source.name}.certificate_file: {path} lacks " + ("a private key" if blocks else "a certificate"),
            hint="A PEM file must hold both the private key and the certificate.",
        )
    credential = {"private_key": key.group(), "public_certificate": "\n".join(blocks)}
    return {**credential, "passphrase": passphrase} if passphrase else credential


def sign_in_origins(source: DynamicsSource) -> Iterator[str]:
    """Where sign-in requests go: the authority, or the host's identity endpoint (msal ``managed_identity``)."""
    yield source.authority
    if source.method() == "managed_identity":
        yield "http://169.254.169.254"
        for variable in ("AZURE_POD_IDENTITY_AUTHORITY_HOST", "IDENTITY_ENDPOINT", "MSI_ENDPOINT", "IMDS_ENDPOINT"):
            if os.environ.get(variable):
                yield os.environ[variable]


def _is_transient(result: Mapping[str, Any]) -> bool:
    if result.get("error") in _TRANSIENT:
        return True
    return any(code in _TRANSIENT_CODES for code in result.get("error_codes") or [])


def _sentence(result: Mapping[str, Any]) -> str:
    return _first_line(str(result.get("error_description") or result.get("error") or "no token and no reason came"))


def _first_line(text: str) -> str:
    """Without the trace and correlation ids that Entra appends."""
    return re.split(r"\r?\n| Trace ID:", text.strip(), maxsplit=1)[0][:300]

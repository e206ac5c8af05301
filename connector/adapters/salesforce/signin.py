"""How an org is signed in to: one small TokenSource per flow, over simple-salesforce's sign-in functions.

Every flow yields an access token and the instance it belongs to; ``Instance`` decides whether to believe it.
"""

from __future__ import annotations

import base64
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.parsers.expat import ExpatError
from xml.sax.saxutils import escape

import jwt
from simple_salesforce.exceptions import SalesforceAuthenticationFailed
from simple_salesforce.login import soap_login, token_login

from connector import redaction
from connector.adapters.salesforce.instance import Instance
from connector.adapters.salesforce.refresh import RefreshToken
from connector.errors import ConfigError, SignInFailed
from connector.plainfiles import UnusableFile, read_bytes
from connector.settings import SalesforceSource
from connector.transport import TokenSource, Transport

TOKEN_PATH = "/services/oauth2/token"  # noqa: S105 - a path
#: the last version with SOAP login (Salesforce docs: login() is gone from 65.0)
SOAP_VERSION = "64.0"
JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
JWT_SECONDS = 180
LARGEST_KEY = 100_000
_SHARED_HOSTS = ("https://login.salesforce.com", "https://test.salesforce.com")

HINTS = {
    "invalid_client": "check client_id and client_secret of the connected app",
    "invalid_client_id": "check client_id: the org does not know this connected app",
    "invalid_grant": "check user name, password and token or key; that the connected app allows this flow for this "
    "user, and, for jwt, that this machine's clock is right",
    "unsupported_grant_type": "the connected app or the org does not allow this flow",
    "invalid_app_access": "the user is not admitted to the connected app: pre-authorise its profile",
}


def token_source(source: SalesforceSource, transport: Transport, instance: Instance) -> TokenSource:
    """The TokenSource of the configured ``auth``."""
    for secret in (
        source.client_secret,
        source.password,
        source.security_token,
        source.refresh_token,
        source.session_id,
    ):
        redaction.register(secret.get_secret_value() if secret else None)
    if source.method() == "session":
        return GivenSession(source)
    if source.method() == "refresh_token":
        return RefreshToken(source, transport, instance, url=token_url(source), hints=HINTS)
    ask = {
        "client_credentials": _client_credentials,
        "jwt": _jwt,
        "password": _password if source.client_id else _soap,
    }[source.method()]
    return LibrarySignIn(source, instance, lambda: ask(source, transport))


def token_url(source: SalesforceSource) -> str:
    """Client credentials are taken by the org's own domain only, never by the shared login hosts."""
    origin = source.login_origin
    if source.method() == "client_credentials" and origin in _SHARED_HOSTS:
        if source.instance_origin is None:
            raise ConfigError(
                f"sources.{source.name}: client_credentials need the org's own address, not {origin}",
                hint='set domain = "yourorg.my" (or instance_url)',
            )
        origin = source.instance_origin
    return origin + TOKEN_PATH


class GivenSession:
    """``auth = "session"``: a session id from outside, which cannot be renewed."""

    def __init__(self, source: SalesforceSource) -> None:
        self._source = source
        self._given = False

    def fetch(self) -> str:
        """The session id, once."""
        if self._given or self._source.session_id is None:
            raise SignInFailed(
                f"{self._source.name}: the session_id is expired or was never valid",
                hint="bring a fresh session id, or use client_credentials or jwt, which renew themselves",
            )
        self._given = True
        return self._source.session_id.get_secret_value()


class LibrarySignIn:
    """A flow that simple-salesforce performs; its complaints become ours."""

    def __init__(
        self, source: SalesforceSource, instance: Instance, ask: Callable[[], tuple[str | None, str | None]]
    ) -> None:
        self._source = source
        self._instance = instance
        self._ask = ask

    def fetch(self) -> str:
        """Signs in anew."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                token, host = self._ask()
        except SalesforceAuthenticationFailed as refusal:
            raise _refusal(self._source, refusal) from None
        except (AttributeError, TypeError, KeyError, ExpatError):
            token, host = None, None
        if not token or not host:
            raise _no_answer(self._source, "a success without a token")
        self._instance.adopt(f"https://{host}")
        return token


def refused(source: SalesforceSource, code: str, message: str, hints: dict[str, str]) -> SignInFailed:
    """One sentence about a refused sign-in."""
    said = redaction.redact(f"{code}: {message[:500]}" if message else code)
    hint = hints.get(code, "check the credentials in crossfunnel.toml and the org's login history")
    return SignInFailed(
        f"{source.name}: {source.login_origin} refused the {source.method()} sign-in ({said})", hint=hint
    )


def _refusal(source: SalesforceSource, failed: SalesforceAuthenticationFailed) -> SignInFailed:
    """In our words: the library's own ``message`` is a template that nobody has filled in.

    Its code is the vendor's error word, or a status (None where even that is unsaid) where the answer had none.
    """
    if isinstance(failed.code, str) and failed.code:
        return refused(source, failed.code, failed.auth_message, HINTS)
    return _no_answer(source, f"HTTP {failed.code}" if isinstance(failed.code, int) else "an error without a name")


def _no_answer(source: SalesforceSource, said: str) -> SignInFailed:
    """For an answer that neither signs in nor says why not."""
    return SignInFailed(
        f"{source.name}: {source.login_origin} answered the {source.method()} sign-in with neither "
        f"a token nor a reason ({said})",
        hint="check login_url or domain in crossfunnel.toml: something else than Salesforce may answer there",
    )


def _client_credentials(source: SalesforceSource, transport: Transport) -> tuple[str, str]:
    secret = source.client_secret.get_secret_value() if source.client_secret else ""
    basic = base64.b64encode(f"{source.client_id}:{secret}".encode()).decode()
    redaction.register(basic)
    headers = {"Authorization": f"Basic {basic}", "Content-Type": "application/x-www-form-urlencoded"}
    return _token_login(source, transport, {"grant_type": "client_credentials"}, headers)


def _jwt(source: SalesforceSource, transport: Transport) -> tuple[str, str]:
    claims = {
        "iss": source.client_id,
        "sub": source.username,
        "aud": source.login_origin,
        "exp": int(time.time()) + JWT_SECONDS,
    }
    try:
        assertion = jwt.encode(claims, _private_key(source), algorithm="RS256")
    except (ValueError, TypeError, jwt.PyJWTError) as error:
        raise ConfigError(
            f"sources.{source.name}.private_key_file: no usable RSA key ({error.__class__.__name__})",
            hint="it must be the unencrypted PEM private key of the connected app's certificate",
        ) from None
    return _token_login(source, transport, {"grant_type": JWT_GRANT, "assertion": assertion}, None)


def _private_key(source: SalesforceSource) -> bytes:
    path = source.private_key_file or Path()
    try:
        return read_bytes(path, LARGEST_KEY)
    except UnusableFile as error:
        raise ConfigError(f"sources.{source.name}.private_key_file: {path} {error}") from None


def _password(source: SalesforceSource, transport: Transport) -> tuple[str, str]:
    form = {
        "grant_type": "password",
        "client_id": source.client_id,
        "client_secret": source.client_secret.get_secret_value() if source.client_secret else "",
        "username": source.username,
        "password": _whole_password(source),
    }
    return _token_login(source, transport, form, None)


def _token_login(
    source: SalesforceSource, transport: Transport, form: dict[str, Any], headers: dict[str, str] | None
) -> tuple[str, str]:
    token, host = token_login(
        token_url(source), form, "login", source.client_id or "", headers, None, transport.session()
    )
    return token, host


def _soap(source: SalesforceSource, transport: Transport) -> tuple[str, str]:
    """SOAP login for old orgs without a connected app (Salesforce docs: SOAP API, login())."""
    body = (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/"><env:Body>'
        '<n1:login xmlns:n1="urn:partner.soap.sforce.com">'
        f"<n1:username>{escape(source.username or '')}</n1:username>"
        f"<n1:password>{escape(_whole_password(source))}</n1:password>"
        "</n1:login></env:Body></env:Envelope>"
    )
    headers = {"Content-Type": "text/xml", "charset": "UTF-8", "SOAPAction": "login"}
    url = f"{source.login_origin}/services/Soap/u/{SOAP_VERSION}"
    token, host = soap_login(url, body, headers, None, session=_as_xml(transport))
    return token, host


def _as_xml(transport: Transport) -> Any:
    """A sign-in session that takes XML for an answer."""
    return transport.session(expect="xml")


def _whole_password(source: SalesforceSource) -> str:
    """Salesforce takes the security token at the end of the password."""
    parts = (source.password, source.security_token)
    whole = "".join(part.get_secret_value() for part in parts if part is not None)
    redaction.register(whole, escape(whole))
    return whole

"""The OAuth token endpoint of one org: client credentials, JWT bearer, refresh token and username-password.

Success and failure bodies: docs, OAuth flows of the identity guide; messages after client libraries' sources.
"""

from __future__ import annotations

import base64
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from connector.sandbox.exchange import Answer, Request, json_answer
from connector.sandbox.salesforce.errors import CONTENT_TYPE, OAuthRefusal
from connector.sandbox.salesforce.org import Org

#: that of production orgs, which this one is; https://test.salesforce.com is the audience of sandboxes
LOGIN_HOST = "https://login.salesforce.com"
_LONGEST_ASSERTION = 300
_JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@dataclass
class ConnectedApp:
    """The app and the user that sign in, with all their secrets.

    ``grants`` are the flows that the org allows. Username and password by OAuth (``password``) or SOAP (``soap``) are
    not among them, as in every org made since Summer '23. ``runs_as_user``: client credentials have a user to run as.
    """

    client_id: str = "3MVG9crossfunnelSandboxClient"
    client_secret: str = field(default_factory=lambda: secrets.token_hex(32))
    username: str = "integration@quillmere.example"
    password: str = field(default_factory=lambda: secrets.token_urlsafe(18))
    security_token: str = field(default_factory=lambda: secrets.token_hex(12))
    refresh_token: str = field(default_factory=lambda: "5Aep" + secrets.token_urlsafe(40))
    rotates_refresh_tokens: bool = True
    runs_as_user: bool = True
    grants: set[str] = field(default_factory=lambda: {"client_credentials", _JWT_GRANT, "refresh_token"})
    _key: rsa.RSAPrivateKey | None = None

    @property
    def key(self) -> rsa.RSAPrivateKey:
        """The key whose certificate the app holds; made on first use."""
        if self._key is None:
            self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        return self._key

    def authorize(self) -> str:
        """The user approves the app anew: the refresh token of the new grant."""
        self.refresh_token = "5Aep" + secrets.token_urlsafe(40)
        return self.refresh_token

    def private_key_pem(self) -> bytes:
        """What a client signs its assertions with."""
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )


class TokenEndpoint:
    """``audiences`` are the origins that an assertion may be meant for, ``origin`` is told as ``instance_url``."""

    def __init__(
        self, org: Org, app: ConnectedApp, origin: Callable[[], str], audiences: Callable[[], set[str]]
    ) -> None:
        self._org = org
        self._app = app
        self._origin = origin
        self._audiences = audiences
        self._guard = threading.Lock()
        self._spent: set[str] = set()
        self._refreshed: list[str] = []
        self._flows: dict[str, Callable[[dict[str, str], Request], dict[str, Any]]] = {
            "client_credentials": self._client_credentials,
            _JWT_GRANT: self._jwt,
            "refresh_token": self._refresh,
            "password": self._password,
        }

    def answer(self, request: Request, *, on_login_host: bool) -> Answer:
        """Answers POST /services/oauth2/token on the org's own domain, or on the login host."""
        try:
            if request.method != "POST":
                raise OAuthRefusal("invalid_request", "must use HTTP POST")
            form = request.form
            grant = form.get("grant_type", "")
            flow = self._flows.get(grant)
            if grant == "password" and grant not in self._app.grants:
                raise OAuthRefusal("invalid_grant", "authentication failure")
            if flow is None or grant not in self._app.grants:
                raise OAuthRefusal("unsupported_grant_type", "grant type not supported")
            if grant == "client_credentials" and on_login_host:
                raise _wrong_host()
            return json_answer(flow(form, request), headers={"Cache-Control": "no-store"}, content_type=CONTENT_TYPE)
        except OAuthRefusal as refusal:
            return refusal.answer()

    def revoke(self, request: Request) -> Answer:
        """Answers /services/oauth2/revoke: ends a session, or the grant of a refresh token (docs: revoke tokens)."""
        token = (request.form if request.method == "POST" else request.params).get("token", "")
        if token and token == self._app.refresh_token:
            self._end_grant()
        elif not self._org.sessions.knows(token):
            return OAuthRefusal("invalid_token", f"invalid token: {token}").answer()
        self._org.sessions.revoke([token])
        return Answer(200, {"Content-Type": CONTENT_TYPE})

    def _client_credentials(self, form: dict[str, str], request: Request) -> dict[str, Any]:
        self._check_client(form, request)
        if not self._app.runs_as_user:
            raise OAuthRefusal("invalid_grant", "no client credentials user enabled")
        told = self._grant()
        now = str(int(self._org.clock().timestamp() * 1000))
        return told | {
            "issued_at": now,
            "signature": secrets.token_urlsafe(32),
            "api_instance_url": "https://api.salesforce.com",
        }

    def _jwt(self, form: dict[str, str], _request: Request) -> dict[str, Any]:
        try:
            claims = jwt.decode(
                form.get("assertion", ""),
                self._app.key.public_key(),
                algorithms=["RS256"],
                options={"verify_aud": False, "verify_exp": False, "verify_nbf": False},
            )
            expires = int(claims["exp"])
        except (jwt.PyJWTError, KeyError, ValueError):
            raise OAuthRefusal("invalid_grant", "invalid assertion") from None
        now = self._org.clock().timestamp()
        if claims.get("iss") != self._app.client_id:
            raise OAuthRefusal("invalid_client_id", "client identifier invalid")
        if str(claims.get("aud", "")).rstrip("/") not in {LOGIN_HOST, *self._audiences()}:
            raise OAuthRefusal("invalid_grant", "audience is invalid")
        if expires < now:
            raise OAuthRefusal("invalid_grant", "assertion expired")
        if expires > now + _LONGEST_ASSERTION:
            raise _too_far()
        if claims.get("sub") != self._app.username:
            raise OAuthRefusal("invalid_grant", "user hasn't approved this consumer")
        return self._grant()

    def _refresh(self, form: dict[str, str], request: Request) -> dict[str, Any]:
        self._check_client(form, request, secret_needed="client_secret" in form)
        presented = form.get("refresh_token", "")
        with self._guard:
            self._refuse_spent(presented)
            told = self._grant()
            self._refreshed.append(told["access_token"])
            if self._app.rotates_refresh_tokens:
                self._spent.add(presented)
                told["refresh_token"] = self._app.authorize()
        return told

    def _refuse_spent(self, presented: str) -> None:
        """A token used a second time ends the whole grant: its present token and every session (docs: rotation)."""
        if presented in self._spent:
            self._end_grant()
        current = self._app.refresh_token
        if not current or not secrets.compare_digest(presented.encode(), current.encode()):
            raise OAuthRefusal("invalid_grant", "expired access/refresh token")

    def _end_grant(self) -> None:
        self._app.refresh_token = ""
        self._org.sessions.revoke(self._refreshed)
        self._refreshed.clear()

    def _password(self, form: dict[str, str], request: Request) -> dict[str, Any]:
        self._check_client(form, request)
        if not self.knows(form.get("username", ""), form.get("password", "")):
            raise OAuthRefusal("invalid_grant", "authentication failure")
        return self._grant()

    def allows(self, grant: str) -> bool:
        """Whether the org lets clients sign in this way."""
        return grant in self._app.grants

    def knows(self, username: str, password: str) -> bool:
        """Whether a user may enter with this password (followed by the security token)."""
        whole = self._app.password + self._app.security_token
        return username == self._app.username and secrets.compare_digest(password.encode(), whole.encode())

    def _check_client(self, form: dict[str, str], request: Request, *, secret_needed: bool = True) -> None:
        identity, secret = form.get("client_id", ""), form.get("client_secret", "")
        scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "basic":
            identity, _, secret = _decoded(encoded).partition(":")
        if identity != self._app.client_id:
            raise OAuthRefusal("invalid_client_id", "client identifier invalid")
        if secret_needed and not secrets.compare_digest(secret.encode(), self._app.client_secret.encode()):
            raise OAuthRefusal("invalid_client", "invalid client credentials")

    def _grant(self) -> dict[str, Any]:
        session = self._org.sessions.open(self._org.user_id)
        return {
            "access_token": session.token,
            "scope": "api",
            "instance_url": self._origin(),
            "id": f"https://login.salesforce.com/id/{self._org.id}/{self._org.user_id}",
            "token_type": "Bearer",
        }


def _decoded(encoded: str) -> str:
    """What a Basic header holds, nothing where it holds no such thing."""
    try:
        return base64.b64decode(encoded, validate=True).decode()
    except ValueError:
        return ""


def _wrong_host() -> OAuthRefusal:
    """Client credentials are for My Domain hosts (docs); how the login host says so is unverified."""
    return OAuthRefusal("invalid_grant", "request not supported on this domain")


def _too_far() -> OAuthRefusal:
    """An assertion may be good for five minutes at most; the sentence about a longer one is unverified."""
    return OAuthRefusal("invalid_grant", "invalid assertion")

"""Access tokens: issued for one resource, known until they expire or are revoked. Knows no HTTP.

They look like the real ones (three base64 parts of a JWT) so that redaction is put to the test, but nothing in
them is to be read: Microsoft's "Access tokens in the Microsoft identity platform" forbids clients to do so.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

Verdict = Literal["unknown", "expired", "audience"]


@dataclass(frozen=True)
class Grant:
    """What a token stands for."""

    client_id: str
    tenant_id: str
    audience: str
    expires_at: float
    user: str | None = None


def encoded_part(value: Any) -> str:
    """One part of a JWT."""
    data = value if isinstance(value, bytes) else json.dumps(value, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class TokenDesk:
    """Issues, checks and revokes tokens. ``clock`` gives seconds since the epoch."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._key = secrets.token_bytes(32)
        self._grants: dict[str, Grant] = {}
        self._guard = threading.Lock()
        self.issued = 0

    def issue(self, client_id: str, tenant_id: str, audience: str, lifetime: int, user: str | None = None) -> str:
        """A new token for ``audience``, good for ``lifetime`` seconds."""
        now = self._clock()
        grant = Grant(client_id, tenant_id, audience.rstrip("/").lower(), now + lifetime, user)
        claims = {"aud": audience, "appid": client_id, "tid": tenant_id, "iat": int(now), "exp": int(now) + lifetime}
        text = f"{encoded_part({'typ': 'JWT', 'alg': 'HS256'})}.{encoded_part({**claims, 'uti': secrets.token_hex(8)})}"
        token = f"{text}.{encoded_part(hmac.digest(self._key, text.encode(), hashlib.sha256))}"
        with self._guard:
            self._grants[token] = grant
            self.issued += 1
        return token

    def check(self, token: str, audience: str) -> Grant | Verdict:
        """The grant behind a token, or why it is worth nothing to ``audience``."""
        with self._guard:
            grant = self._grants.get(token)
        if grant is None:
            return "unknown"
        if grant.expires_at <= self._clock():
            return "expired"
        return grant if grant.audience == audience.rstrip("/").lower() else "audience"

    def revoke_all(self) -> int:
        """Every token issued so far is worth nothing from now on; returns how many there were."""
        with self._guard:
            count = len(self._grants)
            self._grants.clear()
        return count

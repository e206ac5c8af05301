"""Tells secrets that stand where none belongs, by their shape, so that they can be refused without repeating them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

#: keys whose very purpose is a secret; a proxy may carry a password in its address
SECRET_KEYS = frozenset(
    {"client_secret", "password", "security_token", "refresh_token", "session_id", "certificate_password", "proxy"}
)
#: Entra: the form that secret scanners know it by; Salesforce: docs on session ids, OAuth tokens and consumer secrets
_SHAPES = (
    (re.compile(r"[A-Za-z0-9_~.]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}\Z"), "a client secret of Entra", "client_secret"),
    (re.compile(r"[0-9A-F]{64}\Z"), "a consumer secret of Salesforce", "client_secret"),
    (re.compile(r"00D[A-Za-z0-9]{12,15}!\S{20,}"), "a session id of Salesforce", "session_id"),
    (re.compile(r"5Aep[A-Za-z0-9._]{20,}"), "a refresh token of Salesforce", "refresh_token"),
    (re.compile(r"eyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]+\."), "an access token", "session_id"),
    (re.compile(r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----"), "a private key", "private_key_file or certificate_file"),
)  # fmt: skip


def misplaced_secrets(value: Any, keys: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Keys of values that look like a secret and are none of the keys made for it, each with what to do."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from misplaced_secrets(item, (*keys, key))
    elif isinstance(value, list):
        for item in value:
            yield from misplaced_secrets(item, keys)
    elif isinstance(value, str) and keys and keys[-1] not in SECRET_KEYS:
        for shape, what, home in _SHAPES:
            if shape.match(value):
                yield keys, f'holds what looks like {what}; it belongs in {home}, best as "${{NAME}}"'
                return

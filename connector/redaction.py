"""Keeps secrets out of logs and error texts: known values and known shapes become ``[redacted]``.

Knows nothing of HTTP or of settings; whoever holds a secret registers it here before using it.
"""

from __future__ import annotations

import json
import logging
import re
import threading
from urllib.parse import quote, quote_plus

REDACTED = "[redacted]"
#: shorter values would blot out ordinary words
SHORTEST = 4

_NAMES = (
    r"access_token|refresh_token|id_token|client_secret|client_assertion|assertion|password|passwd|security_token"
    r"|session_?id|sid|api_key|private_key|certificate_password|device_code|x-sfdc-session"
)
_SHAPES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(authorization\W{1,6}(?:bearer|basic|oauth)?\s*)[^\s\"',;}]+", re.IGNORECASE), r"\1" + REDACTED),
    (re.compile(r"\b(bearer|basic)\s+[A-Za-z0-9!._~+/=%-]{8,}", re.IGNORECASE), r"\1 " + REDACTED),
    (re.compile(rf"\b({_NAMES})(=)[^&\s\"'<>]+", re.IGNORECASE), r"\1\2" + REDACTED),
    (
        re.compile(rf"([\"'](?:{_NAMES})[\"']\s*:\s*)([\"'])(?:\\.|(?!\2).)*(?:\2|$)", re.IGNORECASE),
        r"\1\2" + REDACTED + r"\2",
    ),
    (re.compile(rf"(<(?:\w+:)?(?:{_NAMES})>)[^<]*", re.IGNORECASE), r"\1" + REDACTED),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?"), REDACTED),
    (re.compile(r"\b00D[A-Za-z0-9]{12,15}!\S+"), REDACTED),
    (re.compile(r"(://[^/\s:@]+:)[^/\s@]+@"), r"\1" + REDACTED + "@"),
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL), REDACTED),
)


class Redactor:
    """A growing set of known secret values, and the shapes that secrets usually have."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def register(self, *secrets: str | None) -> None:
        """From now on these values are blotted out, in plain, URL-encoded and JSON spelling."""
        spellings = {spelling for secret in secrets if secret for spelling in _spellings(secret)}
        with self._lock:
            if not spellings <= self._values:
                self._values |= spellings
                self._pattern = None

    def redact(self, text: str) -> str:
        """The text without secrets."""
        if self._values:
            text = (self._pattern or self._compiled()).sub(REDACTED, text)
        for shape, replacement in _SHAPES:
            text = shape.sub(replacement, text)
        return text

    def _compiled(self) -> re.Pattern[str]:
        """Only once something is to be redacted: each sign-in brings a new secret, few bring an error to tell."""
        with self._lock:
            longest_first = sorted(self._values, key=len, reverse=True)
            pattern = self._pattern = re.compile("|".join(map(re.escape, longest_first)))
            return pattern


def _spellings(secret: str) -> set[str]:
    plain = secret.strip()
    spelled = {plain, quote(plain, safe=""), quote_plus(plain), json.dumps(plain)[1:-1]}
    return {spelling for spelling in spelled if len(spelling) >= SHORTEST}


_known = Redactor()
register = _known.register
redact = _known.redact


class RedactingFilter(logging.Filter):
    """Rewrites every record that passes: message, arguments and traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            message = record.getMessage()
        except (TypeError, ValueError):
            message = f"{record.msg!r} {record.args!r}"
        record.msg, record.args = redact(message), None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = redact(record.exc_text)
        if record.stack_info:
            record.stack_info = redact(record.stack_info)
        return True


def protect(handler: logging.Handler) -> None:
    """Nothing that this handler writes holds a known secret. A filter on a logger would miss child loggers."""
    if not any(isinstance(present, RedactingFilter) for present in handler.filters):
        handler.addFilter(RedactingFilter())

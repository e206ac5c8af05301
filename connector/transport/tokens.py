"""One token for all threads of a source: fetched once, renewed once per token, given up after three renewals.

Knows no sign-in protocol; a TokenSource does that.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Protocol

from connector import redaction
from connector.errors import SignInFailed

RENEWALS = 3


class TokenSource(Protocol):
    """One way to sign in."""

    def fetch(self) -> str:
        """Signs in anew and returns an access token. Raises SignInFailed or SourceUnavailable."""


@dataclass(frozen=True)
class Token:
    """An access token and its place in the line of tokens of this run."""

    text: str
    number: int


class TokenKeeper:
    """Holds the current token; all threads share its renewal."""

    def __init__(self, source: str, tokens: TokenSource) -> None:
        self._source = source
        self._tokens = tokens
        self._lock = threading.Lock()
        self._token: Token | None = None
        self._fruitless = 0
        self._refusal: SignInFailed | None = None

    def current(self) -> Token:
        """The current token; the first call signs in."""
        token = self._token
        if token is not None:
            return token
        with self._lock:
            return self._token or self._fetch()

    def worked(self, token: Token) -> None:
        """A request with this token was accepted, so the count of fruitless renewals starts anew."""
        if self._fruitless and token is self._token:
            with self._lock:
                if token is self._token:
                    self._fruitless = 0

    def refused(self, number: int, *, seen: int) -> None:
        """A request met a 401 with token ``number``: renews it, unless another thread already has.

        ``seen`` counts the different tokens that this one request was refused with: where others succeed and
        it never does, it must end too.
        """
        with self._lock:
            if self._fruitless >= RENEWALS or seen > RENEWALS:
                raise self._give_up()
            if self._token is not None and self._token.number == number:
                self._fruitless += 1
                self._fetch()

    def _fetch(self) -> Token:
        # a refusal is final: asking again from every thread could lock the account
        if self._refusal is not None:
            raise self._refusal
        try:
            text = self._tokens.fetch()
        except SignInFailed as refusal:
            self._refusal = refusal
            raise
        redaction.register(text)
        self._token = Token(text, self._token.number + 1 if self._token else 1)
        return self._token

    def _give_up(self) -> SignInFailed:
        self._refusal = SignInFailed(
            f"{self._source}: the token was refused, and so were {RENEWALS} fresh ones in a row",
            hint="the sign-in works but its tokens do not: look at IP restrictions, session policies and the "
            "API access of the account",
        )
        return self._refusal

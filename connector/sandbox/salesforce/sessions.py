"""Sessions of one org: bearer tokens handed out, used, expired and revoked. Knows no limit of calls."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from connector.sandbox.salesforce.errors import session_invalid

#: a session ends after this long without a call (docs: default of the org's session settings)
IDLE = timedelta(minutes=120)


@dataclass
class Session:
    """One signed-in client."""

    token: str
    user: str
    last_used: datetime


class Sessions:
    """``clock`` tells the org's time."""

    def __init__(self, org_id: str, clock: Callable[[], datetime]) -> None:
        self._org_id = org_id
        self._clock = clock
        self._guard = threading.Lock()
        self._open: dict[str, Session] = {}
        self._calls_left: int | None = None
        self.issued = 0
        self.idle = IDLE

    def open(self, user: str) -> Session:
        """A fresh session. Its token begins with the org's id, as real ones do."""
        with self._guard:
            self.issued += 1
            session = Session(f"{self._org_id[:15]}!AQ{secrets.token_urlsafe(48)}", user, self._clock())
            self._open[session.token] = session
            return session

    def use(self, token: str | None) -> Session:
        """The session of a call; refused where there is none, it is idle too long, or was revoked."""
        with self._guard:
            now = self._clock()
            session = self._open.get(token or "")
            if session is None or now - session.last_used > self.idle:
                self._open.pop(token or "", None)
                raise session_invalid()
            if self._calls_left is not None:
                if self._calls_left == 0:
                    self._calls_left = None
                    self._open.clear()
                    raise session_invalid()
                self._calls_left -= 1
            session.last_used = now
            return session

    def knows(self, token: str) -> bool:
        """Whether this session is open."""
        with self._guard:
            return token in self._open

    def revoke(self, tokens: Iterable[str] | None = None) -> None:
        """Ends these sessions, or every one, at once."""
        with self._guard:
            for token in list(self._open) if tokens is None else tokens:
                self._open.pop(token, None)

    def expire_after(self, calls: int) -> None:
        """Lets so many more calls pass, then ends every session once."""
        with self._guard:
            self._calls_left = calls

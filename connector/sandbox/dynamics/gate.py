"""Who may ask, and how much: tokens, membership, privileges, service protection. Knows no query.

"Service protection API limits": per user 6,000 requests and 20 minutes of execution in 5 minutes, 52 at once.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from connector.sandbox.dynamics.refusals import (
    Refused,
    disabled_user,
    limited_read,
    missing_privilege,
    not_a_member,
    throttled,
    unauthorized,
)
from connector.sandbox.dynamics.schema import Table
from connector.sandbox.entra.tenant import Tenant
from connector.sandbox.entra.tokens import Grant
from connector.sandbox.exchange import Answer, Request

_WINDOW = 300.0
MOST_AT_ONCE = 52
#: seconds that a refused request adds to the pause of the next; that it grows is documented, by how much is not
_PRESSING = 5


@dataclass
class Throttle:
    """The next ``left`` requests are refused with ``code``."""

    left: int
    code: str
    retry_after: int | None


class Gate:
    """Every request passes here first. The fields are the handles of tests."""

    def __init__(self, tenant: Tenant, user_id: str) -> None:
        self.tenant = tenant
        self.user_id = user_id
        #: client ids without an application user in this environment
        self.strangers: set[str] = set()
        #: client ids whose application user is disabled
        self.disabled: set[str] = set()
        #: tables that the role may not read at all, and those it may read in part only
        self.denied: set[str] = set()
        self.limited: set[str] = set()
        self.request_limit = 6000
        #: seconds of execution within five minutes
        self.time_limit = 1200.0
        self._throttles: deque[Throttle] = deque()
        self._recent: deque[float] = deque()
        self._spent: deque[tuple[float, float]] = deque()
        self._spent_seconds = 0.0
        self._pressed = 0
        self._at_once = 0
        self._guard = threading.Lock()

    def throttle(self, count: int, code: str = "0x80072322", retry_after: int | None = 1) -> None:
        """Refuses the next ``count`` requests with 429."""
        with self._guard:
            self._throttles.append(Throttle(count, code, retry_after))

    def grant(self, request: Request, origin: str) -> Grant | Answer:
        """What the request's token allows here, or the 401 that it gets."""
        found = self.tenant.desk.check(request.bearer or "", origin)
        if isinstance(found, Grant) and found.tenant_id == self.tenant.tenant_id:
            return found
        host = request.headers.get("Host", "localhost")
        uri = f"https://{host}/{self.tenant.tenant_id}/oauth2/authorize"
        return unauthorized(uri, origin, expired=found == "expired")

    @contextlib.contextmanager
    def admitted(self, grant: Grant) -> Iterator[dict[str, str]]:
        """Counts the request in and out; Refused where it is one too many. Yields the rate limit headers."""
        if grant.client_id in self.strangers:
            raise not_a_member()
        if grant.client_id in self.disabled:
            raise disabled_user(self.user_id)
        began = time.monotonic()
        with self._guard:
            self._refuse_on_demand()
            time_left = self._time_left(began)
            remaining = self._remaining(began)
            self._pressed = 0
            if self._at_once >= MOST_AT_ONCE:
                raise throttled("0x80072326", 1)
            self._at_once += 1
        try:
            yield {
                "x-ms-ratelimit-burst-remaining-xrm-requests": str(remaining),
                "x-ms-ratelimit-time-remaining-xrm-requests": f"{time_left:,.2f}",
            }
        finally:
            with self._guard:
                self._at_once -= 1
                ended = time.monotonic()
                self._spent.append((ended, ended - began))
                self._spent_seconds += ended - began

    def check_read(self, table: Table) -> None:
        """Refused where the role has no read privilege on a table."""
        if table.name in self.denied:
            raise missing_privilege(self.user_id, table.name, table.code)

    def check_organization_read(self, table: Table) -> None:
        """Change tracking asks for read access to the whole organization's rows."""
        if table.name in self.limited:
            raise limited_read(self.user_id, table.name)

    def _refuse_on_demand(self) -> None:
        while self._throttles:
            first = self._throttles[0]
            if first.left > 0:
                first.left -= 1
                raise throttled(first.code, first.retry_after)
            self._throttles.popleft()

    def _remaining(self, now: float) -> int:
        while self._recent and now - self._recent[0] > _WINDOW:
            self._recent.popleft()
        if len(self._recent) >= self.request_limit:
            raise self._too_much("0x80072322", self._recent[0], now)
        self._recent.append(now)
        return self.request_limit - len(self._recent)

    def _time_left(self, now: float) -> float:
        while self._spent and now - self._spent[0][0] > _WINDOW:
            self._spent_seconds -= self._spent.popleft()[1]
        left = self.time_limit - self._spent_seconds
        if left < 0:
            raise self._too_much("0x80072321", self._spent[0][0], now)
        return left

    def _too_much(self, code: str, oldest: float, now: float) -> Refused:
        """Back when the window lets go of what is oldest in it; whoever presses on is told to wait longer."""
        pause = int(oldest + _WINDOW - now) + 1 + self._pressed
        self._pressed += _PRESSING
        return throttled(code, pause)

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
        #: tables that the role may not read at all, and those it may read in part only
        self.denied: set[str] = set()
        self.limited: set[str] = set()
        self.request_limit = 6000
        self._throttles: deque[Throttle] = deque()
        self._recent: deque[float] = deque()
        self._at_once = 0
        self._guard = threading.Lock()

    def throttle(self, count: int, code: str = "0x80072322", retry_after: int | None = 1) -> None:
        """Refuses the next ``count`` requests with 429."""
        with self._guard:
            self._throttles.append(Throttle(count, code, retry_after))

    def grant(self, request: Request, origin: str) -> Grant | Answer:
        """What the request's token allows here, or the 401 that it gets."""
        found = self.tenant.desk.check(request.bearer or "", origin)
        if isinstance(found, Grant):
            return found
        host = request.headers.get("Host", "localhost")
        uri = f"https://{host}/{self.tenant.tenant_id}/oauth2/authorize"
        return unauthorized(uri, origin, expired=found == "expired")

    @contextlib.contextmanager
    def admitted(self, grant: Grant) -> Iterator[dict[str, str]]:
        """Counts the request in and out; Refused where it is one too many. Yields the rate limit headers."""
        if grant.client_id in self.strangers:
            raise not_a_member()
        with self._guard:
            self._refuse_on_demand()
            remaining = self._remaining()
            if self._at_once >= MOST_AT_ONCE:
                raise throttled("0x80072326", 1)
            self._at_once += 1
        try:
            yield {
                "x-ms-ratelimit-burst-remaining-xrm-requests": str(remaining),
                "x-ms-ratelimit-time-remaining-xrm-requests": "1,200.00",
            }
        finally:
            with self._guard:
                self._at_once -= 1

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

    def _remaining(self) -> int:
        now = time.monotonic()
        while self._recent and now - self._recent[0] > _WINDOW:
            self._recent.popleft()
        if len(self._recent) >= self.request_limit:
            raise throttled("0x80072322", int(self._recent[0] + _WINDOW - now) + 1)
        self._recent.append(now)
        return self.request_limit - len(self._recent)

"""Calls against the limits of one org: those of a day, and those that take long at the same time. Knows no path."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from connector.sandbox.salesforce.errors import Refusal

#: a call counts as long-running from here on (docs: concurrent API request limits)
LONG = timedelta(seconds=20)


@dataclass
class Allowance:
    """So many calls of so many; ``name`` is the app that a per-app allowance belongs to."""

    most: int
    used: int = 0
    name: str = ""


class Usage:
    """``clock`` tells the org's time. (The day never ends here: a test sets ``used``.)

    ``bursts`` and ``per_app`` are told where they are set, as some orgs do.
    """

    def __init__(self, clock: Callable[[], datetime], most: int = 100_000) -> None:
        self._clock = clock
        self._guard = threading.Lock()
        self._keys = itertools.count()
        self._running: dict[int, datetime] = {}
        self.most = most
        self.used = 0
        self.bursts: Allowance | None = None
        self.per_app: Allowance | None = None
        #: 25 in production orgs, 5 in developer ones (docs)
        self.most_long_running = 25

    def count(self) -> None:
        """One call more; refused where the limit is reached."""
        with self._guard:
            if self.used >= self.most:
                raise self._exceeded("TotalRequests Limit exceeded.")
            long = sum(1 for since in self._running.values() if self._clock() - since >= LONG)
            if long >= self.most_long_running:
                raise self._exceeded("ConcurrentRequests (Concurrent API Requests) Limit exceeded.")
            self.used += 1
            for allowance in (self.bursts, self.per_app):
                if allowance is not None:
                    allowance.used += 1

    @contextmanager
    def running(self) -> Iterator[None]:
        """A call is being answered."""
        with self._guard:
            key = next(self._keys)
            self._running[key] = self._clock()
        try:
            yield
        finally:
            with self._guard:
                del self._running[key]

    def header(self) -> dict[str, str]:
        """What every answer tells of it (docs headers_api_usage)."""
        parts = [f"api-usage={self.used}/{self.most}"]
        if self.bursts is not None:
            parts.append(f"api-bursts={self.bursts.used}/{self.bursts.most}")
        if self.per_app is not None:
            name = f"(appName={self.per_app.name})"
            parts.append(f"per-app-api-usage={self.per_app.used}/{self.per_app.most}{name}")
        return {"Sforce-Limit-Info": "; ".join(parts)}

    def told(self) -> dict[str, dict[str, int]]:
        """What ``/limits`` tells of it."""
        return {"DailyApiRequests": {"Max": self.most, "Remaining": self.most - self.used}}

    def _exceeded(self, message: str) -> Refusal:
        """The daily limit and the concurrent one share status and code (docs: status codes and errors)."""
        return Refusal(403, "REQUEST_LIMIT_EXCEEDED", message, headers=self.header())

"""How many query jobs an org may create, and how much their results may hold, in any 24 hours. Knows no job."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta

from connector.sandbox.salesforce.errors import Refusal

DAY = timedelta(hours=24)
_KILOBYTE = 1_000


class BulkQuota:
    """Both limits roll: what is older than 24 hours by ``clock`` no longer counts (docs: Bulk API 2.0 limits)."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._guard = threading.Lock()
        self._jobs: deque[datetime] = deque()
        self._results: deque[tuple[datetime, int]] = deque()
        self.most_jobs = 10_000
        self.most_kilobytes = 1_000_000_000

    def job_created(self) -> None:
        """One job more; refused where a limit is reached (messages: recorded, and as clients match them)."""
        with self._guard:
            self._forget()
            if len(self._jobs) >= self.most_jobs:
                count = f"Max bulk v2 query jobs ({self.most_jobs}) per 24 hrs has been reached ({len(self._jobs)})"
                raise Refusal(400, "LIMIT_EXCEEDED", count)
            if self._stored() >= self.most_kilobytes * _KILOBYTE:
                size = f"Max bulk v2 query result size stored ({self.most_kilobytes}) kb per 24 hrs has been exceeded"
                raise Refusal(400, "LIMIT_EXCEEDED", size)
            self._jobs.append(self._clock())

    def result_stored(self, size: int) -> None:
        """A job's result of so many bytes is kept."""
        with self._guard:
            self._results.append((self._clock(), size))

    def told(self) -> dict[str, dict[str, int]]:
        """What ``/limits`` tells of it."""
        with self._guard:
            self._forget()
            most_megabytes = self.most_kilobytes * _KILOBYTE // 2**20
            left = most_megabytes - self._stored() // 2**20
            return {
                "DailyBulkV2QueryFileStorageMB": {"Max": most_megabytes, "Remaining": left},
                "DailyBulkV2QueryJobs": {"Max": self.most_jobs, "Remaining": self.most_jobs - len(self._jobs)},
            }

    def _forget(self) -> None:
        since = self._clock() - DAY
        while self._jobs and self._jobs[0] <= since:
            self._jobs.popleft()
        while self._results and self._results[0][0] <= since:
            self._results.popleft()

    def _stored(self) -> int:
        return sum(size for _, size in self._results)

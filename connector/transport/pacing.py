"""When to ask again: Retry-After, back-off, and the gate that holds back all threads of a source."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

FIRST_WAIT = 0.5
LONGEST_WAIT = 30.0


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the answer asks to wait, from a number or an HTTP date; None where it says nothing usable.

    "At once" is not usable either: obeyed to the letter it would hammer a source that is still busy.

    A date is taken against the answer's own ``Date``, so that a wrong local clock does no harm.
    """
    text = (headers.get("Retry-After") or "").strip()
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        return _until(text, served_at(headers))
    return seconds if 0 < seconds < float("inf") else None


def served_at(headers: Mapping[str, str]) -> datetime | None:
    """The answer's own ``Date``."""
    return _http_date(headers.get("Date") or "")


def _until(text: str, served: datetime | None) -> float | None:
    moment = _http_date(text)
    if moment is None:
        return None
    present = served or datetime.now(UTC)
    return max(0.0, (moment - present).total_seconds()) or None


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def backoff(attempt: int) -> float:
    """Exponential with jitter; ``attempt`` counts from 1."""
    longest: float = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(attempt - 1, 16))
    return longest * random.uniform(0.5, 1.0)  # noqa: S311


class Gate:
    """Closed for all threads of a source while the source asks to be left alone."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._opens_at = 0.0

    def close_for(self, seconds: float) -> None:
        """Nobody asks for so long; a shorter wait never cuts a longer one."""
        with self._lock:
            self._opens_at = max(self._opens_at, self._clock() + seconds)

    def remaining(self) -> float:
        """Seconds until the gate opens; 0 where it is open."""
        with self._lock:
            return max(0.0, self._opens_at - self._clock())

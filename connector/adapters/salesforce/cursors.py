"""The cursor of one object: from which stamp to read on, and under which ``start_date`` it was read.

``since`` is a watermark up to which nothing can appear any more, taken before the read it belongs to began:
``latestDateCovered`` of getDeleted stalls at the oldest open transaction (Salesforce docs: getDeletedResult),
so rows that commit late under an earlier stamp are read by the next run.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from connector.adapters.base import Cursor
from connector.instants import moment, spell

#: where the org publishes no watermark, this much is read again
LOOK_BACK = timedelta(minutes=10)
#: deletes are told for 15 days (Salesforce docs: getDeleted); stay clear of the edge
DELETES_TOLD = timedelta(days=14, hours=12)


@dataclass(frozen=True)
class Place:
    """A cursor, read."""

    since: str
    start_date: str | None = None
    rows: int | None = None

    @classmethod
    def of(cls, cursor: Cursor | None) -> Place | None:
        """None where there is no usable cursor."""
        if not cursor:
            return None
        since, start_date, rows = _instant(cursor.get("since")), cursor.get("start_date"), cursor.get("rows")
        if since is None or (start_date is not None and _instant(start_date) is None):
            return None
        return cls(since, start_date, rows if isinstance(rows, int) else None)

    def cursor(self) -> Cursor:
        """As the store keeps it."""
        told: Cursor = {"since": self.since}
        if self.start_date is not None:
            told["start_date"] = self.start_date
        if self.rows is not None:
            told["rows"] = self.rows
        return told

    def covers(self, start_date: str | None) -> bool:
        """Whether what was read so far includes everything from ``start_date`` on."""
        return self.start_date is None or (start_date is not None and start_date >= self.start_date)

    def too_old(self, now: datetime) -> bool:
        """Deletes since then are no longer all told."""
        return now - moment(self.since) > DELETES_TOLD


@dataclass(frozen=True)
class Window:
    """What getDeleted is asked: whole minutes, at least one of them."""

    start: datetime
    end: datetime


def window(since: str | None, now: datetime, *, into_the_present: bool) -> Window:
    """The window from a watermark to now.

    Seconds are cut by the service, so the running minute is covered only by an end in the next one. That an end
    in the near future is taken is unverified; where it is refused, ``into_the_present`` is False.
    """
    minute = timedelta(minutes=1)
    end = now.replace(second=0, microsecond=0) + (minute if into_the_present else timedelta())
    start = moment(since).replace(second=0, microsecond=0) if since is not None else end - minute
    if start >= end:
        start = end - minute
    return Window(start, end)


def _instant(value: object) -> str | None:
    """An instant of a cursor; None where it is none that can be read."""
    try:
        return spell(moment(value)) if isinstance(value, str) else None
    except ValueError:
        return None


def earlier(*instants: str | None) -> str | None:
    """The earliest of some instants, leaving out what is not told."""
    return min((text for text in instants if text is not None), default=None)


def looked_back(now: datetime, latest_seen: str | None) -> str:
    """Where to go on in an object without a watermark: some minutes before the newest stamp, or before now."""
    newest = min(now, moment(latest_seen)) if latest_seen is not None else now
    return spell(newest - LOOK_BACK)

"""Days of instants in one time zone, for whole columns at once. Knows no rule and no column."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

from connector import instants
from connector.adapters.base import Value
from connector.mapping import plain

_HOUR = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}\Z")
_WALL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?(\.[0-9]+)?\Z")
#: what follows the hour in our spelling
_TAILS = frozenset(f":{minute:02}:{second:02}Z" for minute in range(60) for second in range(60))
_MOST_HOURS = 200_000
_THE_HOUR, _THE_TAIL = itemgetter(slice(0, 13)), itemgetter(slice(13, None))


class _Hours(dict[str, str | None]):
    """Hour -> its day in the zone; None where the day changes within the hour (zones off by half an hour)."""

    def __init__(self, zone: ZoneInfo) -> None:
        super().__init__()
        self._zone = zone

    def __missing__(self, hour: str) -> str | None:
        if not _HOUR.match(hour):
            raise ValueError(f"{plain.shown(hour)} begins no instant")
        if len(self) >= _MOST_HOURS:
            self.clear()
        first, last = exact_day(f"{hour}:00:00Z", self._zone), exact_day(f"{hour}:59:59Z", self._zone)
        day = first if first == last else None
        self[hour] = day
        return day


def exact_day(text: str, zone: ZoneInfo) -> str:
    """Day of an instant in our spelling; at the ends of the calendar, where a zone leads out of it, its UTC day."""
    moment = datetime.fromisoformat(text)
    try:
        return moment.astimezone(zone).date().isoformat()
    except OverflowError:
        return moment.date().isoformat()


class Clock:
    """One time zone. A wall clock (an instant without a zone) is one of ``source_zone``."""

    def __init__(self, zone: ZoneInfo, source_zone: ZoneInfo) -> None:
        self._zone = zone
        self._source_zone = source_zone
        self._hours = _Hours(zone)

    def instants(self, values: Sequence[Value]) -> tuple[Sequence[Value], list[str | None]]:
        """A column of instants in our spelling, and the day of each. ValueError where one is no instant."""
        try:
            return values, self._days(values)
        except (ValueError, TypeError):
            spelt = [self.instant(value) for value in values]
            return spelt, self._days(spelt)

    def _days(self, values: Sequence[Any]) -> list[str | None]:
        present = [value for value in values if value is not None] if None in values else values
        if not set(map(_THE_TAIL, present)) <= _TAILS:
            raise ValueError("an instant in another spelling")
        found = list(map(self._hours.__getitem__, map(_THE_HOUR, present)))
        if None in found:
            zone = self._zone
            found = [exact_day(value, zone) if day is None else day for day, value in zip(found, present, strict=True)]
        if len(present) == len(values):
            return found
        days = iter(found)
        return [None if value is None else next(days) for value in values]

    def instant(self, value: Value) -> str | None:
        """One value as an instant in our spelling."""
        if value is None:
            return None
        if not isinstance(value, str):
            raise ValueError(f"{plain.shown(value)} is no instant")
        if plain.is_day(value):
            raise ValueError(f"{plain.shown(value)} is a day, not an instant; a day can only fill a column of days")
        try:
            if _WALL.match(value):
                wall = datetime.fromisoformat(value).replace(microsecond=0, tzinfo=self._source_zone)
                return wall.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
            found = instants.instant(value)
        except (ValueError, OverflowError):
            raise ValueError(f"{plain.shown(value)} is no instant") from None
        return found.zfill(20)

    def day(self, value: Value) -> str | None:
        """One value as a day: an instant's in this zone; a day, and a wall clock's, stay as they are."""
        if value is None:
            return None
        if isinstance(value, str):
            if plain.is_day(value):
                return value
            if _WALL.match(value) and plain.is_day(value[:10]):
                return value[:10]
            instant = self.instant(value)
            return None if instant is None else exact_day(instant, self._zone)
        raise ValueError(f"{plain.shown(value)} is no day")

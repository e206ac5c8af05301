"""Instants and days as text: the one spelling that the whole program uses, and the way into it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

_INSTANT = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d)?(?:\.\d+)?(Z|[+-]\d\d:?\d\d)\Z",
)


def instant(text: str) -> str:
    """``2024-04-25T15:50:37.000+0000`` -> ``2024-04-25T15:50:37Z``. ValueError where it is no instant.

    Both wire spellings of Salesforce (REST ``+0000``, Bulk ``Z``) and Dataverse's end here; fractions of
    a second are cut.
    """
    if len(text) == 24 and text.endswith("Z") and text[19] == ".":
        text = text[:19] + "Z"
    match = _INSTANT.match(text)
    if match is None:
        raise ValueError(f"{text[:40]!r} is no instant")
    day, minutes, seconds, zone = match.groups()
    if zone in ("Z", "+0000", "+00:00"):
        moment = datetime.fromisoformat(f"{day}T{minutes}{seconds or ':00'}")
        return moment.isoformat() + "Z"
    try:
        return spell(datetime.fromisoformat(f"{day}T{minutes}{seconds or ':00'}{zone}"))
    except OverflowError:
        raise ValueError(f"{text[:40]!r} is an instant outside the calendar") from None


def spell(moment: datetime) -> str:
    """An aware datetime as ``YYYY-MM-DDTHH:MM:SSZ``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def now() -> str:
    """The present instant."""
    return spell(datetime.now(UTC))


def moment(text: str) -> datetime:
    """``YYYY-MM-DDTHH:MM:SSZ`` as an aware datetime."""
    return datetime.fromisoformat(text)


@lru_cache(maxsize=65_536)
def day_of(text: str, zone: ZoneInfo) -> str:
    """The day on which an instant (in our spelling) falls in a zone."""
    return datetime.fromisoformat(text).astimezone(zone).strftime("%Y-%m-%d")


def epoch_day(day: str) -> int:
    """Days since 1970-01-01."""
    return date.fromisoformat(day).toordinal() - 719_163

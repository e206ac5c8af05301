"""getDeleted as a step of a read: the watermark, the hard deletes since the last one, or that a gap has opened."""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connector.adapters.base import Tombstone
from connector.adapters.salesforce.canonical import identity
from connector.adapters.salesforce.client import Client
from connector.adapters.salesforce.cursors import Window, window
from connector.errors import PermissionDenied, RequestRefused
from connector.instants import instant, moment, spell

_NO_FUTURE = "getdeleted_takes_no_future_end"
_BAD_WINDOW = "INVALID_REPLICATION_DATE"


class Gap(Exception):
    """Deletes since the cursor are no longer all known: read the whole object."""


@dataclass(frozen=True)
class Deletes:
    """``covered``: nothing older than this can still appear. ``begins``: from where the window really began."""

    tombstones: tuple[Tombstone, ...]
    covered: str
    begins: str


def deletes(
    client: Client, object_name: str, since: str | None, now: datetime, cache: MutableMapping[str, str]
) -> Deletes | None:
    """Asks getDeleted from ``since`` (None: only for the watermark). None where the object has no delete log."""
    asked = window(since, now, into_the_present=_NO_FUTURE not in cache)
    try:
        answer = client.deleted(object_name, asked.start, asked.end)
    except RequestRefused as refusal:
        if refusal.error_code == _BAD_WINDOW and asked.end > now and _NO_FUTURE not in cache:
            cache[_NO_FUTURE] = spell(now)
            return deletes(client, object_name, since, now, cache)
        if refusal.error_code in (_BAD_WINDOW, "EXCEEDED_ID_LIMIT"):
            if since is not None:
                raise Gap(str(refusal)) from None
            return None
        if refusal.status in (400, 404, 405):
            return None
        raise
    except PermissionDenied:
        return None
    return _read(answer, asked, since, now)


def _read(answer: dict[str, Any], asked: Window, since: str | None, now: datetime) -> Deletes | None:
    covered = _told(answer, "latestDateCovered")
    if covered is None:
        return None
    earliest = _told(answer, "earliestDateAvailable")
    if since is not None and earliest is not None and moment(earliest) > asked.start:
        raise Gap(f"deletes are told from {earliest} only")
    tombstones = (
        Tombstone(identity(str(record["id"])) or "", _told(record, "deletedDate"))
        for record in answer.get("deletedRecords", [])
    )
    known = tuple(tombstone for tombstone in tombstones if tombstone.source_id) if since is not None else ()
    # never ahead of the source's own clock, whatever end was asked
    return Deletes(known, min(covered, spell(now)), spell(asked.start))


def _told(answer: dict[str, Any], key: str) -> str | None:
    value = answer.get(key)
    try:
        return instant(value) if isinstance(value, str) else None
    except ValueError:
        return None

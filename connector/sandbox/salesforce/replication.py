"""getUpdated and getDeleted of one org (docs: resources-getupdated, resources-getdeleted, data replication rules)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from connector.sandbox.exchange import Request
from connector.sandbox.salesforce.errors import Refusal
from connector.sandbox.salesforce.objects import SObject
from connector.sandbox.salesforce.org import DELETES_KEPT, UPDATES_KEPT, Org

MOST_IDS = 600_000
#: what counts as the time of a change: the first that an object has (docs: data replication)
_STAMPS = ("SystemModstamp", "LastModifiedDate", "CreatedDate")
_STORED = "%Y-%m-%dT%H:%M:%S"


def updated(org: Org, sobject: SObject, request: Request) -> dict[str, Any]:
    """The answer of ``/sobjects/X/updated``."""
    start, end = _window(org, sobject, request, UPDATES_KEPT)
    stamp = next(name for name in _STAMPS if sobject.field(name))
    alive = 'AND "IsDeleted" = 0' if sobject.field("IsDeleted") else ""
    sql = f'SELECT "Id" FROM "{sobject.name}" WHERE "{stamp}" >= ? AND "{stamp}" < ? {alive} ORDER BY "{stamp}" LIMIT ?'
    with org.records.reading() as connection:
        ids = [
            row[0] for row in connection.execute(sql, (start.strftime(_STORED), end.strftime(_STORED), MOST_IDS + 1))
        ]
    _bounded(len(ids))
    return {"ids": ids, "latestDateCovered": _told(org.covered_until(end))}


def deleted(org: Org, sobject: SObject, request: Request) -> dict[str, Any]:
    """The answer of ``/sobjects/X/deleted``."""
    start, end = _window(org, sobject, request, DELETES_KEPT)
    since = max(start, org.deletes_available_from or start)
    sql = "SELECT id, at FROM _deleted WHERE object = ? AND at >= ? AND at < ? ORDER BY at LIMIT ?"
    with org.records.reading() as connection:
        values = (sobject.name, since.strftime(_STORED), end.strftime(_STORED), MOST_IDS + 1)
        found = connection.execute(sql, values).fetchall()
    _bounded(len(found))
    return {
        "deletedRecords": [{"id": identity, "deletedDate": f"{at}.000+0000"} for identity, at in found],
        "earliestDateAvailable": _told(org.earliest_delete()),
        "latestDateCovered": _told(org.covered_until(end)),
    }


def _window(org: Org, sobject: SObject, request: Request, kept: timedelta) -> tuple[datetime, datetime]:
    """Whole minutes, in order, no older than ``kept`` (docs). That less than a minute is refused is unverified."""
    if not sobject.replicateable:
        raise _not_replicable(sobject.name)
    start, end = (_minute(request.params.get(name), name) for name in ("start", "end"))
    if end <= start:
        raise Refusal(400, "INVALID_REPLICATION_DATE", "startDate must be at least one minute before endDate")
    if start < org.now() - kept:
        raise Refusal(400, "INVALID_REPLICATION_DATE", f"startDate cannot be more than {kept.days} days ago")
    return start, end


def _not_replicable(name: str) -> Refusal:
    """Status and sentence as a client reports them, the code is unverified."""
    return Refusal(400, "INVALID_TYPE_FOR_OPERATION", f"sObject type {name} is not replicable")


def _minute(text: str | None, name: str) -> datetime:
    """Seconds do not count. A time without a zone is refused; code and sentence are unverified."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Refusal(400, "INVALID_FIELD", f"{name} is not a valid ISO 8601 date and time with a time zone: {text}")
    return moment.astimezone(UTC).replace(second=0, microsecond=0)


def _bounded(count: int) -> None:
    if count > MOST_IDS:
        raise Refusal(400, "EXCEEDED_ID_LIMIT", f"exceeded {MOST_IDS} ids; use a shorter window")


def _told(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime(_STORED) + ".000+0000"

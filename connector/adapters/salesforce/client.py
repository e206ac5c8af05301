"""The org's REST resources as calls: describe, counts, limits, deletes, queries. Knows no reading strategy.

Small calls go through simple-salesforce over our session; query pages go to the transport directly, whose
JSON keeps exact decimals and costs less.
"""

from __future__ import annotations

import logging
import threading
from datetime import datetime
from typing import Any
from urllib.parse import quote

from simple_salesforce.api import Salesforce

from connector.adapters.salesforce.instance import Instance
from connector.errors import RequestRefused, SourceError, SourceUnavailable
from connector.transport import Complete, Reply, Transport

log = logging.getLogger(__name__)

DEFAULT_VERSION = "62.0"
#: Salesforce docs: the URI and the headers together may have 16,384 bytes; the headers get a share of it
LONGEST_QUERY = 12_000
_ABSENT = frozenset({"NOT_FOUND", "INVALID_TYPE"})


class Client:
    """Calls of one org under one API version."""

    def __init__(self, transport: Transport, instance: Instance, version: str | None) -> None:
        self.transport = transport
        self._instance = instance
        self.version = (version or DEFAULT_VERSION).lower().lstrip("v")
        if "." not in self.version:
            self.version += ".0"
        self._lock = threading.Lock()
        self._library: Salesforce | None = None
        self._counts: dict[str, int] | None = None

    @property
    def base(self) -> str:
        """``https://acme.my.salesforce.com/services/data/v62.0``"""
        return f"{self._instance.origin()}/services/data/v{self.version}"

    def describe(self, object_name: str) -> dict[str, Any] | None:
        """What the signed-in user sees of an object; None where it is not there, or not for this user."""
        try:
            path = f"sobjects/{quote(object_name, safe='')}/describe"
            return self._holding("fields", self._restful(path, object_name=object_name), path)
        except RequestRefused as refusal:
            if refusal.status == 404 or refusal.error_code in _ABSENT:
                return None
            raise

    def limits(self) -> dict[str, Any]:
        """The org's limits and what remains of them."""
        return self._restful("limits")

    def versions(self) -> list[str]:
        """The API versions that the org speaks, which it tells without a session."""
        url = f"{self._instance.origin()}/services/data"
        told = self.transport.request("GET", url, authenticated=False).json()
        return [str(each.get("version")) for each in told if isinstance(each, dict)] if isinstance(told, list) else []

    def own(self, soql: str) -> list[dict[str, Any]]:
        """The records of a small query about the signed-in user."""
        found = self._restful("query/", params={"q": soql}).get("records")
        return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []

    def object_names(self) -> list[str]:
        """All objects that the signed-in user sees."""
        told = self._restful("sobjects").get("sobjects")
        return [str(each["name"]) for each in told if isinstance(each, dict) and "name" in each] if told else []

    def record_count(self, object_name: str) -> int | None:
        """About how many records an object has; asked once per run for all objects. None where not told."""
        with self._lock:
            if self._counts is None:
                self._counts = self._record_counts()
            return self._counts.get(object_name.lower())

    def deleted(self, object_name: str, start: datetime, end: datetime) -> dict[str, Any]:
        """getDeleted: ``deletedRecords``, ``earliestDateAvailable``, ``latestDateCovered``."""
        window = {"start": start.isoformat(timespec="seconds"), "end": end.isoformat(timespec="seconds")}
        path = f"sobjects/{quote(object_name, safe='')}/deleted/"
        return self._holding("deletedRecords", self._restful(path, params=window, object_name=object_name), path)

    def first_page(self, soql: str, object_name: str) -> dict[str, Any]:
        """The first page of a query that sees the recycle bin too; where it is the only one, it is whole."""
        return self._page(f"{self.base}/queryAll?q={quote(soql, safe='')}", object_name, _is_first_page)

    def next_page(self, link: str, object_name: str) -> dict[str, Any]:
        """The page behind a ``nextRecordsUrl``; the transport refuses it where it leads away from the org."""
        return self._page(link, object_name, _is_page)

    def _page(self, url: str, object_name: str, complete: Complete) -> dict[str, Any]:
        headers = {"Sforce-Query-Options": "batchSize=2000"}
        reply = self.transport.request("GET", url, headers=headers, object_name=object_name, complete=complete)
        page: dict[str, Any] = reply.json()
        return page

    def _record_counts(self) -> dict[str, int]:
        try:
            told = self._restful("limits/recordCount").get("sObjects", [])
            return {str(entry["name"]).lower(): int(entry["count"]) for entry in told}
        except (SourceError, KeyError, TypeError, ValueError) as error:
            # it only helps to choose a road; a query tells the size too
            log.debug("record counts are not available: %s", error)
            return {}

    def _holding(self, key: str, answer: dict[str, Any], path: str) -> dict[str, Any]:
        """An answer without its very subject is none: to believe it would lose deletes or fields in silence."""
        if key in answer:
            return answer
        raise SourceUnavailable(
            f"{self.transport.source}: {path} was answered without {key}",
            hint="run again; if it stays so, something between here and the org changes its answers",
        )

    def _restful(self, path: str, **options: Any) -> dict[str, Any]:
        result = self._salesforce().restful(path, **options)
        return result if isinstance(result, dict) else {}

    def _salesforce(self) -> Salesforce:
        if self._library is None:
            # the transport sets the real token; the library only needs to believe that it has one
            session = self.transport.session(authenticated=True)
            library = Salesforce(
                session_id="held-by-the-transport",
                instance_url=self._instance.origin(),
                version=self.version,
                session=session,
                object_pairs_hook=dict,
            )
            library.base_url = self.base + "/"
            self._library = library
        return self._library


def _is_page(reply: Reply) -> str | None:
    page = reply.json()
    whole = isinstance(page, dict) and isinstance(page.get("records"), list)
    if not whole or not (page.get("done") or page.get("nextRecordsUrl")):
        return "it is no query page"
    return None


def _is_first_page(reply: Reply) -> str | None:
    wrong = _is_page(reply)
    if wrong is not None:
        return wrong
    page = reply.json()
    total, came = page.get("totalSize"), len(page["records"])
    if not isinstance(total, int):
        return "it does not say how many records there are"
    if page.get("done") and came != total:
        return f"{came} records came where {total} were promised"
    return None

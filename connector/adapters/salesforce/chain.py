"""The pages of one query, followed by locators to the end and proved whole by the number the first page promised.

Salesforce docs, Query: ``totalSize`` is the number of records of the whole query, on every page of it, and
``done`` tells the last page. Knows records as JSON; columns and values are ``rest.py``'s.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from connector.adapters.chains import Chain
from connector.adapters.salesforce.client import Client
from connector.errors import RequestRefused, SourceUnavailable
from connector.transport import backoff

log = logging.getLogger(__name__)

RESTARTS = 3
_EXPIRED = "INVALID_QUERY_LOCATOR"
_OFFSET = re.compile(r"-(\d+)\Z")

Record = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """One page. ``proven``: all records of the query up to the end of this page have come, so a cursor may move."""

    records: list[Record]
    total: int
    last: bool
    proven: bool


class _DoesNotAddUp(Exception):
    """The pages hold fewer or more records than were promised."""


def answers(client: Client, soql: str, object_name: str) -> Iterator[Answer]:
    """Pages as they come; the last one comes only where all pages add up to what was promised.

    An expired locator or a wrong sum starts the query anew: rows come twice, none is lost. From then on no page
    but the last counts as proven, for what was read before may have had holes.
    """
    for restart in range(RESTARTS + 1):
        try:
            for answer in _chain(client, soql, object_name):
                yield replace(answer, proven=answer.proven and (restart == 0 or answer.last))
            return
        except RequestRefused as refusal:
            if refusal.error_code != _EXPIRED or restart == RESTARTS:
                raise
            log.info("%s: the query locator expired; the query starts anew", object_name)
        except _DoesNotAddUp as wrong:
            if restart == RESTARTS:
                raise _broken(client, object_name, str(wrong)) from None
            log.info("%s: %s; the query starts anew", object_name, wrong)
            client.transport.pause(backoff(restart + 1))


def _chain(client: Client, soql: str, object_name: str) -> Iterator[Answer]:
    """Pages from the first one on, as long as they lead anywhere."""
    page = client.first_page(soql, object_name)
    total, read, chain = int(page["totalSize"]), 0, Chain()
    while True:
        read += len(page["records"])
        last = bool(page["done"])
        if read > total or (last and read < total):
            raise _DoesNotAddUp(f"{read} records came where {total} were promised")
        if last:
            yield Answer(page["records"], total, last=True, proven=True)
            return
        link = str(page["nextRecordsUrl"])
        trouble = chain.trouble(link, len(page["records"]))
        if trouble is not None:
            raise _broken(client, object_name, trouble)
        yield Answer(page["records"], total, last=False, proven=_records_before(link) == read)
        page = client.next_page(link, object_name)


def _records_before(link: str) -> int | None:
    """How many records stand before the page of a link: ``.../query/01gRO0000016PIAYA2-2000`` -> 2000.

    Unverified: the docs' examples end so, but no doc promises it; so it may confirm a place, never refuse a page.
    """
    offset = _OFFSET.search(link)
    return int(offset.group(1)) if offset else None


def _broken(client: Client, object_name: str, trouble: str) -> SourceUnavailable:
    return SourceUnavailable(
        f"{client.transport.source}: query of {object_name}: {trouble}",
        hint="run again: nothing was passed over and nothing marked deleted; if it stays so, tell Salesforce support",
        code="protocol",
    )

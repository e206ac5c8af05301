"""Bulk API 2.0 query jobs: create, wait, stream every result page, verify that nothing is missing, tidy up.

Salesforce docs: query jobs (states, ``Sforce-NumberOfRecords``, ``Sforce-Locator`` with the literal ``null`` at
the end, 204 where results are not ready). Results are asked under the version that created the job.
"""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from connector.adapters.base import Row
from connector.adapters.chains import Chain
from connector.adapters.salesforce.client import Client
from connector.adapters.salesforce.csvpages import Tally, packed, tally
from connector.adapters.salesforce.fields import Selection
from connector.errors import CrossfunnelError, RequestRefused, SourceError, SourceUnavailable
from connector.transport import CLOSED, Reply, backoff

log = logging.getLogger(__name__)

PAGE_RECORDS = 50_000
IN_MEMORY = 1 << 20
FIRST_POLL, LONGEST_POLL = 0.05, 10.0
#: seconds without any sign of progress after which a job is given up
STALLED = 3_600.0
#: how often a job is made anew that failed, or whose pages do not add up
RESTARTS = 2
#: objects that Bulk cannot query (airbyte's Salesforce source keeps this list; Salesforce refuses the rest by message)
NOT_BULK = frozenset(
    "acceptedeventrelation attachment casestatus contractstatus declinedeventrelation eventwhorelation orderstatus "
    "partnerrole recentlyviewed solutionstatus taskpriority taskstatus taskwhorelation".split()
)
_NOT_SUPPORTED = ("not supported by the bulk", "does not support query", "not supported in bulk")


class NotForBulk(Exception):
    """Salesforce says that this object or query is none for Bulk: read it by REST."""


class _Broken(Exception):
    """The job gave no whole result; another one may. ``code`` is the error's where none does."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass
class _ResultPage:
    file: BinaryIO
    tally: Tally
    locator: str | None


class BulkQuery:
    """Runs one query as a job and yields its rows. ``clock`` and ``sleep`` are for tests.

    ``records`` counts what the pages of the present job held so far.
    """

    def __init__(
        self,
        client: Client,
        object_name: str,
        *,
        page_records: int = PAGE_RECORDS,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._object = object_name
        self._page_records = page_records
        self._clock = clock
        self._sleep = sleep
        self.records = 0

    def rows(self, soql: str, selection: Selection) -> Iterator[tuple[Sequence[Row], bool]]:
        """Batches of canonical rows, still packed, each with whether it is the last one.

        The last batch comes only when the pages' records add up to what the job says it processed. Where they do
        not, or the job failed, another job is made: rows come twice, none is lost.
        """
        for restart in range(RESTARTS + 1):
            try:
                yield from self._one_job(soql, selection)
                return
            except _Broken as broken:
                if restart == RESTARTS:
                    raise self._unavailable(str(broken), broken.code) from None
                log.info("%s: %s; another job is made", self._origin, broken)
                self._sleep(backoff(restart + 1))

    def _one_job(self, soql: str, selection: Selection) -> Iterator[tuple[Sequence[Row], bool]]:
        self.records = 0
        job = self._create(soql)
        complete = False
        try:
            processed = self._wait(job)
            complete = True
            with closing(self._pages(job, processed)) as pages:
                for page in pages:
                    yield from self._page_rows(page, selection)
        except _Broken:
            # a job that failed stays for people to look at; results that nobody can use do not
            if complete:
                self._tidy_up(job, complete=True)
            raise
        except SourceError as error:
            # a source in trouble has no ear for tidying up now; what is kept expires after seven days
            if error.code == CLOSED:
                self._tidy_up(job, complete=complete)
            raise
        except BaseException:
            self._tidy_up(job, complete=complete)
            raise
        self._tidy_up(job, complete=True)

    def _page_rows(self, page: _ResultPage, selection: Selection) -> Iterator[tuple[Sequence[Row], bool]]:
        held: Sequence[Row] | None = None
        for rows in packed(page.file, page.tally, selection, self._origin):
            if held is not None:
                yield held, False
            held = rows
        if held is not None or page.locator is None:
            yield held or [], page.locator is None

    # --- the job ---

    def _create(self, soql: str) -> str:
        body = {
            "operation": "queryAll",
            "query": soql,
            "contentType": "CSV",
            "columnDelimiter": "COMMA",
            "lineEnding": "LF",
        }
        url = f"{self._client.base}/jobs/query"
        try:
            reply = self._client.transport.request("POST", url, json=body, object_name=self._object)
        except RequestRefused as refusal:
            said = str(refusal).lower()
            if refusal.error_code == "INVALIDENTITY" or any(sign in said for sign in _NOT_SUPPORTED):
                raise NotForBulk(str(refusal)) from None
            raise
        return str(reply.json()["id"])

    def _wait(self, job: str) -> int | None:
        """Waits for the job to complete; how many records it processed."""
        pause, last, since = FIRST_POLL, None, self._clock()
        while True:
            told = self._client.transport.request("GET", self._url(job), object_name=self._object).json()
            state, processed = str(told.get("state")), told.get("numberRecordsProcessed")
            if state == "JobComplete":
                return int(processed) if processed is not None else None
            if state in ("Failed", "Aborted"):
                self._failed(state, told)
            if (state, processed) != last:
                last, since = (state, processed), self._clock()
            if self._clock() - since > STALLED:
                raise self._unavailable(f"the job stands still in state {state}")
            self._sleep(pause)
            pause = min(LONGEST_POLL, pause * 1.5)

    def _failed(self, state: str, told: dict[str, Any]) -> None:
        """A job that failed may be made again; one that was aborted, somebody wanted to end."""
        unsaid = "somebody ended it in Salesforce" if state == "Aborted" else "no reason given"
        message = str(told.get("errorMessage") or unsaid)
        if any(sign in message.lower() for sign in _NOT_SUPPORTED):
            raise NotForBulk(message)
        ended = f"the job ended as {state}: {message[:300]}"
        raise self._unavailable(ended) if state == "Aborted" else _Broken(ended, SourceUnavailable.code)

    def _unavailable(self, what: str, code: str = SourceUnavailable.code) -> SourceUnavailable:
        return SourceUnavailable(
            f"{self._origin}: {what}",
            hint="run again; if it stays, look at the job under Setup, Bulk Data Load Jobs",
            code=code,
        )

    @property
    def _origin(self) -> str:
        return f"{self._client.transport.source}: Bulk query of {self._object}"

    def _tidy_up(self, job: str, *, complete: bool) -> None:
        """A finished job is deleted, another aborted: kept results count against the org's storage. Best effort."""
        try:
            if complete:
                self._client.transport.request("DELETE", self._url(job), expect="any", object_name=self._object)
            else:
                body = {"state": "Aborted"}
                self._client.transport.request(
                    "PATCH", self._url(job), json=body, expect="any", object_name=self._object
                )
        except CrossfunnelError as error:
            log.debug("job %s of %s was not tidied up: %s", job, self._object, error)

    def _url(self, job: str) -> str:
        return f"{self._client.base}/jobs/query/{job}"

    # --- its result pages ---

    def _pages(self, job: str, processed: int | None) -> Generator[_ResultPage, None, None]:
        """Every page in order; the next one is fetched while this one is parsed."""
        with ThreadPoolExecutor(1, thread_name_prefix=f"bulk-{self._object}") as ahead:
            coming: Future[_ResultPage] | None = ahead.submit(self._fetch, job, None)
            chain = Chain()
            try:
                while coming is not None:
                    page, coming = coming.result(), None
                    with closing(page.file):
                        self.records += page.tally.records
                        self._check(page, chain, processed)
                        if page.locator is not None:
                            coming = ahead.submit(self._fetch, job, page.locator)
                        yield page
            finally:
                if coming is not None and not coming.cancel():
                    _discard(coming)

    def _check(self, page: _ResultPage, chain: Chain, processed: int | None) -> None:
        """Raises where the pages so far cannot belong to a whole result."""
        trouble = chain.trouble(page.locator, page.tally.records)
        if trouble is not None:
            raise self._unavailable(trouble, "protocol")
        ended = page.locator is None
        if processed is not None and (self.records > processed or (ended and self.records != processed)):
            raise _Broken(f"its pages hold {self.records} records, but it processed {processed}", "protocol")

    def _fetch(self, job: str, locator: str | None) -> _ResultPage:
        """Downloads one page to a temporary file and proves it whole; a cut one is fetched again."""
        # a spooled file lives in memory while small; its type is no BinaryIO only in name
        file = cast(BinaryIO, tempfile.SpooledTemporaryFile(max_size=IN_MEMORY))  # noqa: SIM115 - outlives this call
        counted: list[Tally] = []

        def complete(reply: Reply) -> str | None:
            if reply.status == 204:
                return "the results are not there yet"
            counted.append(tally(file))
            return _lacks(counted[-1], reply)

        params = {"maxRecords": str(self._page_records)} | ({"locator": locator} if locator else {})
        try:
            reply = self._client.transport.download(
                f"{self._url(job)}/results", file, params=params, object_name=self._object, complete=complete
            )
        except BaseException:
            file.close()
            raise
        following = reply.headers.get("Sforce-Locator")
        return _ResultPage(file, counted[-1], None if following in (None, "", "null") else following)


def _lacks(counted: Tally, reply: Reply) -> str | None:
    told = reply.headers.get("Sforce-NumberOfRecords")
    if told is None or not told.isdigit():
        return "the answer does not say how many records it has"
    if not counted.whole or counted.records != int(told):
        return f"{counted.records} records came where {told} were promised"
    return None


def _discard(coming: Future[_ResultPage]) -> None:
    try:
        coming.result().file.close()
    except CrossfunnelError as error:
        log.debug("a page that nobody needs any more failed: %s", error)

"""Bulk API 2.0 query jobs of one org: create, watch, list, fetch by locator or in parallel, abort, delete."""

from __future__ import annotations

import base64
import binascii
import contextlib
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec

from connector.sandbox.exchange import Answer, Request
from connector.sandbox.salesforce import bulk_rules
from connector.sandbox.salesforce.bodies import json_body
from connector.sandbox.salesforce.bulk_job import ENDED, RUNNING, Job
from connector.sandbox.salesforce.bulk_quota import BulkQuota
from connector.sandbox.salesforce.bulk_results import DELIMITERS, LINE_ENDINGS, BulkResult, Dialect
from connector.sandbox.salesforce.errors import Refusal, method_not_allowed, not_found
from connector.sandbox.salesforce.ids import make_id
from connector.sandbox.salesforce.org import Org
from connector.sandbox.salesforce.soql.compiler import Plan

PARALLEL_PAGES = 5
#: how long a job and its results are kept, and how many jobs a list tells at once (docs)
KEPT = timedelta(days=7)
LISTED_AT_ONCE = 1_000
_IN_ONE_PIECE = 1 << 20
_KEPT_RESULTS = 4


class BulkJobs:
    """``quota`` holds the limits of any 24 hours."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self.quota = BulkQuota(org.now)
        self._jobs: dict[str, Job] = {}
        self._workers: list[threading.Thread] = []
        self._rendered: dict[tuple[object, ...], BulkResult] = {}
        self._all_results: list[BulkResult] = []
        self._guard = threading.Lock()
        self._created = 0
        self._outcomes: list[tuple[str, str]] = []

    def end_next_as(self, state: str, message: str = "") -> None:
        """The next job created ends so (``Failed`` with a message, or ``Aborted``) instead of completing."""
        self._outcomes.append((state, message))

    def answer(self, request: Request, version: str, rest: str) -> Answer:
        """Answers what comes below ``/jobs/query``."""
        if float(version) < bulk_rules.FIRST_VERSION:
            raise not_found()
        identity, _, action = rest.strip("/").partition("/")
        if not identity:
            return self._all_jobs(request, version)
        job = self._jobs.get(identity)
        if job is None or self._org.now() - job.created > KEPT:
            raise not_found()
        if action in ("results", "resultPages"):
            return self._fetch(job, request, version, pages=action == "resultPages")
        if action:
            raise not_found()
        return self._one_job(job, request)

    def close(self) -> None:
        """Waits for the workers and removes every result."""
        for worker in self._workers:
            worker.join()
        for result in self._all_results:
            result.close()

    def _all_jobs(self, request: Request, version: str) -> Answer:
        if request.method == "POST":
            return self._create(request, version)
        if request.method == "GET":
            return self._list(request, version)
        raise method_not_allowed(request.method, "GET,POST")

    def _one_job(self, job: Job, request: Request) -> Answer:
        if request.method == "GET":
            job.polled(self._org.bulk_polls)
            return _json(job.told())
        if request.method == "PATCH":
            return self._abort(job, request)
        if request.method == "DELETE":
            return self._delete(job)
        raise method_not_allowed(request.method, "DELETE,GET,PATCH")

    def _create(self, request: Request, version: str) -> Answer:
        order = bulk_rules.read_order(request)
        plan = bulk_rules.plan(order, self._org, version)
        self.quota.job_created()
        with self._guard:
            self._created += 1
            identity = make_id("750", self._created)
            job = Job(identity, version, order, plan.sobject.name, self._org.user_id, self._org.now())
            self._jobs[job.id] = job
            outcome = self._outcomes.pop(0) if self._outcomes else None
        worker = threading.Thread(target=self._work, args=(job, plan, outcome), daemon=True, name=f"job {job.id}")
        self._workers.append(worker)
        worker.start()
        return _json(job.created_told())

    def _work(self, job: Job, plan: Plan, outcome: tuple[str, str] | None) -> None:
        """Runs in a thread of the job's own."""
        try:
            if outcome is not None:
                job.end(*outcome)
                return
            job.result = self._result(job, plan)
            self.quota.result_stored(job.result.size)
        except Exception as error:
            job.end("Failed", f"InternalError: {type(error).__name__}: {error}")
        finally:
            job.done.set()

    def _result(self, job: Job, plan: Plan) -> BulkResult:
        """Rendered anew only where the data or the query differ from what was rendered before."""
        view = tuple(sorted(self._org.visible()))
        columns = tuple(column.path for column in plan.columns)
        key = (job.order, columns, self._org.records.generation, view)
        with self._guard:
            known = self._rendered.get(key)
        if known is not None:
            return known
        dialect = Dialect(DELIMITERS[job.order.delimiter], LINE_ENDINGS[job.order.line_ending])
        result = BulkResult(self._org.records, plan, dialect)
        with self._guard:
            self._all_results.append(result)
            self._rendered[key] = result
            while len(self._rendered) > _KEPT_RESULTS:
                del self._rendered[next(iter(self._rendered))]
        return result

    def _fetch(self, job: Job, request: Request, version: str, *, pages: bool) -> Answer:
        if pages and float(version) < bulk_rules.PAGES_SINCE:
            raise not_found()
        if request.method != "GET":
            raise method_not_allowed(request.method, "GET")
        if version != job.version:
            raise bulk_rules.wrong_version(job.version)
        if job.state != "JobComplete" or job.result is None:
            return Answer(204)
        most = bulk_rules.whole(request.params.get("maxRecords"), self._org.bulk_page_rows)
        start = _within(request.params.get("locator"), job.result.rows)
        most = min(most, self._org.bulk_page_rows)
        return self._page_urls(job, job.result, start, most) if pages else self._page(job.result, request, start, most)

    def _page(self, result: BulkResult, request: Request, start: int, most: int) -> Answer:
        compressed = "gzip" in request.headers.get("Accept-Encoding", "")
        count, pieces = result.page(start, most, compressed=compressed)
        following = start + count
        headers = {
            "Content-Type": "text/csv",
            "Sforce-NumberOfRecords": str(count),
            "Sforce-Locator": _locator(following) if following < result.rows else "null",
        }
        if compressed:
            headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        return Answer(200, headers, _short_in_one_piece(pieces))

    def _page_urls(self, job: Job, result: BulkResult, start: int, most: int) -> Answer:
        """Up to five pages that may be fetched side by side, and where the next five are told."""
        base = f"/services/data/v{job.version}/jobs/query/{job.id}"
        urls: list[dict[str, str]] = []
        while len(urls) < PARALLEL_PAGES and (start < result.rows or not urls):
            count, _ = result.page(start, most, compressed=False)
            query = f"?maxRecords={most}" + (f"&locator={_locator(start)}" if start else "")
            urls.append({"resultUrl": f"{base}/results{query}"})
            start += count
            if count == 0:
                break
        done = start >= result.rows
        following = None if done else f"{base}/resultPages?locator={_locator(start)}&maxRecords={most}"
        return _json({"resultPages": urls, "nextRecordsUrl": following, "done": done})

    def _abort(self, job: Job, request: Request) -> Answer:
        if json_body(request) != {"state": "Aborted"}:
            raise bulk_rules.invalid_job("state can only be set to Aborted, and nothing else can be set")
        if job.state not in RUNNING:
            raise bulk_rules.wrong_state(job.state, "aborted")
        job.end("Aborted")
        return _json(job.created_told())

    def _delete(self, job: Job) -> Answer:
        """Status 204 is unverified."""
        if job.state not in ENDED:
            raise bulk_rules.wrong_state(job.state, "deleted")
        del self._jobs[job.id]
        return Answer(204)

    def _list(self, request: Request, version: str) -> Answer:
        since = self._org.now() - KEPT
        jobs = [job for job in list(self._jobs.values()) if job.created >= since]
        wanted = jobs if bulk_rules.listed(request.params) else []
        start = _within(request.params.get("queryLocator"), len(wanted))
        page = wanted[start : start + LISTED_AT_ONCE]
        more = start + len(page) < len(wanted)
        following = f"/services/data/v{version}/jobs/query?queryLocator={_locator(start + len(page))}"
        records = [job.listed() for job in page]
        return _json({"done": not more, "records": records, "nextRecordsUrl": following if more else None})


def _locator(row: int) -> str:
    return base64.urlsafe_b64encode(str(row).encode()).decode().rstrip("=")


def _within(locator: str | None, rows: int) -> int:
    """The row that a locator names. What a wrong one is answered with is unverified."""
    if not locator:
        return 0
    with contextlib.suppress(binascii.Error, ValueError):
        start = int(base64.urlsafe_b64decode(locator + "=" * (-len(locator) % 4)))
        if 0 < start < rows:
            return start
    raise Refusal(400, "INVALID_QUERY_LOCATOR", f"Invalid locator: {locator}")


def _short_in_one_piece(pieces: Iterator[bytes]) -> bytes | Iterator[bytes]:
    """Short bodies get a Content-Length, long ones are streamed."""
    head: list[bytes] = []
    size = 0
    for piece in pieces:
        head.append(piece)
        size += len(piece)
        if size > _IN_ONE_PIECE:
            return _chain(head, pieces)
    return b"".join(head)


def _chain(head: list[bytes], rest: Iterator[bytes]) -> Iterator[bytes]:
    yield from head
    yield from rest


def _json(value: Any) -> Answer:
    return Answer(200, {"Content-Type": "application/json;charset=UTF-8"}, msgspec.json.encode(value))

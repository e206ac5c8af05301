"""Bulk API 2.0 query jobs of one org: create, watch, fetch by locator or in parallel, abort, delete.

States, headers and refusals: docs bulk_api_2 (query jobs); messages as client libraries match them.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from connector.sandbox.exchange import Answer, Request
from connector.sandbox.salesforce.bulk_results import DELIMITERS, LINE_ENDINGS, BulkResult, Dialect
from connector.sandbox.salesforce.errors import Refusal, invalid_field, not_found
from connector.sandbox.salesforce.fields import COMPOUNDS
from connector.sandbox.salesforce.ids import make_id
from connector.sandbox.salesforce.org import Org
from connector.sandbox.salesforce.soql.compiler import Plan, compile_query
from connector.sandbox.salesforce.soql.parser import parse
from connector.sandbox.salesforce.soql.syntax import Call, Path, Query, Subquery, TypeOf

JOBS_PER_DAY = 10_000
PARALLEL_PAGES = 5
_IN_ONE_PIECE = 1 << 20
_KEPT_RESULTS = 4


@dataclass
class Job:
    """One query job. ``worker`` renders its result; ``polls`` counts how often its state was asked."""

    id: str
    version: str
    operation: str
    query: str
    sobject: str
    delimiter: str
    line_ending: str
    created: datetime
    state: str = "UploadComplete"
    polls: int = 0
    error: str = ""
    result: BulkResult | None = None
    done: threading.Event = field(default_factory=threading.Event)


class BulkJobs:
    def __init__(self, org: Org) -> None:
        self._org = org
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
        identity, _, action = rest.strip("/").partition("/")
        if not identity:
            return self._create(request, version) if request.method == "POST" else self._list(version)
        job = self._jobs.get(identity)
        if job is None:
            raise not_found()
        if action in ("results", "resultPages") and request.method == "GET":
            return self._fetch(job, request, version, pages=action == "resultPages")
        if action:
            raise not_found()
        if request.method == "GET":
            return _json(self._told(self._polled(job)))
        if request.method == "PATCH":
            return self._abort(job, request)
        if request.method == "DELETE":
            return self._delete(job)
        raise Refusal(
            405, "METHOD_NOT_ALLOWED", f"HTTP Method '{request.method}' not allowed. Allowed are GET,PATCH,DELETE"
        )

    def close(self) -> None:
        """Waits for the workers and removes every result."""
        for worker in self._workers:
            worker.join()
        for result in self._all_results:
            result.close()

    def _create(self, request: Request, version: str) -> Answer:
        body = _body(request)
        operation, text = body.get("operation"), body.get("query")
        if operation not in ("query", "queryAll") or not isinstance(text, str):
            raise _invalid_job("operation must be query or queryAll, and query must be given")
        delimiter, ending = body.get("columnDelimiter", "COMMA"), body.get("lineEnding", "LF")
        if delimiter not in DELIMITERS or ending not in LINE_ENDINGS or body.get("contentType", "CSV") != "CSV":
            raise _invalid_job("unsupported contentType, columnDelimiter or lineEnding")
        plan = self._plan(text, operation)
        with self._guard:
            if self._created >= JOBS_PER_DAY:
                raise Refusal(
                    400, "LIMIT_EXCEEDED", f"Max bulk v2 query jobs ({JOBS_PER_DAY}) per 24 hrs has been reached"
                )
            self._created += 1
            now = self._org.now()
            identity = make_id("750", self._created)
            job = Job(identity, version, operation, text, plan.sobject.name, delimiter, ending, now)
            self._jobs[job.id] = job
            outcome = self._outcomes.pop(0) if self._outcomes else None
        worker = threading.Thread(target=self._work, args=(job, plan, outcome), daemon=True)
        self._workers.append(worker)
        worker.start()
        return _json(self._told(job))

    def _plan(self, text: str, operation: str) -> Plan:
        query = parse(text)
        _refuse_unsupported(query)
        plan = compile_query(query, self._org.visible(), deleted=operation == "queryAll", now=self._org.local_now())
        if not plan.sobject.bulk:
            raise Refusal(400, "INVALIDENTITY", f"Entity '{plan.sobject.name}' is not supported by the Bulk API.")
        if any(column.field.type in COMPOUNDS for column in plan.columns):
            raise Refusal(400, "API_ERROR", "Selecting compound data not supported in Bulk Query")
        return plan

    def _work(self, job: Job, plan: Plan, outcome: tuple[str, str] | None) -> None:
        """Runs in a thread of the job's own."""
        try:
            if outcome is not None:
                job.state, job.error = outcome
                return
            job.result = self._result(job, plan)
        except Exception as error:
            job.state, job.error = "Failed", f"InternalError: {type(error).__name__}: {error}"
        finally:
            job.done.set()

    def _result(self, job: Job, plan: Plan) -> BulkResult:
        """Rendered anew only where the data or the query differ from what was rendered before."""
        view = tuple(sorted(name for name in self._org.visible()))
        key = (job.query, job.operation, job.delimiter, job.line_ending, self._org.records.generation, view)
        with self._guard:
            known = self._rendered.get(key)
        if known is not None:
            return known
        result = BulkResult(self._org.records, plan, Dialect(DELIMITERS[job.delimiter], LINE_ENDINGS[job.line_ending]))
        with self._guard:
            self._all_results.append(result)
            self._rendered[key] = result
            while len(self._rendered) > _KEPT_RESULTS:
                del self._rendered[next(iter(self._rendered))]
        return result

    def _polled(self, job: Job) -> Job:
        """A job is in progress for some calls at least; what has ended stays as it is."""
        job.polls += 1
        if job.state == "UploadComplete":
            job.state = "InProgress"
        if job.state == "InProgress" and job.result is not None and job.polls > self._org.bulk_polls:
            job.state = "JobComplete"
        return job

    def _told(self, job: Job) -> dict[str, Any]:
        stamp = job.created.strftime("%Y-%m-%dT%H:%M:%S.000+0000")
        told: dict[str, Any] = {
            "id": job.id,
            "operation": job.operation,
            "object": job.sobject,
            "createdById": self._org.user_id,
            "createdDate": stamp,
            "systemModstamp": stamp,
            "state": job.state,
            "concurrencyMode": "Parallel",
            "contentType": "CSV",
            "apiVersion": float(job.version),
            "lineEnding": job.line_ending,
            "columnDelimiter": job.delimiter,
        }
        if job.polls:
            processed = job.result.rows if job.result is not None and job.state == "JobComplete" else 0
            told |= {
                "jobType": "V2Query",
                "numberRecordsProcessed": processed,
                "retries": 0,
                "totalProcessingTime": 100,
            }
            told |= {"isPkChunkingSupported": True}
        if job.state == "Failed":
            told["errorMessage"] = job.error
        return told

    def _fetch(self, job: Job, request: Request, version: str, *, pages: bool) -> Answer:
        if version != job.version:
            raise _wrong_version(job)
        if job.state != "JobComplete" or job.result is None:
            return Answer(204)
        if pages and float(version) < 58.0:
            raise not_found()
        most = _whole(request.params.get("maxRecords"), self._org.bulk_page_rows)
        start = self._start(job.result, request.params.get("locator"))
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

    def _start(self, result: BulkResult, locator: str | None) -> int:
        """The row that a locator names. What a wrong one is answered with is unverified."""
        if not locator:
            return 0
        with contextlib.suppress(binascii.Error, ValueError):
            start = int(base64.urlsafe_b64decode(locator + "=" * (-len(locator) % 4)))
            if 0 < start < result.rows:
                return start
        raise Refusal(400, "INVALID_QUERY_LOCATOR", f"Invalid locator: {locator}")

    def _abort(self, job: Job, request: Request) -> Answer:
        if _body(request).get("state") != "Aborted":
            raise _invalid_job("state can only be set to Aborted")
        if job.state not in ("UploadComplete", "InProgress"):
            raise _invalid_job(f"a job in state {job.state} cannot be aborted")
        job.state = "Aborted"
        return _json(self._told(job))

    def _delete(self, job: Job) -> Answer:
        if job.state not in ("JobComplete", "Failed", "Aborted"):
            raise _invalid_job(f"a job in state {job.state} cannot be deleted")
        del self._jobs[job.id]
        return Answer(204)

    def _list(self, version: str) -> Answer:
        records = [self._told(job) for job in self._jobs.values() if job.version == version]
        return _json({"done": True, "records": records, "nextRecordsUrl": None})


def _refuse_unsupported(query: Query) -> None:
    """What Bulk cannot query although REST can (docs queries.htm)."""
    for item in query.selected:
        if isinstance(item, Subquery):
            raise Refusal(400, "API_ERROR", "Aggregate Relationships not supported in Bulk Query")
        if isinstance(item, TypeOf):
            raise Refusal(400, "API_ERROR", "TYPEOF not supported in Bulk Query")
        if isinstance(item, Call):
            what = "FIELDS" if item.function == "FIELDS" else "Aggregate functions"
            raise invalid_field(f"{what} not supported in Bulk Query")
        assert isinstance(item, Path)
    if query.group_by:
        raise Refusal(400, "API_ERROR", "GROUP BY not supported in Bulk Query")
    if query.offset is not None:
        raise Refusal(400, "API_ERROR", "OFFSET not supported in Bulk Query")


def _wrong_version(job: Job) -> Refusal:
    """Status 409 is documented; the code in the body is unverified."""
    return Refusal(409, "INVALID_API_VERSION", f"The job was created with API version {job.version}; use that version")


def _invalid_job(message: str) -> Refusal:
    return Refusal(400, "INVALIDJOB", message)


def _body(request: Request) -> dict[str, Any]:
    try:
        body = request.json()
    except msgspec.DecodeError:
        body = None
    if not isinstance(body, dict):
        raise Refusal(400, "JSON_PARSER_ERROR", "the body is no JSON object")
    return body


def _whole(text: str | None, default: int) -> int:
    if text is None:
        return default
    if not text.isdigit() or int(text) < 1:
        raise Refusal(400, "INVALID_FIELD", f"maxRecords must be a positive number: {text}")
    return int(text)


def _locator(row: int) -> str:
    return base64.urlsafe_b64encode(str(row).encode()).decode().rstrip("=")


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

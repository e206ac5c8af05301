"""Bulk: every page proved by its record count, the whole by the job's; cut pages are fetched again, jobs tidied up."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.adapters.base import Wanted
from connector.adapters.salesforce.csvpages import BrokenCsv, batches, tally
from connector.adapters.salesforce.fields import Column, Selection
from connector.errors import LimitReached, SourceUnavailable
from connector.sandbox.server import Answer, Request, Wire
from tests.salesforce.conftest import DEAL, Replica

Change = Callable[[Answer], Answer]


def tamper(running, path: str, change: Change, *, times: int = 1) -> list[Request]:
    """Changes the next answers to requests whose path matches, then lets all others pass."""
    touched: list[Request] = []

    def fault(request: Request, app: Any, wire: Wire) -> None:
        answer = app(request)
        body = answer.body if isinstance(answer.body, bytes) else b"".join(answer.body)
        wire.send(change(Answer(answer.status, answer.headers, body)))

    def interceptor(request: Request):
        if re.search(path, request.path) and len(touched) < times:
            touched.append(request)
            # the sandbox compresses by itself; a test wants to cut plain text
            request.headers._fields.pop("accept-encoding", None)
            return fault
        return None

    running.salesforce.domain.interceptor = interceptor
    return touched


def expected(running) -> set[str]:
    return {row["Id"] for row in running.salesforce.edits.rows("Opportunity")}


def drop_a_row(answer: Answer) -> Answer:
    lines = answer.body.splitlines(keepends=True)
    return Answer(answer.status, answer.headers, b"".join(lines[:-1]))


WRONG = {
    "a record dropped, under the right length": drop_a_row,
    "cut within the last record": lambda answer: Answer(200, answer.headers, answer.body[:-9]),
    "cut within quotes": lambda answer: Answer(200, answer.headers, answer.body[: len(answer.body) // 2]),
    "no word about its number": lambda answer: Answer(
        200, {k: v for k, v in answer.headers.items() if k != "Sforce-NumberOfRecords"}, answer.body
    ),
    "nothing": lambda answer: Answer(200, answer.headers, b""),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_page_is_fetched_again(name: str, fresh, make) -> None:
    fresh.salesforce.org.bulk_page_rows = 7
    touched = tamper(fresh, r"/results$", WRONG[name], times=2)
    replica = Replica().pull(make(fresh, bulk_from=0), DEAL)
    assert set(replica.rows) == expected(fresh) and replica.fetched == len(replica.rows)
    assert len(touched) == 2


@pytest.mark.parametrize(
    "fault", ["status=204", "status=503", "html", "short-body", "cut-body", "cut-gzip", "corrupt-gzip", "reset-in-body"]
)
def test_a_page_that_does_not_arrive_is_fetched_again(fault: str, fresh, make) -> None:
    fresh.salesforce.org.bulk_page_rows = 7
    planned = fresh.salesforce.domain.fault(fault, path="/results", after=1, times=2)
    replica = Replica().pull(make(fresh, bulk_from=0), DEAL)
    assert set(replica.rows) == expected(fresh) and replica.fetched == len(replica.rows)
    assert planned.fired == 2


def test_pages_that_never_add_up_are_refused(fresh, make) -> None:
    """Every page is whole in itself, but the job processed more than the pages hold."""
    more = json.dumps

    def one_more(answer: Answer) -> Answer:
        if answer.status == 204:
            return answer
        told = json.loads(answer.body)
        told["numberRecordsProcessed"] = told.get("numberRecordsProcessed", 0) + 1
        return Answer(200, answer.headers, more(told).encode())

    tamper(fresh, r"/jobs/query/\w+$", one_more, times=10_000)
    replica = Replica()
    with pytest.raises(SourceUnavailable, match="processed"):
        replica.pull(make(fresh, bulk_from=0), DEAL)
    assert replica.cursor is None


def test_a_job_that_failed_is_made_anew(fresh, make) -> None:
    planned = fresh.salesforce.domain.fault("job-failed", times=2)
    replica = Replica().pull(make(fresh, bulk_from=0), DEAL)
    assert set(replica.rows) == expected(fresh) and planned.fired == 2


@pytest.mark.parametrize(
    ("fault", "jobs", "reason"),
    [("job-failed,message=the moon was full", 3, "moon"), ("job-aborted", 1, "somebody ended it in Salesforce")],
)
def test_a_job_that_fails_for_good_is_told_with_its_reason(fault: str, jobs: int, reason: str, fresh, make) -> None:
    """What somebody has aborted is not begun again against their will."""
    planned = fresh.salesforce.domain.fault(fault, times="always")
    with pytest.raises(SourceUnavailable, match=reason):
        Replica().pull(make(fresh, bulk_from=0), DEAL)
    assert planned.fired == jobs


def test_a_page_that_comes_twice_is_noticed_and_the_result_read_anew(fresh, make) -> None:
    fresh.salesforce.org.bulk_page_rows = 7
    planned = fresh.salesforce.domain.fault("duplicate-page", path="/results", after=1)
    replica = Replica().pull(make(fresh, bulk_from=0), DEAL)
    assert set(replica.rows) == expected(fresh) and planned.fired == 1
    assert not fresh.salesforce.api.bulk._jobs


@pytest.mark.parametrize("after", [0, 1])
def test_a_locator_that_leads_back_is_refused(after: int, fresh, make) -> None:
    fresh.salesforce.org.bulk_page_rows = 7
    fresh.salesforce.domain.fault("looping-link", path="/results", after=after)
    replica = Replica()
    with pytest.raises(SourceUnavailable, match="leads back to a page that was read already"):
        replica.pull(make(fresh, bulk_from=0), DEAL)
    assert replica.cursor is None and not replica.gone


def test_jobs_are_deleted_after_reading_and_after_giving_up(fresh, make) -> None:
    Replica().pull(make(fresh, bulk_from=0), DEAL)
    assert not fresh.salesforce.api.bulk._jobs
    adapter = make(fresh, bulk_from=0)
    fresh.salesforce.org.bulk_page_rows = 5
    pages = adapter.pages(DEAL, adapter.shape(DEAL), None)
    next(pages)
    pages.close()
    assert not fresh.salesforce.api.bulk._jobs


def test_a_session_that_expires_within_a_job_loses_nothing(fresh, make) -> None:
    adapter = make(fresh, bulk_from=0)
    fresh.salesforce.org.bulk_page_rows = 6
    fresh.salesforce.org.sessions.expire_after(6)
    replica = Replica().pull(adapter, DEAL)
    assert set(replica.rows) == expected(fresh) and replica.fetched == len(replica.rows)


def test_an_object_that_bulk_cannot_query_is_read_by_rest(fresh, make) -> None:
    wanted = Wanted("CaseStatus", ("MasterLabel",))
    Replica().pull(make(fresh, bulk_from=0), wanted)
    assert not fresh.salesforce.domain.requests("/jobs/query")

    unsupported = "status=400,code=INVALIDENTITY,message=Entity 'Opportunity' is not supported by the Bulk API."
    planned = fresh.salesforce.domain.fault(unsupported, path="/jobs/query", times="always")
    assert set(Replica().pull(make(fresh, bulk_from=0), DEAL).rows) == expected(fresh)
    assert planned.fired == 1


def test_the_daily_job_limit_is_a_limit(fresh, make) -> None:
    spent = "status=400,code=LIMIT_EXCEEDED,message=Max bulk v2 query jobs (10000) per 24 hrs has been reached"
    fresh.salesforce.domain.fault(spent, path="/jobs/query", times="always")
    with pytest.raises(LimitReached):
        Replica().pull(make(fresh, bulk_from=0), DEAL)


def test_a_query_that_times_out_by_rest_is_asked_by_bulk(fresh, make) -> None:
    slow = "status=400,code=QUERY_TIMEOUT,message=Your query request was running for too long."
    planned = fresh.salesforce.domain.fault(slow, path="/queryAll", times="always")
    assert set(Replica().pull(make(fresh), DEAL).rows) == expected(fresh)
    assert planned.fired == 1


def test_an_empty_object_is_no_error(fresh, make) -> None:
    replica = Replica().pull(make(fresh, bulk_from=0), Wanted("Case", ("Subject",)))
    assert replica.rows == {} and replica.was_whole and replica.cursor


# --- counting records without parsing them ---

SELECTION = Selection("X", (Column("A", "A", "text"), Column("B", "B", "text")))
VALUES = st.sampled_from(["", "plain", '","', '"\n"', "\n", '"', ",", '",', '\n","\n']) | st.text(
    st.characters(exclude_categories=("Cs",)) | st.sampled_from('",\n\r\t'), max_size=8
)
TABLES = st.lists(st.tuples(VALUES, VALUES), max_size=12)


def written(rows) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([("A", "B"), *rows])
    return out.getvalue().encode()


@settings(max_examples=200, deadline=None)
@given(TABLES)
def test_records_are_counted_and_read_as_written(rows) -> None:
    page = io.BytesIO(written(rows))
    counted = tally(page)
    assert counted.records == len(rows) and counted.whole
    read = [row for batch in batches(page, SELECTION, has_nul=counted.has_nul, size=3) for row in batch]
    expected_rows = [tuple(value.replace("\0", "") or None for value in row) for row in rows]
    assert sorted(read, key=repr) == sorted(expected_rows, key=repr)  # plain records may come before others


@settings(max_examples=200, deadline=None)
@given(TABLES.filter(bool), st.data())
def test_a_page_cut_anywhere_never_counts_as_whole(rows, data) -> None:
    whole = written(rows)
    cut = whole[: data.draw(st.integers(0, len(whole) - 2))]
    counted = tally(io.BytesIO(cut))
    if counted.whole and counted.records == len(rows):
        # a cut between the two quotes of an escaped one reads like an end without a line break: nobody can tell
        assert not cut.endswith(b"\n") and whole[len(cut) - 1 : len(cut) + 1] == b'""'


@settings(max_examples=50, deadline=None)
@given(TABLES.filter(bool))
def test_only_the_last_line_break_may_lack(rows) -> None:
    counted = tally(io.BytesIO(written(rows)[:-1]))
    assert counted.whole and counted.records == len(rows)


def test_a_header_without_a_column_is_refused() -> None:
    with pytest.raises(BrokenCsv, match="lacks the column B"):
        list(batches(io.BytesIO(b'"A"\n"1"\n'), SELECTION, has_nul=False))


def test_the_order_of_the_header_does_not_matter() -> None:
    page = io.BytesIO(b'"B","A"\n"2","1"\n')
    assert list(batches(page, SELECTION, has_nul=False)) == [[("1", "2")]]

"""REST queries: pages add up to what the first one promised, or the read fails; no short page is ever an end."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from connector.errors import LimitReached, SourceUnavailable
from connector.sandbox import Sandbox
from connector.sandbox.server import Answer
from tests.salesforce.conftest import DEAL, Make, Replica
from tests.salesforce.test_bulk_results_are_whole_or_refused import expected, tamper
from tests.transport.conftest import Clock

JSON = {"Content-Type": "application/json"}


def told(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[Answer], Answer]:
    """A change of the page in an answer."""
    return lambda answer: Answer(200, dict(JSON), json.dumps(change(json.loads(answer.body))).encode())


def no_records(page: dict[str, Any]) -> dict[str, Any]:
    return {"totalSize": page["totalSize"], "done": True, "records": []}


def ends_early(page: dict[str, Any]) -> dict[str, Any]:
    return {"totalSize": page["totalSize"], "done": True, "records": page["records"][:2]}


def lacks_one(page: dict[str, Any]) -> dict[str, Any]:
    return {**page, "records": page["records"][1:]}


def one_too_many(page: dict[str, Any]) -> dict[str, Any]:
    return {**page, "records": [*page["records"], *page["records"][:1]]}


def no_size(page: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in page.items() if name != "totalSize"}


def clocked(make: Make, running: Sandbox, **options: Any) -> Any:
    clock = Clock()
    return make(running, clock=clock, sleep=clock.sleep, **options)


FIRST = r"/queryAll$"
LATER = r"/query/"
SHORT = {
    "one page without its records": (2_000, FIRST, told(no_records)),
    "one page that lacks a record": (2_000, FIRST, told(lacks_one)),
    "one page that says no size": (2_000, FIRST, told(no_size)),
    "one page, empty body": (2_000, FIRST, lambda answer: Answer(200, dict(JSON), b"")),
    "one page, 204": (2_000, FIRST, lambda answer: Answer(204)),
    "one page, 304": (2_000, FIRST, lambda answer: Answer(304)),
    "the first of many is told as the only one": (5, FIRST, told(ends_early)),
    "the first of many lacks a record": (5, FIRST, told(lacks_one)),
    "a later one is empty and the last": (5, LATER, told(no_records)),
    "a later one ends early": (5, LATER, told(ends_early)),
    "a later one lacks a record": (5, LATER, told(lacks_one)),
    "a later one has one too many": (5, LATER, told(one_too_many)),
    "a later one, 204": (5, LATER, lambda answer: Answer(204)),
}


@pytest.mark.parametrize("name", SHORT)
@pytest.mark.parametrize("read", ["first", "whole again", "since"])
def test_a_short_page_is_asked_for_again(name: str, read: str, fresh, make) -> None:
    size, path, change = SHORT[name]
    fresh.salesforce.org.page_size = size
    replica = Replica()
    if read != "first":
        replica.pull(make(fresh), DEAL)
    for key in expected(fresh):
        fresh.salesforce.edits.update("Opportunity", key, Name="touched")
    touched = tamper(fresh, path, change)
    replica.pull(clocked(make, fresh), DEAL, whole=read == "whole again")
    assert set(replica.rows) == expected(fresh) and not replica.gone
    assert all(replica.value(key, "Name") == "touched" for key in replica.rows)
    assert len(touched) == 1


@pytest.mark.parametrize("name", SHORT)
@pytest.mark.parametrize("read", ["first", "whole again", "since"])
def test_one_that_stays_short_moves_nothing_past_what_is_missing(name: str, read: str, fresh, make) -> None:
    size, path, change = SHORT[name]
    fresh.salesforce.org.page_size = size
    replica = Replica()
    if read != "first":
        replica.pull(make(fresh), DEAL)
    for number, key in enumerate(sorted(expected(fresh))):
        fresh.salesforce.edits.update("Opportunity", key, Name=f"touched {number}")
    tamper(fresh, path, change, times=10_000)
    with pytest.raises(SourceUnavailable) as caught:
        replica.pull(clocked(make, fresh), DEAL, whole=read == "whole again")
    assert caught.value.hint and not replica.gone
    fresh.salesforce.domain.interceptor = None
    replica.pull(make(fresh), DEAL)
    assert not replica.gone and set(replica.rows) == expected(fresh)
    assert all(replica.value(key, "Name").startswith("touched") for key in replica.rows)


def test_the_cursor_does_not_move_behind_a_hole(fresh, make) -> None:
    """The second page of an ordered read has a hole: no page of this read may set the cursor after it."""
    fresh.salesforce.org.page_size = 5
    replica = Replica().pull(make(fresh), DEAL)
    for key in expected(fresh):
        fresh.salesforce.edits.update("Opportunity", key, Name="touched")
    adapter = make(fresh)
    sound = [page.cursor for page in adapter.pages(DEAL, adapter.shape(DEAL), replica.cursor)]
    assert len(sound) == 6 and all(sound)
    tamper(fresh, LATER, told(lacks_one), times=10_000)
    adapter, cursors = clocked(make, fresh), []
    with pytest.raises(SourceUnavailable, match="records came where 30 were promised"):
        for page in adapter.pages(DEAL, adapter.shape(DEAL), replica.cursor):
            cursors.append(page.cursor)
    assert cursors[0] and len(cursors) > 6 and not any(cursors[1:])


def test_a_link_back_to_a_page_already_read_is_refused(fresh, make) -> None:
    fresh.salesforce.org.page_size = 5
    links: list[str] = []

    def circle(page: dict[str, Any]) -> dict[str, Any]:
        links.append(page.get("nextRecordsUrl", ""))
        return {**page, "done": False, "records": [], "nextRecordsUrl": links[0]}

    touched = tamper(fresh, LATER, told(circle), times=1_000)
    replica = Replica()
    with pytest.raises(SourceUnavailable, match="leads back to a page that was read already"):
        replica.pull(clocked(make, fresh), DEAL)
    assert len(touched) == 2 and replica.cursor is None and not replica.gone


def test_a_link_back_to_the_first_page_is_refused(fresh, make) -> None:
    fresh.salesforce.org.page_size = 5

    def to_the_start(page: dict[str, Any]) -> dict[str, Any]:
        return {**page, "done": False, "nextRecordsUrl": first}

    first = ""
    adapter = clocked(make, fresh)
    pages = adapter.pages(DEAL, adapter.shape(DEAL), None)
    next(pages)
    first = str(fresh.salesforce.domain.requests("/queryAll")[-1].target)
    tamper(fresh, LATER, told(to_the_start), times=1_000)
    with pytest.raises(SourceUnavailable, match=r"promised|leads back"):
        list(pages)


@pytest.mark.parametrize("path", ["/describe", "/deleted/", "/limits"])
def test_an_empty_answer_to_a_small_call_is_asked_for_again(path: str, fresh, make) -> None:
    planned = fresh.salesforce.domain.fault("status=204", path=path, times=2)
    assert set(Replica().pull(clocked(make, fresh), DEAL).rows) == expected(fresh)
    assert planned.fired == 2


def test_a_used_up_budget_promises_no_more_than_it_keeps(fresh, make) -> None:
    """The next run begins with the first object again; with the same budget it may end at the same place."""
    adapter = make(fresh, api_budget=1)
    adapter.shape(DEAL)
    with pytest.raises(LimitReached) as caught:
        Replica().pull(adapter, DEAL)
    assert "raise api_budget" in caught.value.hint and "may not come to those not read yet" in caught.value.hint
    assert "goes on from here" not in caught.value.hint

"""Change tracking: whole first, then changes and deletes; every doubtful end is an error or a whole read."""

from __future__ import annotations

from typing import Any

import pytest
from scripted_dataverse import ScriptedOrg

from connector.adapters.base import Page, Tombstone, Wanted
from connector.errors import SourceError, SourceUnavailable

WANTED = Wanted("opportunity", ("name", "estimatedvalue"))
DELTA = "opportunities?$select=opportunityid,modifiedon,name,estimatedvalue&$deltatoken=919042%2108%2f22%2f2017%2008%3a10%3a44"


def guid(number: int) -> str:
    return f"00000000-0000-0000-0000-{number:012x}"


def row(number: int, **values: Any) -> dict[str, Any]:
    base = {"opportunityid": guid(number), "modifiedon": "2024-05-01T10:00:00Z", "name": f"Deal {number}"}
    return {"@odata.etag": 'W/"1"', **base, "estimatedvalue": 10, **values}


@pytest.fixture
def tracked(org: ScriptedOrg) -> ScriptedOrg:
    org.define("opportunity", "opportunities", {"name": "String", "estimatedvalue": "Money"})
    return org


def read(adapter: Any, cursor: Any = None, *, wanted: Wanted = WANTED, whole: bool = False) -> list[Page]:
    return list(adapter.pages(wanted, adapter.shape(wanted), cursor, whole=whole))


def test_the_whole_table_comes_first_and_the_delta_link_is_the_place(tracked: ScriptedOrg, connect: Any) -> None:
    next_link = tracked.link(
        "opportunities?$select=opportunityid&$skiptoken=%3Ccookie%20pagenumber=%222%22%20x=%22%253cc%253e%22%20/%3E"
    )
    tracked.says(
        "opportunities",
        {"value": [row(1), row(2)], "@odata.nextLink": next_link},
        {"@odata.deltaLink": tracked.link(DELTA), "value": [row(3)]},
    )
    first, last = read(connect(page_size=2))
    assert [len(first.rows), len(last.rows)] == [2, 1]
    assert (first.whole, first.last, first.cursor) == (True, False, None)
    assert (last.whole, last.last) == (True, True)
    assert last.cursor is not None
    assert last.cursor["delta"] == f"/api/data/v9.2/{DELTA}"
    asked = tracked.asked("opportunities?")
    assert {request.headers["Prefer"] for request in asked} == {"odata.track-changes,odata.maxpagesize=2"}
    assert "$select=opportunityid,modifiedon,name,estimatedvalue" in asked[0].target
    assert "$filter" not in asked[0].target and "$orderby" not in asked[0].target
    assert asked[1].target == next_link.removeprefix(tracked.url)


def test_later_reads_follow_the_delta_link_and_see_deletes(tracked: ScriptedOrg, connect: Any) -> None:
    deleted = {
        "@odata.context": f"{tracked.url}/$metadata#opportunities/$deletedEntity",
        "id": guid(7).upper(),
        "reason": "deleted",
    }
    tracked.says(
        "opportunities",
        {"value": [row(1)], "@odata.deltaLink": tracked.link(DELTA)},
        {"value": [row(2), deleted], "@odata.deltaLink": tracked.link(DELTA + "2")},
    )
    cache: dict[str, str] = {}
    [page] = read(connect(cache))
    adapter = connect(cache)
    [later] = read(adapter, page.cursor)
    assert [values[0] for values in later.rows] == [guid(2)]
    assert later.tombstones == [Tombstone(guid(7))]
    assert not later.whole and later.last
    assert adapter.requests_for("opportunity") == 1
    assert "deltatoken=919042%2108%2f22" in tracked.asked("opportunities?")[1].target.replace("%2F", "%2f")


def test_changes_fill_several_pages_and_each_tells_its_deletes(tracked: ScriptedOrg, connect: Any) -> None:
    gone = [{"@odata.context": "x/$deletedEntity", "id": guid(n), "reason": "deleted"} for n in (8, 9)]
    tracked.says(
        "opportunities",
        {"value": [row(1)], "@odata.deltaLink": tracked.link(DELTA)},
        {"value": [row(2), gone[0]], "@odata.nextLink": tracked.link("opportunities?page=2")},
        {"value": [gone[1]], "@odata.deltaLink": tracked.link(DELTA)},
    )
    adapter = connect()
    first, last = read(adapter, read(adapter)[0].cursor)
    assert first.tombstones == [Tombstone(guid(8))] and last.tombstones == [Tombstone(guid(9))]
    assert (first.cursor, first.last, last.last) == (None, False, True)


def test_a_record_that_comes_again_after_its_deletion_is_there(tracked: ScriptedOrg, connect: Any) -> None:
    deleted = {"@odata.context": "x/$deletedEntity", "id": guid(2), "reason": "deleted"}
    tracked.says("opportunities", {"value": [deleted, row(2)], "@odata.deltaLink": tracked.link(DELTA)})
    [page] = read(connect())
    assert page.tombstones == [] and len(page.rows) == 1


@pytest.mark.parametrize("code", ["0x80044352", "-2147204270", ""])
@pytest.mark.parametrize("status", [400, 410, 500])
def test_an_expired_token_means_whole_again(tracked: ScriptedOrg, connect: Any, code: str, status: int) -> None:
    message = "Version stamp associated with the client has expired. (0x80044352)"
    tracked.says(
        "opportunities",
        {"value": [row(1)], "@odata.deltaLink": tracked.link(DELTA)},
        tracked.refusal(code, message, status),
        {"value": [row(1), row(2)], "@odata.deltaLink": tracked.link(DELTA)},
    )
    adapter = connect()
    [page] = read(adapter)
    [again] = read(adapter, page.cursor)
    assert again.whole and again.last and len(again.rows) == 2


def test_expiry_amid_the_changes_means_whole_again_too(tracked: ScriptedOrg, connect: Any) -> None:
    tracked.says(
        "opportunities",
        {"value": [row(1)], "@odata.deltaLink": tracked.link(DELTA)},
        {"value": [row(2)], "@odata.nextLink": tracked.link("opportunities?page=2")},
        tracked.refusal("0x80044352", "expired"),
        {"value": [row(1), row(2)], "@odata.deltaLink": tracked.link(DELTA)},
    )
    adapter = connect()
    [page] = read(adapter)
    changed, whole = read(adapter, page.cursor)
    assert (changed.whole, changed.cursor, changed.last) == (False, None, False)
    assert whole.whole and whole.last


def test_metadata_that_changes_under_a_whole_read_ends_it(tracked: ScriptedOrg, connect: Any) -> None:
    tracked.says(
        "opportunities",
        {"value": [row(1)], "@odata.nextLink": tracked.link("opportunities?page=2")},
        tracked.refusal("0x80044352", "expired"),
    )
    with pytest.raises(SourceUnavailable, match="metadata changed"):
        read(connect())


def test_a_last_page_without_delta_link_is_no_end(tracked: ScriptedOrg, connect: Any) -> None:
    tracked.says("opportunities", {"value": [row(1)]})
    with pytest.raises(SourceUnavailable, match="neither a next link nor a delta link"):
        read(connect())


def test_a_next_link_in_a_circle_is_no_end(tracked: ScriptedOrg, connect: Any) -> None:
    tracked.says("opportunities", {"value": [row(1)], "@odata.nextLink": tracked.link("opportunities?page=2")})
    with pytest.raises(SourceUnavailable, match="read already"):
        read(connect())


@pytest.mark.parametrize("name", ["@odata.nextLink", "@odata.deltaLink"])
def test_a_link_to_another_origin_is_not_followed(tracked: ScriptedOrg, connect: Any, name: str) -> None:
    tracked.says("opportunities", {"value": [row(1)], name: "https://evil.example/api/data/v9.2/opportunities?x=1"})
    with pytest.raises(SourceError, match="another origin"):
        read(connect())


def test_other_columns_or_an_earlier_start_need_a_whole_read(tracked: ScriptedOrg, connect: Any) -> None:
    tracked.says("opportunities", {"value": [row(1)], "@odata.deltaLink": tracked.link(DELTA)})
    [page] = read(connect())
    [other] = read(connect(), page.cursor, wanted=Wanted("opportunity", ("name",)))
    assert other.whole
    [started] = read(connect(start_date="2024-01-01"))
    assert read(connect(start_date="2024-02-01"), started.cursor)[0].whole is False
    assert read(connect(start_date="2023-01-01"), started.cursor)[0].whole
    assert read(connect(), started.cursor)[0].whole


def test_the_start_date_holds_where_the_server_cannot_filter(tracked: ScriptedOrg, connect: Any) -> None:
    old = row(1, modifiedon="2023-12-31T23:59:59Z")
    tracked.says("opportunities", {"value": [old, row(2)], "@odata.deltaLink": tracked.link(DELTA)})
    adapter = connect(start_date="2024-01-01")
    [page] = read(adapter)
    assert [values[0] for values in page.rows] == [guid(2)]
    [reference] = read(adapter, wanted=Wanted("opportunity", ("name",), reference=True))
    assert len(reference.rows) == 2


def test_an_asked_whole_read_ignores_the_place(tracked: ScriptedOrg, connect: Any) -> None:
    tracked.says("opportunities", {"value": [row(1)], "@odata.deltaLink": tracked.link(DELTA)})
    adapter = connect()
    [page] = read(adapter)
    [again] = read(adapter, page.cursor, whole=True)
    assert again.whole
    assert "deltatoken" not in tracked.asked("opportunities?")[-1].target


def test_a_token_renewed_amid_the_chain_keeps_the_place(tracked: ScriptedOrg, connect: Any) -> None:
    tracked.says(
        "opportunities",
        {"value": [row(1)], "@odata.nextLink": tracked.link("opportunities?page=2")},
        {"value": [row(2)], "@odata.deltaLink": tracked.link(DELTA)},
    )
    adapter = connect()
    pages = adapter.pages(WANTED, adapter.shape(WANTED), None)
    first = next(pages)
    tracked.refuse_tokens = 1
    assert [*first.rows, *next(pages).rows] == [(guid(n), "2024-05-01T10:00:00Z", f"Deal {n}", 10) for n in (1, 2)]
    assert len(tracked.server.requests("/oauth2/v2.0/token")) == 2


def test_a_column_that_goes_is_read_without(tracked: ScriptedOrg, connect: Any) -> None:
    adapter = connect()
    shape = adapter.shape(WANTED)
    tracked.define("opportunity", "opportunities", {"name": "String"})
    tracked.says(
        "opportunities",
        tracked.refusal(
            "0x80060888",
            "Could not find a property named 'estimatedvalue' on type 'Microsoft.Dynamics.CRM.opportunity'.",
        ),
        {"value": [row(1)], "@odata.deltaLink": tracked.link(DELTA)},
    )
    [page] = list(adapter.pages(WANTED, shape, None))
    assert page.rows == [(guid(1), "2024-05-01T10:00:00Z", "Deal 1", None)]
    assert page.whole
    assert adapter.shape(WANTED).missing == ("estimatedvalue",)


def test_a_column_that_goes_amid_a_whole_read_ends_it(tracked: ScriptedOrg, connect: Any) -> None:
    tracked.says(
        "opportunities",
        {"value": [row(1)], "@odata.nextLink": tracked.link("opportunities?page=2")},
        tracked.refusal("0x80060888", "Could not find a property named 'name'"),
        {"value": [row(1)], "@odata.deltaLink": tracked.link(DELTA)},
    )
    with pytest.raises(SourceUnavailable, match="metadata changed"):
        read(connect())


def test_a_table_that_refuses_tracking_is_read_by_modifiedon(tracked: ScriptedOrg, connect: Any) -> None:
    tracked.says(
        "opportunities",
        tracked.refusal("0x80040216", "Change tracking is not enabled for this entity"),
        {"value": [row(1)]},
    )
    [page] = read(connect())
    assert page.last and page.cursor is not None and "since" in page.cursor

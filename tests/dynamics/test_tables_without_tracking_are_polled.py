"""Without change tracking: by modifiedon, with an overlap for late commits, in an order that no change disturbs."""

from __future__ import annotations

from email.utils import formatdate
from typing import Any

import pytest
from scripted_dataverse import ScriptedOrg

from connector.adapters.base import Page, Wanted
from connector.sandbox.exchange import Answer, json_bytes

WANTED = Wanted("opportunityclose", ("actualrevenue",))
ID = "activityid"


def row(number: int, modified: str) -> dict[str, Any]:
    return {"opportunitycloseid": f"{number:08d}", "modifiedon": modified, "actualrevenue": 1}


@pytest.fixture
def untracked(org: ScriptedOrg) -> ScriptedOrg:
    org.define("opportunityclose", "opportunitycloses", {"actualrevenue": "Money"}, tracked=False)
    return org


def read(adapter: Any, cursor: Any = None, *, wanted: Wanted = WANTED, whole: bool = False) -> list[Page]:
    return list(adapter.pages(wanted, adapter.shape(wanted), cursor, whole=whole))


def test_the_first_read_is_whole_and_the_next_goes_on_with_an_overlap(untracked: ScriptedOrg, connect: Any) -> None:
    untracked.says(
        "opportunitycloses",
        {"value": [row(2, "2024-05-01T10:00:00Z")], "@odata.nextLink": untracked.link("opportunitycloses?p=2")},
        {"value": [row(1, "2024-05-01T09:00:00Z")]},
        {"value": []},
    )
    cache: dict[str, str] = {}
    first, last = read(connect(cache))
    assert (first.whole, first.last, first.cursor) == (True, False, None)
    assert (last.whole, last.last) == (True, True)
    assert last.cursor is not None and last.cursor["since"] == "2024-05-01T09:55:00Z"
    adapter = connect(cache)
    [quiet] = read(adapter, last.cursor)
    assert not quiet.whole and quiet.last and quiet.cursor["since"] == last.cursor["since"]
    assert adapter.requests_for("opportunityclose") == 1
    whole, _, later = untracked.asked("opportunitycloses?")
    assert "filter" not in whole.target and "$orderby=opportunitycloseid%20asc" in whole.target
    assert "$filter=modifiedon%20ge%202024-05-01T09:55:00Z&$orderby=opportunitycloseid%20asc" in later.target
    assert later.headers["Prefer"] == "odata.maxpagesize=5000"


def test_the_place_is_never_after_the_beginning_of_the_scan(untracked: ScriptedOrg, connect: Any) -> None:
    headers = {"Content-Type": "application/json", "Date": formatdate(1714557600, usegmt=True)}  # 2024-05-01T10:00:00Z
    body = json_bytes({"value": [row(1, "2024-05-01T10:07:00Z")]})
    untracked.says("opportunitycloses", Answer(200, headers, body))
    [page] = read(connect())
    assert page.cursor is not None and page.cursor["since"] == "2024-05-01T09:55:00Z"


def test_the_place_never_goes_back(untracked: ScriptedOrg, connect: Any) -> None:
    untracked.says("opportunitycloses", {"value": [row(1, "2024-05-01T10:00:00Z")]})
    adapter = connect()
    [first] = read(adapter)
    [second] = read(adapter, first.cursor)
    [third] = read(adapter, second.cursor)
    assert first.cursor["since"] == second.cursor["since"] == third.cursor["since"]


def test_a_mass_change_does_not_keep_a_quiet_table_dear(untracked: ScriptedOrg, connect: Any) -> None:
    same = "2024-05-01T10:00:00Z"
    pages = [
        {"value": [row(n, same)], **({"@odata.nextLink": untracked.link(f"opportunitycloses?p={n}")} if n < 3 else {})}
        for n in range(4)
    ]
    untracked.says("opportunitycloses", *pages, *pages)
    adapter = connect()
    first = read(adapter)[-1].cursor
    assert first["since"] == "2024-05-01T09:55:00Z"
    assert read(adapter, first)[-1].cursor["since"] == same


def test_the_start_date_is_the_servers_to_filter(untracked: ScriptedOrg, connect: Any) -> None:
    untracked.says("opportunitycloses", {"value": []})
    [page] = read(connect(start_date="2024-02-01"))
    assert page.whole and page.cursor is None
    assert "$filter=modifiedon%20ge%202024-02-01T00:00:00Z&" in untracked.asked("opportunitycloses?")[0].target


def test_small_reference_tables_are_read_whole_each_time(untracked: ScriptedOrg, connect: Any) -> None:
    untracked.says("opportunitycloses", {"value": [row(1, "2024-05-01T10:00:00Z")]})
    wanted = Wanted("opportunityclose", ("actualrevenue",), reference=True)
    adapter = connect(start_date="2024-02-01")
    [page] = read(adapter, wanted=wanted)
    [again] = read(adapter, page.cursor, wanted=wanted)
    assert again.whole and "filter" not in untracked.asked("opportunitycloses?")[-1].target


def test_a_table_that_does_not_tell_its_changes_is_read_whole(org: ScriptedOrg, connect: Any) -> None:
    org.define("processstage", "processstages", {"stagename": "String"}, tracked=False)
    org.columns["processstage"] = [item for item in org.columns["processstage"] if item["LogicalName"] != "modifiedon"]
    org.says("processstages", {"value": [{"processstageid": "A", "stagename": "Qualify"}]})
    adapter = connect()
    wanted = Wanted("processstage", ("stagename",))
    shape = adapter.shape(wanted)
    assert shape.modified_field is None
    [page] = adapter.pages(wanted, shape, None)
    assert page.rows == [("a", "Qualify")]
    assert page.whole and page.cursor is None

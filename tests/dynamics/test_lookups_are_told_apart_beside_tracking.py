"""Beside change tracking no annotation tells where a lookup leads: the table is asked once more, and only then."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sandboxed import Mirror, Sandboxed

from connector.adapters.base import Wanted
from connector.sandbox.business import generate
from connector.sandbox.certificates import Authority
from connector.sandbox.dynamics.projection import fill

REGARDING = "_regardingobjectid_value"
TARGETS = ("opportunity", "lead", "contact", "account")
WANTED = Wanted("phonecall", ("subject", REGARDING, *(f"{REGARDING}.{target}" for target in TARGETS)))


@pytest.fixture(scope="module")
def filled(authority: Authority) -> Iterator[Sandboxed]:
    sandboxed = Sandboxed(authority)
    fill(sandboxed.organization, generate(seed=5, deals=80, systems=("dynamics",)))
    yield sandboxed
    sandboxed.stop()
    assert sandboxed.server.failures == []


def held_to_the_truth(sandboxed: Sandboxed, mirror: Mirror) -> None:
    organization = sandboxed.organization
    assert mirror.missing == () and mirror.rows.keys() == set(organization.keys("phonecall"))
    for key, row in mirror.rows.items():
        record = organization.find("phonecall", key) or {}
        guid, target = record[REGARDING], record[f"{REGARDING}:type"]
        expected = {f"{REGARDING}.{each}": guid if each == target else None for each in TARGETS}
        assert {name: row[name] for name in expected} == expected and row[REGARDING] == guid
    assert all(any(row[f"{REGARDING}.{each}"] for row in mirror.rows.values()) for each in ("opportunity", "account"))


@pytest.mark.parametrize("tracked", [True, False])
def test_each_lookup_leads_to_its_own_table(filled: Sandboxed, tracked: bool) -> None:
    filled.organization.set_tracking("phonecall", tracked)
    mirror = Mirror(WANTED)
    held_to_the_truth(filled, mirror.sync(filled.run(page_size=40)))
    quiet = filled.run()
    mirror.sync(quiet)
    assert (mirror.whole, mirror.requests) == (False, 1)
    moved, gone = filled.organization.keys("phonecall")[:2]
    filled.organization.update("phonecall", moved, **about(filled, "contact"))
    filled.organization.delete("phonecall", gone)
    mirror.sync(filled.run(), whole=not tracked)
    held_to_the_truth(filled, mirror)
    assert mirror.rows[moved][f"{REGARDING}.contact"] is not None


def test_many_changes_are_asked_about_by_their_keys(filled: Sandboxed) -> None:
    filled.organization.set_tracking("phonecall", True)
    mirror = Mirror(WANTED)
    mirror.sync(filled.run())
    keys = filled.organization.keys("phonecall")
    changed = [filled.organization.upsert("phonecall", {"subject": "new", **about(filled, "lead")}) for _ in range(120)]
    adapter = filled.run()
    held_to_the_truth(filled, mirror.sync(adapter))
    assert mirror.fetched == len(changed) and set(keys) < mirror.rows.keys()
    assert mirror.requests == 3, "the changes, and two portions of keys"


def test_annotations_are_never_asked_for_beside_tracking(filled: Sandboxed) -> None:
    filled.organization.set_tracking("phonecall", True)
    Mirror(WANTED).sync(filled.run())
    preferred = [request.headers.get("Prefer", "") for request in filled.asked("phonecalls?")]
    assert any("track-changes" in prefer for prefer in preferred)
    assert [prefer for prefer in preferred if "track-changes" in prefer and "annotations" in prefer] == []


def about(filled: Sandboxed, target: str) -> dict[str, Any]:
    return {REGARDING: (target, filled.organization.keys(target)[0])}

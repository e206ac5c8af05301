"""Empty, absent, hidden and vanishing: each is told as what it is, reads go on, and what shows again is read again."""

from __future__ import annotations

from connector.adapters.base import Wanted
from tests.adapters.replica import Replica
from tests.adapters.world import SourceWorld, run, same


def test_an_empty_object_is_read_whole_and_stays_quiet(world: SourceWorld) -> None:
    replica = Replica(world.empty).pull(run(world))
    assert (replica.rows, replica.pages, replica.whole) == ({}, 1, True)
    adapter = run(world)
    assert replica.pull(adapter).rows == {}
    assert adapter.requests_for(world.empty.object) <= 3


def test_an_object_that_no_org_has_is_absent(world: SourceWorld) -> None:
    adapter = run(world)
    for name in ("NoSuchThing__c", "new_nosuchthing", "No Name'\"<>"):
        wanted = Wanted(name, ("A", "b"))
        shape = adapter.shape(wanted)
        assert shape.absent and shape.missing == wanted.fields
        [page] = adapter.pages(wanted, shape, None)
        assert page.last and not page.rows and not page.whole and page.cursor is None
        assert adapter.frame({name: ("A",)}, [(name, "b")]).lookups[name] == {}


def test_an_object_that_goes_is_absent_until_it_comes_back(world: SourceWorld) -> None:
    replica = Replica(world.optional).pull(run(world))
    held = dict(replica.rows)
    assert len(held) == 1
    world.uninstall()
    adapter = run(world)
    assert adapter.shape(world.optional).absent
    [page] = adapter.pages(world.optional, adapter.shape(world.optional), replica.cursor)
    assert page.last and not page.whole, "nothing of it counts as deleted"
    world.install()
    assert replica.pull(run(world)).rows == held


def test_a_hidden_field_is_missing_and_read_again_once_it_shows(world: SourceWorld) -> None:
    key, *_ = world.truth()
    world.update(key, amount=7, text="kept")
    replica = Replica(world.plain).pull(run(world))
    hidden = world.spelt["amount"]
    world.hide("amount")
    adapter = run(world)
    shape = adapter.shape(world.plain)
    assert shape.missing == (hidden,) and hidden not in shape.columns and not shape.absent
    replica.pull(adapter, whole=True)
    assert replica.in_words(world.spelt)[key]["text"] == "kept" and hidden not in replica.rows[key]
    world.reveal("amount")
    adapter = run(world)
    assert adapter.shape(world.plain).missing == ()
    replica.pull(adapter, whole=True)
    assert replica.in_words(world.spelt)[key]["amount"] == 7 and same(world, replica)


def test_a_field_that_no_org_has_is_missing_beside_the_others(world: SourceWorld) -> None:
    wanted = Wanted(world.plain.object, (*world.plain.fields, "Nothing__c", "new_nothing", "Nobody.Name"))
    replica = Replica(wanted).pull(run(world))
    assert replica.shape.missing == ("Nothing__c", "new_nothing", "Nobody.Name")
    assert same(world, replica)


def test_a_field_that_vanishes_within_the_run_reads_as_null(world: SourceWorld) -> None:
    for key in world.truth():
        world.update(key, amount=7)
    adapter = run(world)
    shape = adapter.shape(world.plain)
    world.hide("amount")
    place = shape.columns.index(world.spelt["amount"])
    name = shape.columns.index(world.spelt["name"])
    rows = [row for page in adapter.pages(world.plain, shape, None) for row in page.rows]
    assert len(rows) == 10 and {row[place] for row in rows} == {None}
    assert all(str(row[name]).startswith("Deal") for row in rows)


def test_fields_are_told_under_the_names_that_were_asked(world: SourceWorld) -> None:
    adapter = run(world)
    shape = adapter.shape(world.plain)
    assert set(world.plain.fields) <= set(shape.columns) and len(set(shape.columns)) == len(shape.columns)
    assert {shape.id_field, shape.modified_field} <= set(shape.columns)


def test_check_raises_nothing_and_has_a_mend_for_whatever_fails(world: SourceWorld) -> None:
    world.hide("amount")
    asked = [world.plain, world.empty, Wanted("NoSuchThing", ("A",))]
    lines = list(world.adapter().checks(asked))
    assert lines[0].ok and any(world.spelt["amount"] in line.what and not line.ok for line in lines)
    assert all(line.mend for line in lines if not line.ok)
    [line] = list(world.adapter(client_secret="not-the-secret-77").checks(asked))
    assert not line.ok and line.mend and "not-the-secret-77" not in line.what + line.mend

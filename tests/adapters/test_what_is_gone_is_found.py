"""Soft and hard deletes, undeletes, and records made and unmade between two runs: none stays, none is lost."""

from __future__ import annotations

import pytest

from tests.adapters.replica import Replica
from tests.adapters.world import RECYCLE_BIN, TELLS_DELETES, SourceWorld, later, run, same


@pytest.mark.needs(TELLS_DELETES)
@pytest.mark.parametrize("many", [1, 9])
def test_the_next_run_tells_what_was_deleted(world: SourceWorld, many: int) -> None:
    replica = Replica(world.plain).pull(run(world))
    gone = sorted(world.truth())[:many]
    for key in gone:
        world.erase(key)
    replica.pull(run(world))
    assert not replica.whole and not set(gone) & replica.rows.keys()
    assert same(world, replica)
    assert same(world, replica.pull(run(world)))


@pytest.mark.needs(TELLS_DELETES)
def test_a_record_made_and_deleted_between_two_runs_does_no_harm(world: SourceWorld) -> None:
    replica = Replica(world.plain).pull(run(world))
    world.erase(world.create(name="short-lived"))
    changed = world.create(name="changed, then deleted")
    world.update(changed, name="changed")
    world.erase(changed)
    assert same(world, replica.pull(run(world)))


@pytest.mark.needs(TELLS_DELETES)
def test_a_run_cut_before_its_tombstones_tells_them_the_next_time(world: SourceWorld) -> None:
    """Time has passed since, so that a place amid the pages may be a safe one: never while a delete is not yet told."""
    replica = Replica(world.plain).pull(run(world))
    with later(20):
        first, second, *others = sorted(world.truth())
        world.erase(first)
        world.erase(second)
    with later(30):
        for key in others:
            world.update(key, name="touched")
    with later(40):
        for _ in replica.steps(run(world)):
            break
        assert same(world, replica.pull(run(world)))


@pytest.mark.needs(RECYCLE_BIN)
def test_a_soft_delete_keeps_its_values_and_an_undelete_brings_it_back(world: SourceWorld) -> None:
    replica = Replica(world.plain).pull(run(world))
    key, other, *_ = world.truth()
    world.delete(key)
    world.update(other, name="changed")
    replica.pull(run(world))
    assert replica.rows[key][replica.shape.deleted_field or ""] is True
    assert replica.rows[key][world.spelt["name"]] == "Deal 0"
    assert same(world, replica)
    world.undelete(key)
    replica.pull(run(world))
    assert key in replica.living() and same(world, replica)


@pytest.mark.needs(RECYCLE_BIN)
def test_a_record_first_seen_in_the_recycle_bin_is_told_with_all_its_values(world: SourceWorld) -> None:
    key, *_ = world.truth()
    world.delete(key)
    replica = Replica(world.plain).pull(run(world))
    assert replica.rows[key][world.spelt["name"]] == "Deal 0" and key not in replica.living()
    assert same(world, replica)


@pytest.mark.needs(RECYCLE_BIN)
def test_deleted_and_brought_back_between_two_runs_it_is_there(world: SourceWorld) -> None:
    replica = Replica(world.plain).pull(run(world))
    key, *_ = world.truth()
    world.delete(key)
    world.undelete(key)
    assert key in replica.pull(run(world)).living() and same(world, replica)


@pytest.mark.needs(RECYCLE_BIN)
def test_deleted_softly_then_for_good_it_is_gone(world: SourceWorld) -> None:
    replica = Replica(world.plain).pull(run(world))
    key, *_ = world.truth()
    world.delete(key)
    replica.pull(run(world))
    world.erase(key)
    assert key not in replica.pull(run(world)).living() and same(world, replica)


def test_a_whole_read_finds_what_vanished(world: SourceWorld) -> None:
    replica = Replica(world.plain).pull(run(world))
    key, *_ = world.truth()
    world.erase(key)
    replica.pull(run(world), whole=True)
    assert replica.whole and key not in replica.rows and same(world, replica)


def test_all_of_them_may_vanish(world: SourceWorld) -> None:
    replica = Replica(world.plain).pull(run(world))
    for key in world.truth():
        world.erase(key)
    replica.pull(run(world), whole=True)
    assert replica.rows == {} and replica.whole

"""From its cursor a run brings whatever changed since, however it was stamped, whenever it was committed."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from connector.adapters.base import Wanted
from connector.instants import spell
from tests.adapters.replica import Replica
from tests.adapters.world import RECYCLE_BIN, TELLS_DELETES, SourceWorld, later, now, run, same


def test_a_run_brings_new_and_changed_records_and_no_others(world: SourceWorld) -> None:
    replica = Replica(world.plain).pull(run(world))
    assert replica.whole and replica.pages >= 3 and same(world, replica)
    first, *_ = world.truth()
    world.update(first, name="changed", amount=None)
    new = world.create(name="new")
    replica.pull(run(world))
    assert not replica.whole and same(world, replica)
    assert replica.in_words(world.spelt)[new]["name"] == "new"
    world.page_size = 2_000
    assert replica.pull(run(world)).pages == 1 and same(world, replica)


def test_a_quiet_run_asks_three_times_at_most_and_once_more_changes_nothing(world: SourceWorld) -> None:
    replica = Replica(world.plain).pull(run(world))
    world.page_size = 2_000
    for _ in range(2):
        adapter = run(world)
        held = dict(replica.rows)
        replica.pull(adapter)
        assert adapter.requests_for(world.plain.object) <= 3
        assert not replica.whole and replica.rows == held


@pytest.mark.parametrize("reference", [False, True])
def test_a_reference_object_is_followed_too_and_stays_cheap(world: SourceWorld, reference: bool) -> None:
    wanted = Wanted(world.plain.object, world.plain.fields, reference=reference)
    world.page_size = 2_000
    replica = Replica(wanted).pull(run(world))
    key, *_ = world.truth()
    world.update(key, name="changed")
    adapter = run(world)
    assert same(world, replica.pull(adapter))
    assert adapter.requests_for(wanted.object) <= 3


def test_ties_on_one_second_larger_than_a_page_are_all_there(world: SourceWorld) -> None:
    replica = Replica(world.plain).pull(run(world))
    at = now()
    for number in range(11):
        world.create(at, name=f"tie {number}")
    replica.pull(run(world))
    assert not replica.whole and replica.fetched >= 11 and same(world, replica)


@pytest.mark.parametrize("after", [1, 3, 4, 5])
def test_a_run_cut_within_the_ties_is_made_good_by_the_next(world: SourceWorld, after: int) -> None:
    """Time has passed since, so that a place amid the pages may be a safe one: it must not be one amid the ties."""
    replica = Replica(world.plain).pull(run(world))
    with later(20):
        # a whole minute: some orgs' places are whole minutes too, and no rounding may help here
        at = now().replace(second=0)
        for number in range(21):
            world.create(at, name=f"tie {number}")
    with later(40):
        for page, _ in enumerate(replica.steps(run(world)), start=1):
            if page == after:
                break
        assert replica.pages == after and not same(world, replica)
        assert same(world, replica.pull(run(world)))


@pytest.mark.parametrize("after", [1, 2])
def test_a_run_cut_while_a_transaction_is_open_does_not_pass_it(world: SourceWorld, after: int) -> None:
    replica = Replica(world.plain).pull(run(world))
    with later(20):
        stamp = now() - world.longest_transaction / 2
        commit = world.late(stamp, name="late")
        for key in world.truth():
            world.update(key, name="touched")
        for page, _ in enumerate(replica.steps(run(world)), start=1):
            if page == after:
                break
        late = commit()
        replica.pull(run(world))
        assert late in replica.rows and same(world, replica)


@pytest.mark.parametrize("quiet_runs", [0, 2])
@pytest.mark.parametrize("many", [1, 9])
def test_a_late_commit_is_found(world: SourceWorld, quiet_runs: int, many: int) -> None:
    """Stamped before what the last runs have read, visible after them; a cursor at the newest stamp would miss it."""
    replica = Replica(world.plain).pull(run(world))
    changed, *_ = world.truth()
    stamp = now() - world.longest_transaction
    new = [world.late(stamp, name=f"late {number}") for number in range(many)]
    update = world.late(stamp, changed, name="changed late")
    world.create(name="in between")
    for _ in range(1 + quiet_runs):
        assert same(world, replica.pull(run(world)))
    keys = [commit() for commit in (*new, update)]
    replica.pull(run(world))
    assert not replica.whole and same(world, replica)
    assert {replica.in_words(world.spelt)[key]["name"] for key in keys} == {
        "changed late",
        *(f"late {number}" for number in range(many)),
    }


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("after", [1, 2])
def test_what_changes_while_pages_are_read_is_there_in_the_end(world: SourceWorld, whole: bool, after: int) -> None:
    replica = Replica(world.plain)
    if not whole:
        replica.pull(run(world))
        for key in world.truth():
            world.update(key, name="touched")
    keys = sorted(world.truth())
    for page, _ in enumerate(replica.steps(run(world)), start=1):
        if page == after:
            for key in (keys[0], keys[4], keys[9]):
                world.update(key, name=f"in mid-read {key}")
            for key in (keys[1], keys[5], keys[8]) if TELLS_DELETES not in world.cannot else ():
                world.erase(key)
            world.create(name="new in mid-read")
    assert same(world, replica.pull(run(world)))


def test_a_record_that_keeps_changing_pushes_no_other_out_of_the_pages(world: SourceWorld) -> None:
    """One record moves to the end of any order by stamp before each page: no page may end short or twice for that."""
    replica = Replica(world.plain).pull(run(world))
    for key in world.truth():
        world.update(key, name="touched")
    restless = sorted(world.truth())[0]
    for page, _ in enumerate(replica.steps(run(world))):
        world.update(restless, now() + timedelta(seconds=page), name=f"moved {page}")
    assert same(world, replica.pull(run(world)))


def test_start_date_bounds_what_changes_but_no_reference_object(world: SourceWorld) -> None:
    ancient = world.create(now() - timedelta(days=3000), name="ancient")
    start = spell(now() - timedelta(days=2000))
    bounded = Replica(world.plain).pull(run(world, start_date=start))
    assert world.truth().keys() - bounded.rows.keys() == {ancient}
    reference = Wanted(world.plain.object, world.plain.fields, reference=True)
    assert ancient in Replica(reference).pull(run(world, start_date=start)).rows
    later = spell(now() - timedelta(days=1000))
    assert not bounded.pull(run(world, start_date=later)).whole
    assert ancient in bounded.pull(run(world)).rows, "an earlier start, or none, reads again"


@pytest.mark.parametrize("seed", range(3))
def test_any_order_of_edits_and_runs_ends_at_the_truth(world: SourceWorld, seed: int) -> None:
    """Runs of any page size, some of them cut after any page, between edits of every kind."""
    dice = random.Random(seed)
    replica = Replica(world.plain).pull(run(world))
    binned: list[str] = []
    for _ in range(12):
        for _ in range(dice.randint(0, 6)):
            alive = sorted(world.truth())
            act = dice.choice(["create", "update", "update", "delete", "erase", "undelete"])
            if act == "create" or len(alive) < 6:
                world.create(name=f"new {dice.random()}")
            elif act == "update":
                world.update(dice.choice(alive), name=f"named {dice.random()}")
            elif act == "undelete" and binned:
                world.undelete(binned.pop())
            elif act == "erase" and TELLS_DELETES not in world.cannot:
                world.erase(dice.choice(alive))
            elif act == "delete" and RECYCLE_BIN not in world.cannot:
                binned.append(dice.choice(alive))
                world.delete(binned[-1])
        world.page_size = dice.choice([2, 3, 5, 2_000])
        if dice.random() < 0.4:
            for _ in replica.steps(run(world)):
                if dice.random() < 0.5:
                    break
        else:
            assert same(world, replica.pull(run(world)))
    assert same(world, replica.pull(run(world)))

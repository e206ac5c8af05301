"""A cursor that leads nowhere any more, or that nobody can read, is a whole read that misses no delete: never an error."""

from __future__ import annotations

from typing import Any

import pytest

from tests.adapters.replica import Replica
from tests.adapters.world import PLACE_EXPIRES, SourceWorld, run, same


@pytest.mark.needs(PLACE_EXPIRES)
def test_an_expired_cursor_is_a_whole_read_that_finds_the_deletes(world: SourceWorld) -> None:
    replica = Replica(world.plain).pull(run(world))
    gone, changed, *_ = world.truth()
    world.erase(gone)
    world.update(changed, name="changed")
    world.forget_place()
    replica.pull(run(world))
    assert replica.whole and gone not in replica.rows and same(world, replica)


@pytest.mark.needs(PLACE_EXPIRES)
@pytest.mark.parametrize("whole", [True, False])
def test_a_place_that_is_lost_in_mid_read_loses_nothing(world: SourceWorld, whole: bool) -> None:
    replica = Replica(world.plain)
    if not whole:
        replica.pull(run(world))
        for key in world.truth():
            world.update(key, name="touched")
    for page, _ in enumerate(replica.steps(run(world))):
        if page == 0:
            world.forget_place()
    assert same(world, replica)
    assert same(world, replica.pull(run(world)))


UNREADABLE: list[Any] = [
    {},
    {"since": "soon", "delta": "https://elsewhere.test/x", "select": "a", "start": 5},
    {"since": None},
    {"since": 20240101, "rows": "many"},
    {"place": [1, 2]},
]


@pytest.mark.parametrize("cursor", UNREADABLE, ids=str)
def test_a_cursor_of_another_form_is_none(world: SourceWorld, cursor: Any) -> None:
    replica = Replica(world.plain)
    replica.cursor = cursor
    replica.pull(run(world))
    assert replica.whole and same(world, replica)

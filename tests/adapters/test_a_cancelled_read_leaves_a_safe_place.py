"""A read that is given up, by its reader or by its adapter's end: what was taken in is kept, nothing is left behind."""

from __future__ import annotations

import threading
import time
from contextlib import closing

import pytest

from connector.errors import SourceUnavailable
from tests.adapters.replica import Replica
from tests.adapters.world import SourceWorld, mend, run, same

_MOST_SECONDS = 10.0


def threads() -> set[threading.Thread]:
    """All but those with which the sandbox answers a connection or works on a job."""
    sandbox = ("process_request_thread", "job 750")
    return {thread for thread in threading.enumerate() if not any(name in thread.name for name in sandbox)}


def assert_nothing_is_left(world: SourceWorld, before: set[threading.Thread]) -> None:
    """No job in the org, no thread, and no connection as soon as the server has noticed its end."""
    assert world.left_behind() == []
    assert threads() == before
    until = time.monotonic() + _MOST_SECONDS
    while connections := [one for server in world.servers for one in server.connections()]:
        assert time.monotonic() < until, connections
        threading.Event().wait(0.002)


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("after", [1, 2])
def test_a_reader_that_stops_asking_may_go_on_in_the_next_run(world: SourceWorld, after: int, whole: bool) -> None:
    replica = Replica(world.plain)
    if not whole:
        with closing(run(world)) as first:
            replica.pull(first)
        for key in world.truth():
            world.update(key, name="touched")
    before = threads()
    adapter = run(world)
    for page, _ in enumerate(replica.steps(adapter), start=1):
        if page == after:
            break
    adapter.close()
    assert_nothing_is_left(world, before)
    assert same(world, replica.pull(run(world)))


@pytest.mark.parametrize("after", [1, 2])
def test_an_adapter_that_is_closed_in_mid_read_ends_it_or_finishes_it(world: SourceWorld, after: int) -> None:
    before = threads()
    replica, adapter = Replica(world.plain), run(world)
    try:
        for page, _ in enumerate(replica.steps(adapter), start=1):
            if page == after:
                adapter.close()
    except SourceUnavailable:
        assert not same(world, replica)
    adapter.close()
    assert_nothing_is_left(world, before)
    assert same(world, replica.pull(run(world)))


def test_closing_the_adapter_ends_a_wait_at_once(world: SourceWorld) -> None:
    """Real time: the source asks for five minutes; whoever ends the run need not wait for it."""
    before = threads()
    replica, adapter = Replica(world.plain), run(world, sleep=None)
    world.fault("metadata", "status=429,retry-after=300", times="always")
    caught: list[SourceUnavailable] = []

    def read() -> None:
        try:
            replica.pull(adapter)
        except SourceUnavailable as error:
            caught.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    while not any(logged.status == 429 for logged in list(world.servers[0].log)):
        assert reader.is_alive()
        reader.join(0.002)
    adapter.close()
    reader.join(_MOST_SECONDS)
    assert not reader.is_alive() and [error.code for error in caught] == ["closed"]
    assert_nothing_is_left(world, before)
    mend(world)
    assert same(world, replica.pull(run(world)))


@pytest.mark.parametrize("pause", [1, 2, 3])
def test_closing_it_in_any_pause_tidies_up(world: SourceWorld, pause: int) -> None:
    """Virtual time: the adapter is closed within a pause, be it for a busy source or for a job that takes its time."""
    made, slept = [], 0
    before = threads()

    def sleep(seconds: float) -> None:
        nonlocal slept
        slept += 1
        if slept == pause:
            made[0].close()

    made.append(run(world, sleep=sleep))
    world.fault("records", "status=429", times="always")
    replica = Replica(world.plain)
    with pytest.raises(SourceUnavailable) as caught:
        replica.pull(made[0])
    assert caught.value.code == "closed" and slept == pause
    assert_nothing_is_left(world, before)
    mend(world)
    assert same(world, replica.pull(run(world)))

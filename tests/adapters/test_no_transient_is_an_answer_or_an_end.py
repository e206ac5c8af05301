"""design.md section 6, each transient at each request of a read: asked again under a deadline, then every row is there."""

from __future__ import annotations

import time
from email.utils import formatdate

import pytest

from connector.errors import SourceUnavailable
from tests.adapters.faults import TRANSIENTS
from tests.adapters.replica import Replica
from tests.adapters.world import SourceWorld, mend, run, same


def touch(world: SourceWorld, name: str = "touched") -> None:
    for key in world.truth():
        world.update(key, name=name)


@pytest.mark.parametrize("text", TRANSIENTS)
def test_a_read_that_meets_it_at_every_request_misses_nothing(world: SourceWorld, text: str) -> None:
    replica = Replica(world.plain)
    world.fault("everything", text, times="each")
    assert same(world, replica.pull(run(world))) and replica.fetched == 10
    assert world.road_taken() == world.road
    touch(world)
    world.fault("everything", text, times="each")
    assert same(world, replica.pull(run(world))) and not replica.whole
    assert all(planned.fired for server in world.servers for planned in server.faults.all())


def test_what_only_this_vendor_says_is_waited_out_too(world: SourceWorld) -> None:
    for text in world.own_transients:
        world.fault("calls", text, times="each")
        replica = Replica(world.plain).pull(run(world))
        assert same(world, replica) and replica.requests >= 6
    assert sum(planned.fired for planned in world.servers[0].faults.all()) >= 3 * 3


@pytest.mark.parametrize("text", ["status=503", "status=429", "reset-in-body", "html=200"])
@pytest.mark.parametrize("whole", [True, False])
def test_one_that_stays_ends_the_read_and_the_next_run_lacks_nothing(
    world: SourceWorld, text: str, whole: bool
) -> None:
    replica = Replica(world.plain)
    if not whole:
        replica.pull(run(world))
        touch(world)
    adapter = run(world)
    world.fault("records", text, after=1, times="always")
    began = world.clock.now
    with pytest.raises(SourceUnavailable) as caught:
        replica.pull(adapter)
    assert caught.value.exit_code == 4 and caught.value.hint
    assert world.clock.now - began <= 600 and not same(world, replica)
    mend(world)
    assert same(world, replica.pull(run(world)))


@pytest.mark.parametrize("text", ["short-body", "status=200"])
def test_one_that_stays_is_never_taken_for_an_end(world: SourceWorld, text: str) -> None:
    for after in range(3):
        world.fault("records", text, after=after, times="always")
        replica = Replica(world.plain)
        with pytest.raises(SourceUnavailable):
            replica.pull(run(world))
        assert replica.cursor is None
        mend(world)
        assert same(world, replica.pull(run(world)))


def test_the_wait_that_the_source_asks_for_is_kept(world: SourceWorld) -> None:
    world.fault("records", "status=429", retry_after=211)
    world.fault("records", "status=503", retry_after=formatdate(time.time() + 312, usegmt=True))
    assert same(world, Replica(world.plain).pull(run(world)))
    long = [seconds for seconds in world.clock.slept if seconds > 100]
    assert long[0] == 211 and 300 < long[1] <= 312 and len(long) == 2


def test_a_wait_that_nobody_can_keep_is_told_at_once(world: SourceWorld) -> None:
    adapter = run(world)
    world.fault("records", "status=429,retry-after=86400")
    began = world.clock.now
    with pytest.raises(SourceUnavailable, match="86400"):
        Replica(world.plain).pull(adapter)
    assert world.clock.now - began < 60

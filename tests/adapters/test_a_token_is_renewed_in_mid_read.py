"""Sign-in: renewed once per token whatever page it ends at, given up after three; a refusal is final, an outage is not."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from connector.errors import SignInFailed, SourceUnavailable
from connector.sandbox.exchange import App, Request
from connector.sandbox.server import TakeOver, Wire
from tests.adapters.faults import TRANSIENTS
from tests.adapters.replica import Replica
from tests.adapters.world import SourceWorld, intercept, mend, run, same


@pytest.mark.parametrize("whole", [True, False])
def test_the_place_is_kept_whichever_request_meets_the_end_of_the_token(world: SourceWorld, whole: bool) -> None:
    base, renewals = Replica(world.plain).pull(run(world)), 0
    for number in range(12):
        for key in world.truth() if not whole else ():
            world.update(key, name=f"touched {number}")
        replica = Replica(world.plain)
        replica.rows, replica.cursor = dict(base.rows), None if whole else base.cursor
        adapter = run(world)
        before = world.tokens_issued()
        world.fault("calls", "expired-session", after=number)
        replica.pull(adapter)
        assert replica.whole is whole and replica.fetched == 10 and same(world, replica)
        assert world.tokens_issued() - before <= 1
        renewals += world.tokens_issued() - before
        mend(world)
    assert renewals >= 3, "only reads that are over before it ends need no new one"


def test_all_threads_share_one_renewal(world: SourceWorld) -> None:
    """All four hold the first token when it ends: none of them is answered before the last one has asked."""
    adapter = run(world)
    shape = adapter.shape(world.plain)
    barrier, met = threading.Barrier(4), 0
    guard = threading.Lock()

    def hold(request: Request) -> TakeOver | None:
        nonlocal met
        with guard:
            met += 1
            first = met <= 4
        return together if first else None

    def together(request: Request, app: App, wire: Wire) -> None:
        if barrier.wait(10) == 0:
            world.expire_tokens()
        barrier.wait(10)
        wire.send(app(request))

    def read(_: int) -> int:
        return sum(len(page.rows) for page in adapter.pages(world.plain, shape, None))

    before = world.tokens_issued()
    intercept(world, hold)
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(read, range(4))) == [10] * 4
    assert world.tokens_issued() - before == 1


def test_three_fresh_tokens_that_do_not_work_either_are_the_end(world: SourceWorld) -> None:
    adapter = run(world)
    before = world.tokens_issued()
    replica = Replica(world.plain)
    world.fault("records", "expired-session", after=1, times="always")
    with pytest.raises(SignInFailed) as caught:
        replica.pull(adapter)
    assert caught.value.exit_code == 3 and caught.value.hint
    assert world.tokens_issued() - before == 3
    with pytest.raises(SignInFailed):
        Replica(world.plain).pull(adapter)
    assert world.tokens_issued() - before == 3, "the end is the end for every object"
    mend(world)
    assert same(world, replica.pull(run(world)))


def test_a_success_in_between_starts_the_count_anew(world: SourceWorld) -> None:
    """Every single request of the read meets a token that has just ended; each is renewed and all is read."""
    adapter = run(world)
    world.fault("calls", "expired-session", times="each")
    before = world.tokens_issued()
    replica = Replica(world.plain).pull(adapter)
    assert same(world, replica) and world.tokens_issued() - before > 3


def test_refused_credentials_are_tried_once_and_never_shown(world: SourceWorld) -> None:
    adapter = world.adapter(client_secret="not-the-secret-77")
    for ask in (adapter.connect, lambda: adapter.shape(world.plain)):
        with pytest.raises(SignInFailed) as caught:
            ask()
        assert caught.value.exit_code == 3 and caught.value.hint
        assert "not-the-secret-77" not in str(caught.value) + caught.value.hint
    assert sum(logged.request.method == "POST" for server in world.servers for logged in server.log) == 1
    assert world.tokens_issued() == 0


@pytest.mark.parametrize("text", TRANSIENTS)
def test_a_sign_in_that_is_down_is_waited_for(world: SourceWorld, text: str) -> None:
    world.fault("sign-in", text, times="each")
    adapter = run(world)
    assert world.tokens_issued() >= 1
    world.expire_tokens()
    world.fault("sign-in", text, times="each")
    assert same(world, Replica(world.plain).pull(adapter))


@pytest.mark.parametrize("text", ["status=503", "reset-before-headers", "html=200"])
def test_a_sign_in_that_stays_down_ends_within_the_deadline(world: SourceWorld, text: str) -> None:
    adapter = run(world)
    world.expire_tokens()
    world.fault("sign-in", text, times="always")
    began = world.clock.now
    with pytest.raises(SourceUnavailable) as caught:
        Replica(world.plain).pull(adapter)
    assert caught.value.exit_code == 4 and caught.value.hint
    assert world.clock.now - began <= 600

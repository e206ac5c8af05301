"""Retry-After in either spelling is obeyed by all threads of a source; a dead host is told early."""

from __future__ import annotations

import socket
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from connector.errors import LimitReached, PermissionDenied, RequestRefused, SourceUnavailable
from connector.sandbox.server import Answer, json_answer
from connector.transport.pacing import Gate, backoff, retry_after

GOOD = json_answer({"ok": True})


def test_seconds_are_obeyed(server, make, clock) -> None:
    server.plays(json_answer({}, 429, {"Retry-After": "17"}), GOOD)
    make(server.url).request("GET", "/data")
    assert clock.slept == [17.0]


def test_a_date_is_read_against_the_servers_own_clock() -> None:
    served = datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC)
    headers = {"Date": format_datetime(served, usegmt=True)}
    headers["Retry-After"] = format_datetime(served + timedelta(seconds=42), usegmt=True)
    assert retry_after(headers) == 42.0


@pytest.mark.parametrize("text", ["", "soon", "-5", "nan", "inf", "0", "Mon, 99 Foo"])
def test_nonsense_asks_for_nothing(text: str) -> None:
    assert retry_after({"Retry-After": text}) is None


def test_without_a_word_the_pauses_grow(server, make, clock) -> None:
    server.plays(*[json_answer({}, 429)] * 6, GOOD)
    make(server.url).request("GET", "/data")
    assert len(clock.slept) == 6
    assert all(later > earlier * 0.9 for earlier, later in zip(clock.slept, clock.slept[1:], strict=False))
    assert max(backoff(n) for n in range(1, 100)) <= 30


def test_zero_does_not_hammer_the_source(server, make, clock) -> None:
    server.plays(json_answer({}, 503, {"Retry-After": "0"}))
    with pytest.raises(SourceUnavailable):
        make(server.url).request("GET", "/data")
    assert len(server.seen) < 60


def test_a_wait_beyond_the_deadline_is_told_at_once(server, make, clock) -> None:
    server.plays(json_answer({}, 429, {"Retry-After": "86400"}))
    with pytest.raises(SourceUnavailable, match="wait 86400 s"):
        make(server.url).request("GET", "/data")
    assert clock.slept == [] and len(server.seen) == 1


def test_one_threads_retry_after_holds_back_the_others(server, make, clock) -> None:
    """While one thread sleeps off its Retry-After, another that has not been refused asks nothing either."""
    asleep, wake = threading.Event(), threading.Event()
    first = threading.current_thread()

    def sleep(seconds: float) -> None:
        if threading.current_thread() is not first:
            asleep.set()
            wake.wait(10)
        clock.sleep(seconds)

    server.plays(json_answer({}, 429, {"Retry-After": "30"}), GOOD)
    transport = make(server.url, sleep=sleep)
    refused = threading.Thread(target=transport.request, args=("GET", "/one"))
    refused.start()
    assert asleep.wait(10)
    transport.request("GET", "/two")
    assert clock.slept == [30.0] and len(server.seen) == 2
    wake.set()
    refused.join()


def test_a_shorter_wait_never_opens_the_gate_early(clock) -> None:
    gate = Gate(clock)
    gate.close_for(60)
    gate.close_for(1)
    assert gate.remaining() == 60


def test_a_host_that_never_answered_is_given_up_early(make, clock) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"https://localhost:{unused.getsockname()[1]}"
        started = clock.now
        with pytest.raises(SourceUnavailable, match="the connection was refused") as caught:
            make(url).request("GET", "/data")
    assert clock.now - started <= 30 and caught.value.hint


def test_a_host_that_has_answered_is_waited_for(server, make, clock) -> None:
    transport = make(server.url)
    transport.request("GET", "/data")
    server.fault("hang-up", times="always")
    started = clock.now
    with pytest.raises(SourceUnavailable):
        transport.request("GET", "/data")
    # the pause that would lead beyond the deadline is at most half a minute
    assert 90 < clock.now - started <= 120


def test_an_unknown_host_is_named_as_such(make) -> None:
    with pytest.raises(SourceUnavailable, match="host name is unknown"):
        make("https://no-such-host.invalid").request("GET", "/data")


def test_a_budget_ends_the_run(server, make) -> None:
    transport = make(server.url, api_budget=3)
    for _ in range(3):
        transport.request("GET", "/data", object_name="Thing")
    with pytest.raises(LimitReached, match="api_budget of 3"):
        transport.request("GET", "/data", object_name="Thing")
    assert len(server.seen) == 3 == transport.requests_for("Thing")


def test_repeats_cost_budget_too(server, make) -> None:
    server.plays(json_answer({}, 503))
    with pytest.raises(LimitReached):
        make(server.url, api_budget=4).request("GET", "/data")
    assert len(server.seen) == 4


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (json_answer({}, 400), RequestRefused),
        (json_answer({}, 404), RequestRefused),
        (json_answer({}, 403), PermissionDenied),
        (json_answer({"why": "out of calls"}, 403), LimitReached),
        (json_answer({}, 501), RequestRefused),
    ],
)
def test_definite_answers_are_not_asked_for_again(answer: Answer, error: type[Exception], server, make) -> None:
    server.plays(answer)
    with pytest.raises(error):
        make(server.url).request("GET", "/data")
    assert len(server.seen) == 1


def test_closing_wakes_a_sleeper(server, authority, make) -> None:
    server.plays(json_answer({}, 429, {"Retry-After": "500"}))
    transport = make(server.url, sleep=None)
    caught: list[BaseException] = []

    def ask() -> None:
        try:
            transport.request("GET", "/data")
        except SourceUnavailable as error:
            caught.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    while not server.seen:
        asking.join(0.01)
    transport.close()
    asking.join(10)
    assert not asking.is_alive() and len(caught) == 1 and len(server.seen) == 1


def test_patience_with_a_silent_host_is_short_though_the_sign_in_host_has_answered(make, server, other, clock) -> None:
    other.server.stop()
    transport = make(other.url, sign_in=[server.url], deadline=120.0, first_contact=30.0)
    transport.request("POST", f"{server.url}/token", authenticated=False)
    begun = clock.now
    with pytest.raises(SourceUnavailable, match="gave no usable answer"):
        transport.request("GET", "/data")
    assert clock.now - begun <= 30.0

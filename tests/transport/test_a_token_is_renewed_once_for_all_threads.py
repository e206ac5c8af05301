"""401: one renewal per token whatever the number of threads, replay of superseded tokens, three renewals at most."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from connector.errors import SignInFailed
from connector.sandbox.server import Request, json_answer
from tests.transport.conftest import Numbered


def only(*accepted: str):
    """Accepts some tokens, refuses all others with 401."""

    def step(request: Request, wire) -> None:
        wire.send(json_answer({"as": request.bearer}, 200 if request.bearer in accepted else 401))

    return step


def test_an_expired_token_is_renewed_and_the_request_replayed(server, make) -> None:
    tokens = Numbered()
    server.plays(only("token-2"))
    reply = make(server.url, tokens=tokens).request("POST", "/data", json={"q": 1})
    assert reply.json() == {"as": "token-2"} and tokens.fetched == 2
    assert [request.body for request in server.seen] == [b'{"q": 1}', b'{"q": 1}']


def test_twelve_threads_share_one_renewal(server, make) -> None:
    """All twelve hold token-1 when the first 401 comes; the barrier makes sure of it."""
    barrier, tokens = threading.Barrier(12), Numbered()

    def step(request: Request, wire) -> None:
        if request.bearer == "token-1":
            barrier.wait(10)
            wire.send(json_answer({}, 401))
        else:
            wire.send(json_answer({"as": request.bearer}))

    server.plays(step)
    transport = make(server.url, tokens=tokens)
    with ThreadPoolExecutor(12) as threads:
        replies = list(threads.map(lambda n: transport.request("GET", f"/{n}").json(), range(12)))
    assert replies == [{"as": "token-2"}] * 12
    assert tokens.fetched == 2 and len(server.seen) == 24


def test_a_late_401_of_a_superseded_token_renews_nothing(server, make) -> None:
    """The slow request's 401 arrives after the renewal: it is replayed with the current token."""
    slow_came, go_on, tokens = threading.Event(), threading.Event(), Numbered()

    def step(request: Request, wire) -> None:
        if request.path == "/slow" and request.bearer == "token-1":
            slow_came.set()
            go_on.wait(10)
        wire.send(json_answer({"as": request.bearer}, 401 if request.bearer == "token-1" else 200))

    server.plays(step)
    transport = make(server.url, tokens=tokens)
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(transport.request, "GET", "/slow")
        assert slow_came.wait(10)
        transport.request("GET", "/quick")
        go_on.set()
        assert slow.result(10).json() == {"as": "token-2"}
    assert tokens.fetched == 2


def test_three_fruitless_renewals_are_the_end(server, make) -> None:
    tokens = Numbered()
    server.plays(only())
    transport = make(server.url, tokens=tokens)
    with pytest.raises(SignInFailed, match="3 fresh ones"):
        transport.request("GET", "/data")
    assert tokens.fetched == 4 and len(server.seen) == 4
    with pytest.raises(SignInFailed):
        transport.request("GET", "/data")
    assert tokens.fetched == 4


def test_a_success_in_between_starts_the_count_anew(server, make) -> None:
    tokens = Numbered()
    transport = make(server.url, tokens=tokens)
    for number in range(1, 9):
        server.plays(only(f"token-{number}"))
        transport.request("GET", "/data")
    assert tokens.fetched == 8


def test_one_door_that_never_opens_ends_though_others_do(server, make) -> None:
    """Other requests succeed between the renewals, so only the request itself can tell that it is hopeless."""
    tokens = Numbered()
    transport = make(server.url, tokens=tokens)

    def step(request: Request, wire) -> None:
        if request.path == "/never":
            transport._keeper.worked(transport._keeper._token)
            wire.send(json_answer({}, 401))
        else:
            wire.send(json_answer({}))

    server.plays(step)
    with pytest.raises(SignInFailed):
        transport.request("GET", "/never")
    assert tokens.fetched <= 5


def test_401_with_html_renews_too(server, make) -> None:
    from connector.sandbox.server import Answer

    html = Answer(401, {"Content-Type": "text/html"}, b"<html>expired</html>")
    server.plays(html, json_answer({"ok": 1}))
    tokens = Numbered()
    assert make(server.url, tokens=tokens).request("GET", "/data").json() == {"ok": 1}
    assert tokens.fetched == 2


def test_refused_credentials_are_tried_once(server, make) -> None:
    class Refused:
        asked = 0

        def fetch(self) -> str:
            self.asked += 1
            raise SignInFailed("acme: invalid_client")

    tokens = Refused()
    transport = make(server.url, tokens=tokens)

    def ask(_: int) -> None:
        with pytest.raises(SignInFailed):
            transport.request("GET", "/data")

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(ask, range(8)))
    assert tokens.asked == 1 and server.seen == []

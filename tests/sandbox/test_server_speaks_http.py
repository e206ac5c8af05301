"""The sandbox server: TLS under its own CA, keep-alive, gzip, chunks, cut and reset connections, a clean end."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import requests

from connector.sandbox.certificates import Authority
from connector.sandbox.server import Answer, App, Request, RunningServer, Wire, json_answer, serve


def app(request: Request) -> Answer:
    if request.path == "/long":
        return Answer(200, {"Content-Type": "text/plain"}, b"long " * 10_000)
    if request.path == "/pieces":
        return Answer(200, {"Content-Type": "text/plain"}, (b"%d," % number for number in range(1000)))
    if request.path == "/nothing":
        return Answer(204)
    if request.path == "/bug":
        raise ZeroDivisionError("a bug")
    return json_answer(
        {"path": request.route, "query": request.params, "body": request.body.decode(), "token": request.bearer}
    )


@pytest.fixture(scope="module")
def authority() -> Iterator[Authority]:
    with Authority() as authority:
        yield authority


@pytest.fixture
def server(authority: Authority) -> Iterator[RunningServer]:
    with serve(app, authority) as server:
        yield server


@pytest.fixture
def client(authority: Authority) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.verify = str(authority.ca_file)
        session.trust_env = False
        yield session


def test_a_request_reaches_the_app_as_it_was_sent(server: RunningServer, client: requests.Session) -> None:
    answer = client.post(
        f"{server.url}/a%20b?$select=x,y&z=%2B", data="hello", headers={"authorization": "Bearer t0ken"}, timeout=5
    )
    assert answer.json() == {
        "path": "/a b", "query": {"$select": "x,y", "z": "+"}, "body": "hello", "token": "t0ken",
    }  # fmt: skip
    assert server.requests("/a%20b")[0].query == "$select=x,y&z=%2B"


def test_the_certificate_is_worth_nothing_without_its_ca(server: RunningServer) -> None:
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(server.url, timeout=5)


def test_long_bodies_are_compressed_only_where_the_client_accepts_it(
    server: RunningServer, client: requests.Session
) -> None:
    packed = client.get(f"{server.url}/long", timeout=5)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.content == b"long " * 10_000
    plain = client.get(f"{server.url}/long", headers={"Accept-Encoding": "identity"}, timeout=5)
    assert "Content-Encoding" not in plain.headers
    assert plain.headers["Content-Length"] == "50000"


def test_bodies_of_unknown_length_and_no_body_keep_the_connection(
    server: RunningServer, client: requests.Session
) -> None:
    assert client.get(f"{server.url}/pieces", timeout=5).text.startswith("0,1,2,")
    assert client.get(f"{server.url}/nothing", timeout=5).status_code == 204
    assert client.head(f"{server.url}/long", timeout=5).content == b""
    chunked = client.post(f"{server.url}/echo", data=iter([b"one ", b"two"]), timeout=5)
    assert chunked.json()["body"] == "one two"


def test_a_fault_takes_an_exchange_over(server: RunningServer, client: requests.Session) -> None:
    def cut(request: Request, app: App, wire: Wire) -> None:
        answer = app(request)
        answer.headers["Content-Length"] = "50000"
        wire.head(answer)
        wire.write(b"long ")
        wire.hang_up()

    server.interceptor = lambda request: cut if request.path == "/long" else None
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.exceptions.ConnectionError)):
        client.get(f"{server.url}/long", timeout=5)
    assert client.get(f"{server.url}/other", timeout=5).ok
    server.interceptor = lambda request: lambda request, app, wire: wire.reset()
    with pytest.raises(requests.exceptions.ConnectionError):
        client.get(f"{server.url}/other", timeout=5)
    assert [logged.status for logged in server.log] == [200, 200, 0]


def test_an_app_that_fails_is_told_as_500_and_kept(server: RunningServer, client: requests.Session) -> None:
    assert client.get(f"{server.url}/bug", timeout=5).status_code == 500
    assert isinstance(server.failures[0], ZeroDivisionError)


def test_clients_are_served_side_by_side(server: RunningServer, client: requests.Session) -> None:
    gate = threading.Barrier(2, timeout=5)

    def meet(request: Request, app: App, wire: Wire) -> None:
        gate.wait()
        wire.send(app(request))

    server.interceptor = lambda request: meet
    other = threading.Thread(target=lambda: client.get(f"{server.url}/1", timeout=5))
    other.start()
    assert requests.get(f"{server.url}/2", timeout=5, verify=client.verify).ok
    other.join()


def test_stop_frees_the_port_though_clients_hold_connections(authority: Authority, client: requests.Session) -> None:
    server = serve(app, authority)
    client.get(server.url, timeout=5)
    server.stop()
    with serve(app, authority, server.port) as again:
        assert client.get(f"{again.url}/", timeout=5).ok


def test_closing_the_authority_leaves_nothing_behind() -> None:
    authority = Authority()
    folder = authority.ca_file.parent
    assert folder.exists()
    authority.close()
    assert not folder.exists()

"""Every fault does what its sentence says, as often as it was told to, and tells how often it did."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
import urllib3

from connector import sandbox
from connector.sandbox.certificates import Authority
from connector.sandbox.faults import CATALOGUE, FaultError, read_order
from connector.sandbox.server import Answer, Request, RunningServer, serve

TEXT = b"".join(b"line %d of a long answer\n" % number for number in range(2_000))


def app(request: Request) -> Answer:
    if request.path == "/nothing":
        return Answer(204)
    if request.path == "/pieces":
        return Answer(200, {"Content-Type": "text/plain"}, iter([TEXT[:7_000], TEXT[7_000:]]))
    if request.path == "/packed":
        return Answer(200, {"Content-Type": "text/plain", "Content-Encoding": "gzip"}, gzip.compress(TEXT))
    return Answer(200, {"Content-Type": "text/plain"}, TEXT)


@pytest.fixture(scope="module")
def authority() -> Iterator[Authority]:
    with Authority() as made:
        yield made


@pytest.fixture(scope="module")
def shared(authority: Authority) -> Iterator[RunningServer]:
    with serve(app, authority) as running:
        yield running


@pytest.fixture
def server(shared: RunningServer) -> Iterator[RunningServer]:
    yield shared
    shared.faults.mend()
    assert shared.failures == []


@pytest.fixture(scope="module", params=["gzip", "identity"])
def client(request: pytest.FixtureRequest, authority: Authority) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.verify = str(authority.ca_file)
        session.trust_env = False
        session.headers["Accept-Encoding"] = request.param
        yield session


def received(client: requests.Session, url: str, timeout: float = 5) -> tuple[bytes, requests.Response | None, str]:
    """The body's bytes as they came over the wire, and the error's name where it was not whole."""
    try:
        response = client.get(url, timeout=timeout, stream=True)
    except requests.RequestException as error:
        return b"", None, type(error).__name__
    came = b""
    try:
        for piece in response.raw.stream(4096, decode_content=False):
            came += piece
    except (urllib3.exceptions.HTTPError, OSError) as error:
        return came, response, type(error).__name__
    return came, response, ""


def unpacked(came: bytes, response: requests.Response | None) -> bytes:
    assert response is not None
    return gzip.decompress(came) if response.headers.get("Content-Encoding") == "gzip" else came


def no_answer(came: bytes, response: requests.Response | None, error: str) -> None:
    assert error == "ConnectionError" and response is None


def half_a_head(came: bytes, response: requests.Response | None, error: str) -> None:
    """Over TLS, http.client takes header fields that stop for their end: a 200 without a body."""
    assert came == b"" and (response is None or "Content-Length" not in response.headers)


def half_of_what_was_promised(came: bytes, response: requests.Response | None, error: str) -> None:
    assert error and response is not None
    assert len(came) <= int(response.headers["Content-Length"]) // 2


def no_last_chunk(came: bytes, response: requests.Response | None, error: str) -> None:
    assert error and response is not None and response.headers["Transfer-Encoding"] == "chunked"
    assert "Content-Length" not in response.headers and 0 < len(came) < len(TEXT)


def a_refusal(came: bytes, response: requests.Response | None, error: str) -> None:
    assert response is not None and response.status_code == 503 and b'"error"' in came


def a_page_of_html(came: bytes, response: requests.Response | None, error: str) -> None:
    assert response is not None and response.status_code == 200 and b"<html>" in came
    assert response.headers["Content-Type"].startswith("text/html")


def all_of_it(came: bytes, response: requests.Response | None, error: str) -> None:
    assert unpacked(came, response) == TEXT and not error


def half_under_its_own_length(came: bytes, response: requests.Response | None, error: str) -> None:
    assert not error and response is not None and int(response.headers["Content-Length"]) == len(came)
    assert unpacked(came, response) == TEXT[: len(TEXT) // 2]


def no_gzip(came: bytes, response: requests.Response | None, error: str) -> None:
    assert not error and came == TEXT
    with pytest.raises(gzip.BadGzipFile):
        unpacked(came, response)


def half_a_stream(came: bytes, response: requests.Response | None, error: str) -> None:
    assert not error and response is not None and int(response.headers["Content-Length"]) == len(came)
    with pytest.raises(EOFError):
        unpacked(came, response)


def a_wrong_checksum(came: bytes, response: requests.Response | None, error: str) -> None:
    with pytest.raises(gzip.BadGzipFile, match="CRC"):
        unpacked(came, response)


EXPECTED: dict[str, Callable[[bytes, requests.Response | None, str], None]] = {
    "status": a_refusal,
    "html": a_page_of_html,
    "reset-before-headers": no_answer,
    "reset-in-headers": half_a_head,
    "reset-in-body": half_of_what_was_promised,
    "hang-up": no_answer,
    "cut-body": half_of_what_was_promised,
    "chunks-without-end": no_last_chunk,
    "drip=0.1": all_of_it,
    "stall=0.1": half_of_what_was_promised,
    "silence=0.1": no_answer,
    "short-body": half_under_its_own_length,
    "false-gzip": no_gzip,
    "cut-gzip": half_a_stream,
    "corrupt-gzip": a_wrong_checksum,
}
VENDORS = {name for name, kind in CATALOGUE.items() if kind.needs}


def test_every_fault_is_expected_here_or_needs_a_vendor() -> None:
    assert {read_order(text).kind.name for text in EXPECTED} == set(CATALOGUE) - VENDORS


@pytest.mark.parametrize("text", EXPECTED)
@pytest.mark.parametrize("path", ["/long", "/pieces", "/packed"])
def test_it_does_what_its_name_says_and_then_no_more(
    text: str, path: str, server: RunningServer, client: requests.Session
) -> None:
    planned = server.fault(text, path=path, after=1, times=2)
    all_of_it(*received(client, server.url + path))
    all_of_it(*received(client, server.url + "/other"))
    assert planned.fired == 0
    for _ in range(2):
        EXPECTED[text](*received(client, server.url + path))
    all_of_it(*received(client, server.url + path))
    assert planned.fired == 2 and planned.over


@pytest.mark.parametrize("text", ["stall", "silence"])
def test_silence_keeps_no_server_from_stopping(text: str, authority: Authority, client: requests.Session) -> None:
    threads = set(threading.enumerate())
    with serve(app, authority) as server:
        server.fault(text)
        assert received(client, server.url, timeout=0.2)[2] in ("ReadTimeout", "ReadTimeoutError")
    deadline = time.monotonic() + 10
    while (left := set(threading.enumerate()) - threads) and time.monotonic() < deadline:
        left.pop().join(0.1)
    assert not left


def test_drip_takes_its_time(server: RunningServer, client: requests.Session) -> None:
    server.fault("drip=0.3")
    started = time.monotonic()
    all_of_it(*received(client, server.url))
    assert 0.25 < time.monotonic() - started < 3


def test_the_connection_is_kept_where_http_was_in_good_order(server: RunningServer, client: requests.Session) -> None:
    client.close()
    server.fault("short-body", times=2)
    server.fault("status=429,retry-after=7")
    answers = [client.get(server.url, timeout=5) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [429, 200, 200, 200] and answers[-1].content == TEXT
    pools = client.get_adapter(server.url).poolmanager.pools
    [pool] = [pools[key] for key in pools.keys()]  # noqa: SIM118 - it is no mapping
    assert (pool.num_connections, pool.num_requests) == (1, 4)


def test_a_body_that_is_not_there_cannot_be_cut(server: RunningServer, client: requests.Session) -> None:
    planned = server.fault("cut-body")
    assert client.get(f"{server.url}/nothing", timeout=5).status_code == 204
    assert planned.fired == 0
    half_of_what_was_promised(*received(client, server.url))


def test_the_first_planned_comes_first_and_the_next_waits(server: RunningServer, client: requests.Session) -> None:
    first, second = server.fault("status=500"), server.fault("status=502")
    assert [client.get(server.url, timeout=5).status_code for _ in range(3)] == [500, 502, 200]
    assert (first.fired, second.fired) == (1, 1)


def test_method_and_address_narrow_it(server: RunningServer, client: requests.Session) -> None:
    planned = server.fault("status=500,times=always", method="post", path="name eq 'a b'")
    query = {"$filter": "name eq 'a b'"}
    assert client.get(server.url, params=query, timeout=5).status_code == 200
    assert client.post(server.url, timeout=5).status_code == 200
    assert client.post(server.url, params=query, timeout=5).status_code == 500
    assert planned.fired == 1


def test_what_lasts_is_over_when_it_is_mended(server: RunningServer, client: requests.Session) -> None:
    with server.fault("status", times="always") as planned:
        assert [client.get(server.url, timeout=5).status_code for _ in range(5)] == [503] * 5
    assert client.get(server.url, timeout=5).status_code == 200
    assert planned.fired == 5


def test_threads_share_one_count(server: RunningServer, authority: Authority) -> None:
    planned = server.fault("status", after=10, times=7)
    gate = threading.Barrier(12)

    def ask(_: int) -> list[int]:
        gate.wait(10)
        return [requests.get(server.url, timeout=5, verify=str(authority.ca_file)).status_code for _ in range(4)]

    with ThreadPoolExecutor(12) as threads:
        came = [status for each in threads.map(ask, range(12)) for status in each]
    assert came.count(503) == 7 == planned.fired
    assert came.count(200) == 41


def test_each_different_call_may_be_befallen_once(server: RunningServer, client: requests.Session) -> None:
    planned = server.fault("status=503", path="/each", times="each", after=1)
    calls = ["/each?1", "/each?1", "/each?1", "/each?2", "/each?2", "/other", "/each?1"]
    assert [client.get(server.url + call).status_code for call in calls] == [200, 503, 200, 503, 200, 200, 200]
    assert client.post(server.url + "/each?1", data=b"a").status_code == 503
    assert client.post(server.url + "/each?1", data=b"b").status_code == 503
    assert client.post(server.url + "/each?1", data=b"a").status_code == 200
    assert planned.fired == 4 and not planned.over


# --- what cannot be planned ---


@pytest.mark.parametrize(
    ("text", "word", "known"),
    [
        ("cut-boddy", "cut-boddy", "cut-body"),
        ("cut-body,pth=/x", "pth", "path"),
        ("html,retry-after=7", "retry-after", "times"),
        ("", "", "cut-body"),
    ],
)
def test_an_unknown_word_is_told_with_what_there_is(text: str, word: str, known: str) -> None:
    with pytest.raises(FaultError, match=known) as caught:
        read_order(text)
    assert caught.value.word == word and known in caught.value.known


@pytest.mark.parametrize(
    "text",
    [
        "status=abc",
        "status=99",
        "status,times=0",
        "status,after=-1",
        "cut-body=3",
        "cut-body,after",
        "drip=soon",
        "stall=-1",
    ],
)
def test_a_value_that_cannot_be_is_told(text: str) -> None:
    with pytest.raises(FaultError):
        read_order(text)


@pytest.mark.parametrize("name", sorted(VENDORS))
def test_what_a_server_has_not_cannot_break(name: str, server: RunningServer) -> None:
    with pytest.raises(FaultError, match="cannot befall"):
        server.fault(name)


@pytest.mark.parametrize("text", ["status", "salesfroce:status", "dynamics:status", "salesforce:stats"])
def test_a_sandbox_refuses_what_it_cannot_break_before_it_starts(text: str) -> None:
    with pytest.raises(FaultError):
        sandbox.start(systems=("salesforce",), deals=1, faults=["salesforce:html,times=always", text])


def test_a_sandbox_may_be_broken_from_its_start() -> None:
    with sandbox.start(systems=("salesforce",), deals=1, faults=["login:status=500", "salesforce:html"]) as running:
        statuses = [
            requests.get(server.url, timeout=5, verify=str(running.ca_file)).status_code
            for server in running.servers.values()
        ]
        assert statuses == [200, 500]
        assert [planned.fired for server in running.servers.values() for planned in server.faults.all()] == [1, 1]

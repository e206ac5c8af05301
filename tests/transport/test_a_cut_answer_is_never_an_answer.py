"""Whatever arrives cut, torn, undecodable or as HTML is asked for again; it is neither an answer nor an end."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable
from decimal import Decimal

import pytest

from connector.errors import SourceUnavailable
from connector.sandbox.server import Answer, Request, Wire, json_answer
from tests.transport.conftest import Scripted

GOOD = json_answer({"rows": [1, 2.50]})
JSON = {"Content-Type": "application/json"}
PACKED = gzip.compress(b'{"rows":[1,2,3]}' * 1)


def chunks_that_are_nonsense(request: Request, wire: Wire) -> None:
    wire.head(Answer(200, {**JSON, "Transfer-Encoding": "chunked"}))
    wire.write(b'zz\r\n{"rows":[1,2]}\r\n0\r\n\r\n')
    wire.hang_up()


def no_length_and_hung_up(request: Request, wire: Wire) -> None:
    wire.keep_alive = False
    wire.head(Answer(200, JSON))
    wire.write(b'{"rows":[1,2')
    wire.hang_up()


#: what may befall a right answer
FAULTS = (
    *("reset-before-headers", "reset-in-headers", "reset-in-body", "hang-up", "cut-body", "chunks-without-end"),
    *("short-body", "false-gzip", "cut-gzip", "corrupt-gzip", "html", "html=400", "html=403", "html=404", "html=502"),
    *("status=204", "status=304", "status=408", "status=429", "status=500", "status=502", "status=503", "status=504"),
)
#: what no server says of itself
ODD = {
    "chunk sizes that are nonsense": chunks_that_are_nonsense,
    "no length, and hung up half way": no_length_and_hung_up,
    "nothing at all": Answer(200, dict(JSON), b""),
    "nested without end": Answer(200, dict(JSON), b"[" * 100_000),
    "nested beyond all reason": Answer(200, dict(JSON), b'{"a":' * 50_000 + b"1" + b"}" * 50_000),
    "HTML that calls itself JSON": Answer(200, dict(JSON), b"\r\n<!DOCTYPE html><html></html>"),
    "gzip without its last byte": Answer(200, {**JSON, "Content-Encoding": "gzip"}, PACKED[:-1]),
    "an encoding nobody asked for": Answer(200, {**JSON, "Content-Encoding": "br"}, b"\x8b\x05\x80{}\x03"),
    "503 without a word": Answer(503, {}, b""),
}


@pytest.fixture(params=[*FAULTS, *ODD])
def wrong(request: pytest.FixtureRequest, server: Scripted) -> Callable[[int | None], None]:
    """Lets the server answer wrongly so many times, for ever where None is told, and rightly from then on."""

    def answer(times: int | None) -> None:
        if request.param in ODD:
            step = ODD[request.param]
            server.plays(*([step] if times is None else [step] * times + [GOOD]))
        else:
            server.plays(GOOD)
            server.fault(request.param, times=times or "always")

    return answer


def test_json_is_asked_for_again_until_it_is_whole(wrong, server, make) -> None:
    wrong(2)
    transport = make(server.url)
    reply = transport.request("GET", server.url + "/data", object_name="Thing")
    assert str(reply.json()["rows"][1]) == "2.5"
    assert len(server.seen) == 3
    assert transport.requests_for("Thing") == 3


def test_it_ends_with_the_deadline(wrong, server, make, clock) -> None:
    wrong(None)
    started = clock.now
    with pytest.raises(SourceUnavailable) as caught:
        make(server.url).request("GET", server.url + "/data?secret=1")
    assert clock.now - started <= 600
    assert caught.value.exit_code == 4
    assert "acme" in str(caught.value) and "secret=1" not in str(caught.value)


CSV = {"Content-Type": "text/csv"}
ROWS = b'"Id"\n' + b'"006000000000001"\n' * 40_000


@pytest.mark.parametrize("wrong", ["cut-body", "reset-in-body", "html", "cut-gzip", "short-body", "status=503", "json"])
def test_a_download_starts_its_file_anew(wrong: str, server, make) -> None:
    right = Answer(200, {**CSV, "Length": str(len(ROWS))}, ROWS)
    server.plays(*([Answer(200, dict(JSON), b"{}")] if wrong == "json" else []), right)
    if wrong != "json":
        server.fault(wrong)
    into = io.BytesIO(b"older bytes that are longer than the answer" * 100_000)

    def complete(reply) -> str | None:
        return None if len(into.getvalue()) == int(reply.headers["Length"]) else "rows are missing"

    reply = make(server.url).download(server.url + "/results", into, complete=complete)
    assert reply.body == b"" and reply.status == 200 and len(server.seen) == 2
    assert into.tell() == 0 and into.getvalue() == ROWS


def test_a_caller_may_name_what_is_missing(server, make) -> None:
    server.plays(Answer(200, {**CSV, "Count": "1"}, b"a\n"), Answer(200, {**CSV, "Count": "2"}, b"a\nb\n"))
    into = io.BytesIO()

    def complete(reply) -> str | None:
        return None if into.getvalue().count(b"\n") == 2 else "rows are missing"

    make(server.url).download(server.url + "/results", into, complete=complete)
    assert into.getvalue() == b"a\nb\n"


@pytest.mark.parametrize(
    "pack",
    [
        gzip.compress,
        zlib.compress,
        lambda data: zlib.compress(data)[2:-4],
        lambda data: gzip.compress(data[:9]) + gzip.compress(data[9:]),
        lambda data: gzip.compress(data) + b"\0" * 16,
    ],
    ids=["gzip", "deflate", "raw deflate", "two members", "padded"],
)
def test_every_right_compression_is_read(pack: Callable[[bytes], bytes], server, make) -> None:
    packed = pack(b'{"rows": [1, 2, 3]}')
    encoding = "gzip" if packed[:2] == b"\x1f\x8b" else "deflate"
    server.plays(Answer(200, {**JSON, "Content-Encoding": encoding}, packed))
    assert make(server.url).request("GET", "/data").json() == {"rows": [1, 2, 3]}


def test_one_bad_character_does_not_spoil_the_page(server, make) -> None:
    server.plays(Answer(200, dict(JSON), b'{"rows": ["half \\ud83d pair", "raw \x01 control", "no utf-8 \xff", 1.10]}'))
    half, raw, broken, number = make(server.url).request("GET", "/data").json()["rows"]
    assert (half, raw, broken, str(number)) == ("half � pair", "raw \x01 control", "no utf-8 �", "1.10")


def test_a_number_beyond_any_size_does_not_spoil_the_page(server, make) -> None:
    numbers = b"[1e99999999999999999999, %s, 1E+999999999, 18446744073709551616, 1.50]" % (b"9" * 5_000)
    server.plays(Answer(200, dict(JSON), numbers))
    text, digits, large, whole, fraction = make(server.url).request("GET", "/data").json()
    assert text == "1e99999999999999999999" and digits == Decimal("9" * 5_000) and large == Decimal("1E+999999999")
    assert whole == 2**64 and str(fraction) == "1.50"

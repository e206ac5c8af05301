"""Whatever arrives cut, torn, undecodable or as HTML is asked for again; it is neither an answer nor an end."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable

import pytest

from connector.errors import SourceUnavailable
from connector.sandbox.server import Answer, Request, Wire, json_answer

GOOD = json_answer({"rows": [1, 2.50]})
JSON = {"Content-Type": "application/json"}
HTML = {"Content-Type": "text/html; charset=utf-8"}
PACKED = gzip.compress(b'{"rows":[1,2,3]}' * 1)


def shorter_than_promised(request: Request, wire: Wire) -> None:
    wire.head(Answer(200, {**JSON, "Content-Length": "400"}))
    wire.write(b'{"rows":[1,2')
    wire.hang_up()


def reset_within_the_body(request: Request, wire: Wire) -> None:
    wire.head(Answer(200, {**JSON, "Content-Length": "400"}))
    wire.write(b'{"rows":[1,2')
    wire.flush()
    wire.reset()


def reset_before_the_status(request: Request, wire: Wire) -> None:
    wire.reset()


def hung_up_without_a_word(request: Request, wire: Wire) -> None:
    wire.hang_up()


def chunks_that_stop(request: Request, wire: Wire) -> None:
    wire.head(Answer(200, {**JSON, "Transfer-Encoding": "chunked"}))
    wire.write(b'd\r\n{"rows":[1,2]\r\n')
    wire.hang_up()


def chunks_that_are_nonsense(request: Request, wire: Wire) -> None:
    wire.head(Answer(200, {**JSON, "Transfer-Encoding": "chunked"}))
    wire.write(b'zz\r\n{"rows":[1,2]}\r\n0\r\n\r\n')
    wire.hang_up()


def no_length_and_hung_up(request: Request, wire: Wire) -> None:
    wire.keep_alive = False
    wire.head(Answer(200, JSON))
    wire.write(b'{"rows":[1,2')
    wire.hang_up()


WRONG = {
    "shorter than its Content-Length": shorter_than_promised,
    "reset within the body": reset_within_the_body,
    "reset before the status line": reset_before_the_status,
    "hung up without a word": hung_up_without_a_word,
    "chunks that stop": chunks_that_stop,
    "chunk sizes that are nonsense": chunks_that_are_nonsense,
    "no length, and hung up half way": no_length_and_hung_up,
    "cut, under the right length": Answer(200, dict(JSON), b'{"rows":[1,2'),
    "nothing at all": Answer(200, dict(JSON), b""),
    "204 where JSON is due": Answer(204),
    "304 though nobody asked for changes": Answer(304),
    "HTML with 200": Answer(200, dict(HTML), b"<html>We are setting things up</html>"),
    "HTML that calls itself JSON": Answer(200, dict(JSON), b"\r\n<!DOCTYPE html><html></html>"),
    "HTML with 404": Answer(404, dict(HTML), b"<html>no</html>"),
    "HTML with 403": Answer(403, dict(HTML), b"<html>no</html>"),
    "HTML with 400": Answer(400, dict(HTML), b"<html>no</html>"),
    "gzip cut, under the right length": Answer(200, {**JSON, "Content-Encoding": "gzip"}, PACKED[:-9]),
    "gzip without its last byte": Answer(200, {**JSON, "Content-Encoding": "gzip"}, PACKED[:-1]),
    "gzip with a wrong checksum": Answer(200, {**JSON, "Content-Encoding": "gzip"}, PACKED[:-8] + b"\0" * 8),
    "what calls itself gzip and is none": Answer(200, {**JSON, "Content-Encoding": "gzip"}, b'{"rows":[]}'),
    "an encoding nobody asked for": Answer(200, {**JSON, "Content-Encoding": "br"}, b"\x8b\x05\x80{}\x03"),
    "500": Answer(500, dict(JSON), b"[]"),
    "502": Answer(502, dict(HTML), b"<html>"),
    "503": Answer(503, {}, b""),
    "504": Answer(504, {}, b""),
    "429 without Retry-After": Answer(429, dict(JSON), b"{}"),
    "408": Answer(408, {}, b""),
}


@pytest.mark.parametrize("name", WRONG)
def test_json_is_asked_for_again_until_it_is_whole(name, server, make) -> None:
    server.plays(WRONG[name], WRONG[name], GOOD)
    transport = make(server.url)
    reply = transport.request("GET", server.url + "/data", object_name="Thing")
    assert str(reply.json()["rows"][1]) == "2.5"
    assert len(server.seen) == 3
    assert transport.requests_for("Thing") == 3


@pytest.mark.parametrize("name", WRONG)
def test_it_ends_with_the_deadline(name, server, make, clock) -> None:
    server.plays(WRONG[name])
    started = clock.now
    with pytest.raises(SourceUnavailable) as caught:
        make(server.url).request("GET", server.url + "/data?secret=1")
    assert clock.now - started <= 600
    assert caught.value.exit_code == 4
    assert "acme" in str(caught.value) and "secret=1" not in str(caught.value)


CSV = {"Content-Type": "text/csv"}
ROWS = b'"Id"\n' + b'"006000000000001"\n' * 40_000


def csv_cut_in_the_middle(request: Request, wire: Wire) -> None:
    wire.head(Answer(200, {**CSV, "Content-Length": str(len(ROWS))}))
    wire.write(ROWS[: len(ROWS) // 2])
    wire.hang_up()


@pytest.mark.parametrize(
    "wrong",
    [
        csv_cut_in_the_middle,
        Answer(200, dict(HTML), b"<html>login</html>"),
        Answer(200, dict(JSON), b"{}"),
        Answer(200, {**CSV, "Content-Encoding": "gzip"}, gzip.compress(ROWS)[:-20]),
        Answer(503, dict(JSON), b"[]"),
    ],
    ids=["cut", "html", "json", "gzip cut", "503"],
)
def test_a_download_starts_its_file_anew(wrong, server, make) -> None:
    server.plays(wrong, Answer(200, {**CSV, "Content-Encoding": "gzip"}, gzip.compress(ROWS)))
    into = io.BytesIO(b"older bytes that are longer than the answer" * 100_000)
    reply = make(server.url).download(server.url + "/results", into)
    assert reply.body == b"" and reply.status == 200
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

"""Receives a body to its very end, or says that it is cut or broken; never hands on half an answer.

Decoding is done here and not by urllib3, which takes a gzip stream that stops early for a whole one.
"""

from __future__ import annotations

import http.client
import zlib
from io import BytesIO
from typing import BinaryIO

import requests
import urllib3.exceptions

CHUNK = 1 << 16
#: an error's body is read into memory; nobody needs more of it
ERROR_BODY = 1 << 20


class BodyBroken(Exception):
    """The body did not arrive complete; the message says how."""


def receive(response: requests.Response, into: BinaryIO | None = None) -> bytes:
    """Reads the body into a file, or returns it. BodyBroken where it is cut, torn or undecodable."""
    target: BinaryIO = BytesIO() if into is None else into
    decoder = _decoder(response.headers.get("Content-Encoding", ""))
    try:
        for chunk in response.raw.stream(CHUNK, decode_content=False):
            target.write(decoder.feed(chunk))
        target.write(decoder.end())
    except (urllib3.exceptions.HTTPError, http.client.HTTPException) as error:
        raise BodyBroken(f"the body was cut ({error.__class__.__name__})") from None
    except zlib.error:
        raise BodyBroken("the compressed body is broken") from None
    except OSError as error:
        raise BodyBroken(f"the connection broke within the body ({error.__class__.__name__})") from None
    return target.getvalue() if isinstance(target, BytesIO) and into is None else b""


class _Plain:
    def feed(self, chunk: bytes) -> bytes:
        return chunk

    def end(self) -> bytes:
        return b""


class _Inflating(_Plain):
    """gzip (one member or several) or deflate (with or without its zlib header)."""

    def __init__(self, *, gzip: bool) -> None:
        self._gzip = gzip
        self._inflater = zlib.decompressobj(47 if gzip else zlib.MAX_WBITS)
        self._begun = False

    def feed(self, chunk: bytes) -> bytes:
        if not self._begun and not self._gzip and chunk and chunk[0] & 0x0F != 8:
            self._inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        self._begun = self._begun or bool(chunk)
        pieces = [self._inflater.decompress(chunk)]
        while self._inflater.eof and self._inflater.unused_data.strip(b"\0"):
            rest = self._inflater.unused_data
            self._inflater = zlib.decompressobj(47)
            pieces.append(self._inflater.decompress(rest))
        return b"".join(pieces)

    def end(self) -> bytes:
        rest = self._inflater.flush()
        if self._begun and not self._inflater.eof:
            raise BodyBroken("the compressed body was cut")
        return rest


def _decoder(encoding: str) -> _Plain:
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return _Plain()
    if name in ("gzip", "x-gzip", "deflate"):
        return _Inflating(gzip=name != "deflate")
    raise BodyBroken(f"the body is encoded as {name[:20]!r}, which was not asked for")

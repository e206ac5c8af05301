"""The connection of one exchange, for those who answer: rightly with ``send``, wrongly with the rest. Knows no app."""

from __future__ import annotations

import contextlib
import gzip
import os
import selectors
import socket
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from http.client import responses
from io import BufferedIOBase

from connector.sandbox.exchange import Answer, Request

_COMPRESS_FROM = 860
_BODILESS = frozenset({204, 304})


@dataclass
class Logged:
    """One exchange as the server saw it; ``status`` 0 where no status line was sent (yet)."""

    request: Request
    status: int = 0
    sent: int = 0


class Wire:
    """Writes an answer, whole or not. ``keep_alive`` False ends the connection after this exchange."""

    def __init__(self, request: Request, out: BufferedIOBase, connection: socket.socket) -> None:
        self._request = request
        self._out = out
        self._connection = connection
        self.keep_alive = request.headers.get("Connection", "").lower() != "close"
        self.logged = Logged(request)

    def send(self, answer: Answer) -> None:
        """Sends the answer as HTTP asks."""
        if isinstance(answer.body, bytes):
            answer, body = self.packed(answer, answer.body)
            self.head(answer)
            if self._request.method != "HEAD" and answer.status not in _BODILESS:
                self.write(body)
        else:
            answer.headers.setdefault("Transfer-Encoding", "chunked")
            self.head(answer)
            for piece in answer.body:
                self.chunk(piece)
            self.write(b"0\r\n\r\n")
        self._out.flush()

    def packed(self, answer: Answer, body: bytes) -> tuple[Answer, bytes]:
        """An answer of known length as ``send`` sends it: compressed where the client takes it, with its length."""
        accepts = "gzip" in self._request.headers.get("Accept-Encoding", "")
        headers = dict(answer.headers)
        if accepts and len(body) >= _COMPRESS_FROM and "Content-Encoding" not in headers:
            headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
            headers.pop("Content-Length", None)
            body = gzip.compress(body, 1, mtime=0)
        if answer.status not in _BODILESS:
            headers.setdefault("Content-Length", str(len(body)))
        return Answer(answer.status, headers, body), body

    def head(self, answer: Answer) -> None:
        """Sends the status line and the header fields as they stand in the answer."""
        self.logged.status = answer.status
        self.write(self.spelled_head(answer))

    def spelled_head(self, answer: Answer) -> bytes:
        """The bytes that ``head`` sends."""
        lines = [f"HTTP/1.1 {answer.status} {responses.get(answer.status, 'Unknown')}"]
        if "Date" not in answer.headers:
            lines.append(f"Date: {formatdate(usegmt=True)}")
        lines += [f"{name}: {value}" for name, value in answer.headers.items()]
        if not self.keep_alive:
            lines.append("Connection: close")
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def chunk(self, piece: bytes) -> None:
        """Sends one chunk; an empty one would be the last and is not sent."""
        if piece:
            self.write(b"%x\r\n%s\r\n" % (len(piece), piece))

    def write(self, data: bytes) -> None:
        """Sends bytes as they are."""
        self._out.write(data)
        self.logged.sent += len(data)

    def flush(self) -> None:
        """Hands on what was written so far."""
        self._out.flush()

    def linger(self, seconds: float) -> bool:
        """Waits so long, less where the client hangs up or this server stops; whether it did."""
        with selectors.DefaultSelector() as watching:
            watching.register(self._connection, selectors.EVENT_READ)
            return bool(watching.select(seconds))

    def hang_up(self) -> None:
        """Ends the connection after what was written, whatever was promised."""
        self.keep_alive = False
        with contextlib.suppress(OSError):
            self._out.flush()
            self._connection.shutdown(socket.SHUT_RDWR)

    def reset(self) -> None:
        """Ends the connection with a TCP reset."""
        self.keep_alive = False
        with contextlib.suppress(OSError):
            self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            os.close(self._connection.detach())


def whole(answer: Answer) -> bytes:
    """The body in one piece, not compressed."""
    body = answer.body if isinstance(answer.body, bytes) else b"".join(answer.body)
    return gzip.decompress(body) if answer.headers.get("Content-Encoding") == "gzip" else body


def with_body(answer: Answer, body: bytes, headers: Mapping[str, str] | None = None) -> Answer:
    """The answer with another body, not compressed yet, and with further header fields."""
    dropped = {"content-encoding", "content-length", "transfer-encoding"}
    kept = {name: value for name, value in answer.headers.items() if name.lower() not in dropped}
    return Answer(answer.status, kept | dict(headers or {}), body)


def pieces(data: bytes, number: int) -> Iterator[bytes]:
    """The data in about so many pieces."""
    size = max(1, -(-len(data) // number))
    for start in range(0, len(data), size):
        yield data[start : start + size]

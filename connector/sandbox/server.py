"""A threaded HTTPS server on the loopback address that puts any sandbox app on the wire.

HTTP/1.1 with keep-alive, gzip where the client accepts it, chunks for bodies of unknown length, a log of what
was asked, and one place (``RunningServer.interceptor``) where a fault may take over an exchange. Knows no CRM.
"""

from __future__ import annotations

import contextlib
import gzip
import http.server
import logging
import os
import socket
import socketserver
import ssl
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.utils import formatdate
from http.client import responses
from io import BufferedIOBase
from types import TracebackType
from typing import Any

from connector.sandbox.certificates import Authority
from connector.sandbox.exchange import Answer, App, Headers, Request, json_answer, json_bytes

__all__ = [
    "Answer",
    "App",
    "Fault",
    "Headers",
    "Interceptor",
    "Logged",
    "Request",
    "RunningServer",
    "Wire",
    "json_answer",
    "json_bytes",
    "serve",
]

_log = logging.getLogger("crossfunnel.sandbox")
_COMPRESS_FROM = 860
_BODILESS = frozenset({204, 304})
_IDLE_SECONDS = 120.0


@dataclass
class Logged:
    """One exchange as the server saw it; ``status`` 0 where no status line was sent (yet)."""

    request: Request
    status: int = 0
    sent: int = 0


class Wire:
    """The connection of one exchange, for those who answer: rightly with ``send``, wrongly with the rest."""

    def __init__(self, request: Request, out: BufferedIOBase, connection: socket.socket) -> None:
        self._request = request
        self._out = out
        self._connection = connection
        self.keep_alive = request.headers.get("Connection", "").lower() != "close"
        self.logged = Logged(request)

    def send(self, answer: Answer) -> None:
        """Sends the answer as HTTP asks."""
        if isinstance(answer.body, bytes):
            answer = self._compressed(answer, answer.body)
            body = answer.body if isinstance(answer.body, bytes) else b""
            if answer.status not in _BODILESS:
                answer.headers.setdefault("Content-Length", str(len(body)))
            self.head(answer)
            if self._request.method != "HEAD" and answer.status not in _BODILESS:
                self.write(body)
        else:
            answer.headers.setdefault("Transfer-Encoding", "chunked")
            self.head(answer)
            self._chunks(answer.body)
        self._out.flush()

    def head(self, answer: Answer) -> None:
        """Sends the status line and the header fields as they stand in the answer."""
        self.logged.status = answer.status
        lines = [f"HTTP/1.1 {answer.status} {responses.get(answer.status, 'Unknown')}"]
        if "Date" not in answer.headers:
            lines.append(f"Date: {formatdate(usegmt=True)}")
        lines += [f"{name}: {value}" for name, value in answer.headers.items()]
        if not self.keep_alive:
            lines.append("Connection: close")
        self.write("\r\n".join([*lines, "", ""]).encode("latin-1"))

    def write(self, data: bytes) -> None:
        """Sends bytes as they are."""
        self._out.write(data)
        self.logged.sent += len(data)

    def flush(self) -> None:
        """Hands on what was written so far."""
        self._out.flush()

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

    def _compressed(self, answer: Answer, body: bytes) -> Answer:
        accepts = "gzip" in self._request.headers.get("Accept-Encoding", "")
        if not accepts or len(body) < _COMPRESS_FROM or "Content-Encoding" in answer.headers:
            return answer
        headers = {**answer.headers, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        headers.pop("Content-Length", None)
        return Answer(answer.status, headers, gzip.compress(body, 1, mtime=0))

    def _chunks(self, body: Iterator[bytes]) -> None:
        for piece in body:
            if piece:
                self.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.write(b"0\r\n\r\n")


Fault = Callable[[Request, App, Wire], None]
Interceptor = Callable[[Request], Fault | None]


class RunningServer:
    """A server at work. ``stop`` (or leaving the context) ends it and every connection it has."""

    def __init__(self, app: App, context: ssl.SSLContext, port: int, log_size: int) -> None:
        self.app = app
        #: asked before every exchange; what it returns takes the exchange over (faults on demand)
        self.interceptor: Interceptor | None = None
        self.log: deque[Logged] = deque(maxlen=log_size)
        #: what apps raised: a bug of the sandbox, told to the client as 500
        self.failures: list[Exception] = []
        self._server = _Server(self, context, port)
        self.port: int = self._server.server_address[1]
        self.host = f"localhost:{self.port}"
        self.url = f"https://{self.host}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def answer(self, request: Request, wire: Wire) -> None:
        """Answers one request, or lets a fault do so."""
        self.log.append(wire.logged)
        fault = self.interceptor(request) if self.interceptor else None
        if fault is not None:
            fault(request, self.app, wire)
        else:
            wire.send(self._ask(request))

    def requests(self, path_part: str = "") -> list[Request]:
        """What was asked so far, in order, of the paths that hold ``path_part``."""
        return [logged.request for logged in list(self.log) if path_part in logged.request.path]

    def stop(self) -> None:
        """Ends the server; returns when the port is free and every thread is done."""
        self._server.shutdown()
        self._thread.join()
        self._server.close_connections()
        self._server.server_close()

    def __enter__(self) -> RunningServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _ask(self, request: Request) -> Answer:
        try:
            return self.app(request)
        except Exception as error:
            _log.exception("the sandbox failed on %s %s", request.method, request.path)
            self.failures.append(error)
            return json_answer({"error": {"code": "sandbox", "message": f"{type(error).__name__}: {error}"}}, 500)


def serve(app: App, authority: Authority, port: int = 0, *, log_size: int = 100_000) -> RunningServer:
    """Puts ``app`` on https://localhost:``port`` (0: a free one) under a certificate of ``authority``."""
    return RunningServer(app, authority.server_context(), port, log_size)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, owner: RunningServer, context: ssl.SSLContext, port: int) -> None:
        self.owner = owner
        self._context = context
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__(("127.0.0.1", port), _Handler)

    def get_request(self) -> tuple[socket.socket, Any]:
        plain, address = self.socket.accept()
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # the handshake is left to the connection's own thread: a silent client must not stop the others
        secure = self._context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
        with self._guard:
            self._open.add(secure)
        return secure, address

    def shutdown_request(self, request: Any) -> None:
        with self._guard:
            self._open.discard(request)
        super().shutdown_request(request)

    def close_connections(self) -> None:
        with self._guard:
            connections = list(self._open)
        for connection in connections:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(connection, socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        _log.debug("connection of %s (%s) ended early", client_address, request, exc_info=True)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _IDLE_SECONDS
    wbufsize = 1 << 16
    server: _Server

    def setup(self) -> None:
        self.request.settimeout(_IDLE_SECONDS)
        self.request.do_handshake()
        super().setup()

    def handle_one_request(self) -> None:
        try:
            self.raw_requestline = self.rfile.readline(1 << 17)
            if not self.raw_requestline or not self.parse_request():
                self.close_connection = True
                return
            self._exchange()
        except (OSError, ValueError):
            self.close_connection = True

    def finish(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            super().finish()

    def log_message(self, format: str, *args: Any) -> None:
        _log.debug(format, *args)

    def _exchange(self) -> None:
        path, _, query = self.path.partition("?")
        request = Request(self.command, path, query, self._headers(), self._body())
        wire = Wire(request, self.wfile, self.connection)
        self.server.owner.answer(request, wire)
        self.close_connection = not wire.keep_alive

    def _headers(self) -> Headers:
        fields: dict[str, str] = {}
        for name, value in self.headers.items():
            known = fields.get(name.lower())
            fields[name.lower()] = value if known is None else f"{known}, {value}"
        return Headers(fields)

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return b"".join(self._chunks())
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline().split(b";")[0], 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

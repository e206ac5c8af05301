"""A threaded HTTPS server on the loopback address that puts any sandbox app on the wire.

HTTP/1.1 with keep-alive, gzip where the client accepts it, chunks for bodies of unknown length, a log of what
was asked, faults on demand (``RunningServer.fault``), and a place where a test may take over an exchange by code of
its own (``RunningServer.interceptor``). Knows no CRM.
"""

from __future__ import annotations

import contextlib
import http.server
import logging
import socket
import socketserver
import ssl
import threading
from collections import deque
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any

from connector.sandbox.certificates import Authority
from connector.sandbox.exchange import Answer, App, Headers, Request, json_answer, json_bytes
from connector.sandbox.faults import Faults, Planned, Vendor
from connector.sandbox.wire import Logged, Wire

__all__ = [
    "Answer",
    "App",
    "Headers",
    "Interceptor",
    "Logged",
    "Request",
    "RunningServer",
    "TakeOver",
    "Wire",
    "json_answer",
    "json_bytes",
    "serve",
]

_log = logging.getLogger("crossfunnel.sandbox")
_IDLE_SECONDS = 120.0


TakeOver = Callable[[Request, App, Wire], None]
Interceptor = Callable[[Request], TakeOver | None]


class RunningServer:
    """A server at work. ``stop`` (or leaving the context) ends it and every connection it has."""

    def __init__(self, app: App, context: ssl.SSLContext, port: int, log_size: int, vendor: Vendor) -> None:
        self.app = app
        #: every fault that was planned here
        self.faults = Faults(vendor)
        #: asked before every exchange; what it returns takes the exchange over, faults and all
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
        take_over = self.interceptor(request) if self.interceptor else None
        if take_over is not None:
            take_over(request, self._ask, wire)
        else:
            self.faults.answer(request, self._ask, wire)

    def fault(self, text: str, **options: object) -> Planned:
        """Plans a fault: ``fault("reset-in-body", path="/query", after=1, times=2)``, or all of it as text.

        The kinds and their options are in ``connector.sandbox.faults``; FaultError where there is no such one.
        """
        return self.faults.plan(text, **options)

    def requests(self, path_part: str = "") -> list[Request]:
        """What was asked so far, in order, of the paths that hold ``path_part``."""
        return [logged.request for logged in list(self.log) if path_part in logged.request.path]

    def connections(self) -> list[str]:
        """The clients that have a connection open now, by address and port."""
        return self._server.connected()

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


def serve(
    app: App, authority: Authority, port: int = 0, *, log_size: int = 100_000, vendor: Vendor | None = None
) -> RunningServer:
    """Puts ``app`` on https://localhost:``port`` (0: a free one) under a certificate of ``authority``.

    ``vendor`` answers what faults ask about pages, sessions and the like.
    """
    return RunningServer(app, authority.server_context(), port, log_size, vendor or Vendor())


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, owner: RunningServer, context: ssl.SSLContext, port: int) -> None:
        self.owner = owner
        self._context = context
        self._open: dict[socket.socket, Any] = {}
        self._guard = threading.Lock()
        super().__init__(("127.0.0.1", port), _Handler)

    def get_request(self) -> tuple[socket.socket, Any]:
        plain, address = self.socket.accept()
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # the handshake is left to the connection's own thread: a silent client must not stop the others
        secure = self._context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
        with self._guard:
            self._open[secure] = address
        return secure, address

    def shutdown_request(self, request: Any) -> None:
        with self._guard:
            self._open.pop(request, None)
        super().shutdown_request(request)

    def connected(self) -> list[str]:
        with self._guard:
            return [f"{client[0]}:{client[1]}" for client in self._open.values()]

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

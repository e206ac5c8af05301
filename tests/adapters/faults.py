"""The transients of design.md section 6, as faults of the sandbox are ordered; and answers with bytes replaced."""

from __future__ import annotations

from connector.sandbox.exchange import App, Request
from connector.sandbox.server import Interceptor, Wire
from connector.sandbox.wire import whole, with_body

#: retried under the deadline, never taken for an answer or an end
TRANSIENTS = (
    "reset-before-headers",
    "reset-in-headers",
    "reset-in-body",
    "hang-up",
    "cut-body",
    "chunks-without-end",
    "short-body",
    "false-gzip",
    "cut-gzip",
    "corrupt-gzip",
    "status=200",
    *(f"html={status}" for status in (200, 400, 403, 404, 429, 500, 503)),
    "status=429",
    "status=429,retry-after=17",
    *(f"status={status}" for status in (500, 502, 503, 504)),
)


def rewritten(old: bytes, new: bytes) -> Interceptor:
    """Every answer, with some of its bytes replaced."""

    def answer(request: Request, app: App, wire: Wire) -> None:
        right = app(request)
        wire.send(with_body(right, whole(right).replace(old, new)))

    return lambda request: answer

"""Tells an answer from something that only looks like one: HTML, cut JSON, an empty body where data is due."""

from __future__ import annotations

from xml.parsers import expat

from connector.transport.call import Call
from connector.transport.reply import Reply

_NO_BODY = frozenset({204, 205, 304})


def is_html(reply: Reply, head: bytes) -> bool:
    """A login page, an edge's or a proxy's error page."""
    kind = reply.headers.get("Content-Type", "").lower()
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:14].lower()
    return "text/html" in kind or "application/xhtml" in kind or start.startswith((b"<html", b"<!doctype html"))


def head_of(call: Call, reply: Reply) -> bytes:
    """The first bytes of the body, wherever it went."""
    if call.into is None or reply.body:
        return reply.body[:64]
    call.into.seek(0)
    head = call.into.read(64)
    call.into.seek(0, 2)
    return head


def _is_xml(body: bytes) -> bool:
    try:
        expat.ParserCreate().Parse(body, True)
    except expat.ExpatError:
        return False
    return True


def what_is_wrong(call: Call, reply: Reply) -> str | None:
    """Why a successful answer cannot be taken for one, or None."""
    if reply.status in _NO_BODY and call.expect != "json":
        return call.complete(reply) if call.complete else None
    kind = reply.headers.get("Content-Type", "").lower()
    if call.expect == "json":
        try:
            reply.json()
        except ValueError:
            return "the JSON is cut or broken" if reply.body else "the body is empty where JSON is due"
    if call.expect == "xml" and not _is_xml(reply.body):
        return "the XML is cut or broken"
    if call.expect == "csv" and "json" in kind:
        return "JSON came where CSV is due"
    return call.complete(reply) if call.complete else None

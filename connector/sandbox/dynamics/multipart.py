"""``multipart/mixed`` bodies of ``$batch``: taken apart as strictly as the service does, put together as it does.

"Execute batch operations using the Web API" and OData 4.0 part 1, 11.7. Knows no organization.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from http.client import responses
from urllib.parse import quote

from connector.sandbox.dynamics.refusals import bad_request, malformed_batch
from connector.sandbox.exchange import Answer, Headers, Request

_BOUNDARY = re.compile(r'\bboundary=(?:"([^"]+)"|([^\s;"]+))', re.IGNORECASE)
_REQUEST_LINE = re.compile(r"([A-Z]+) (\S.*) HTTP/1\.1\Z")
_END = b"\r\n\r\n"


@dataclass(frozen=True)
class Part:
    """One part: its own header fields and what follows them."""

    headers: Headers
    content: bytes

    @property
    def is_change_set(self) -> bool:
        return self.headers.get("Content-Type", "").strip().lower().startswith("multipart/mixed")


def parts(content_type: str, body: bytes) -> list[Part]:
    """The parts of a multipart body; Refused (400) where the body is none."""
    if not content_type.strip().lower().startswith("multipart/mixed"):
        raise bad_request("The batch request must have 'multipart/mixed' as the media type.")
    named = _BOUNDARY.search(content_type)
    if named is None:
        raise bad_request('The batch request must have a boundary specification in the "Content-Type" header.')
    marker = re.escape((named[1] or named[2]).encode())
    pieces = re.split(rb"\r\n--" + marker + rb"(--)?[ \t]*(?=\r\n|\Z)", b"\r\n" + body)
    # split gives: what precedes, then a closing mark (or None) and the text behind it, again and again
    ends = pieces[1::2]
    if not ends or ends[-1] is None or any(ends[:-1]):
        raise malformed_batch()
    return [_part(text) for text in pieces[2:-1:2]]


def _part(text: bytes) -> Part:
    head, blank, content = text.partition(_END)
    if not blank:
        raise malformed_batch()
    return Part(_fields(head), content)


def _fields(head: bytes) -> Headers:
    pairs = (line.partition(":") for line in head.decode("latin-1").split("\r\n") if line)
    return Headers({name.strip(): value.strip() for name, _, value in pairs})


def request_in(part: Part, home: str, authority: Headers) -> Request:
    """The HTTP request that a part holds. ``home``: the address of the service root, for relative ones.

    ``authority``: the headers of the batch itself; a part is asked in the name of whoever sent the batch.
    """
    kind = part.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind != "application/http" or part.headers.get("Content-Transfer-Encoding", "").lower() != "binary":
        raise bad_request(
            "A batch part needs the headers 'Content-Type: application/http' and 'Content-Transfer-Encoding: binary'."
        )
    head, _, body = part.content.partition(_END)
    line, _, fields = head.partition(b"\r\n")
    match = _REQUEST_LINE.match(line.decode("latin-1"))
    if match is None:
        raise bad_request(f"The request line '{line.decode('latin-1')[:100]}' is invalid.")
    own = {name: value for name, value in _fields(fields).items() if name not in ("authorization", "accept-encoding")}
    kept = {name: authority[name] for name in ("Host", "Authorization") if name in authority}
    path, _, query = _local(match[2], home).partition("?")
    return Request(match[1], path, query, Headers({**own, **kept}), body.removesuffix(b"\r\n"))


def _local(address: str, home: str) -> str:
    """Path and query of an address of this service: absolute, from the root, or relative to the service root."""
    origin = "/".join(home.split("/")[:3])
    encoded = quote(address, safe="!#$%&'()*+,/:;=?@[]~\"<>{}|\\^`")
    if "://" not in encoded.partition("?")[0]:
        return encoded if encoded.startswith("/") else f"{home.removeprefix(origin)}/{encoded}"
    if not encoded.startswith(f"{origin}/"):
        raise bad_request(f"The address '{address[:100]}' of a batch part is not within this organization.")
    return encoded.removeprefix(origin)


def reply_part(answer: Answer, content_id: str | None = None) -> bytes:
    """One answer as a part: ``application/http`` around status line, header fields and body."""
    assert isinstance(answer.body, bytes)
    lines = ["Content-Type: application/http", "Content-Transfer-Encoding: binary"]
    if content_id is not None:
        lines.append(f"Content-ID: {content_id}")
    lines += ["", f"HTTP/1.1 {answer.status} {responses.get(answer.status, 'Unknown')}"]
    lines += [f"{name}: {value}" for name, value in answer.headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + answer.body


def whole(kind: str, replies: Sequence[bytes]) -> tuple[str, bytes]:
    """Parts put together under a new boundary; returns the content type and the body."""
    boundary = f"{kind}_{uuid.uuid4()}"
    return f"multipart/mixed; boundary={boundary}", b"".join(_framed(boundary.encode(), replies))


def _framed(boundary: bytes, replies: Iterable[bytes]) -> Iterable[bytes]:
    for reply in replies:
        yield b"--" + boundary + b"\r\n" + reply + b"\r\n"
    yield b"--" + boundary + b"--\r\n"

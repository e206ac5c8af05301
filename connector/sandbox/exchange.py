"""What a sandbox app sees and says: one request, one answer. Knows no socket and no protocol above HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs, unquote

import msgspec

_ENCODER = msgspec.json.Encoder(decimal_format="number")


class Headers(Mapping[str, str]):
    """Header fields of a request, found whatever the case of their names."""

    def __init__(self, fields: Mapping[str, str] | None = None) -> None:
        self._fields = {name.lower(): value for name, value in (fields or {}).items()}

    def __getitem__(self, name: str) -> str:
        return self._fields[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)


@dataclass(frozen=True)
class Request:
    """One HTTP request. ``path`` and ``query`` are as they came, still percent-encoded."""

    method: str
    path: str
    query: str = ""
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""

    @property
    def target(self) -> str:
        """Path and query as they stood in the request line."""
        return f"{self.path}?{self.query}" if self.query else self.path

    @cached_property
    def route(self) -> str:
        """The path, decoded."""
        return unquote(self.path)

    @cached_property
    def params(self) -> dict[str, str]:
        """The query's options, decoded; of a repeated one the last."""
        return {name: values[-1] for name, values in parse_qs(self.query, keep_blank_values=True).items()}

    @cached_property
    def form(self) -> dict[str, str]:
        """The fields of a form body."""
        text = self.body.decode("utf-8", "replace")
        return {name: values[-1] for name, values in parse_qs(text, keep_blank_values=True).items()}

    @property
    def bearer(self) -> str | None:
        """The bearer token, if one came."""
        kind, _, token = self.headers.get("Authorization", "").partition(" ")
        return token.strip() if kind.lower() == "bearer" and token.strip() else None

    def json(self) -> Any:
        """The body as JSON; ValueError (msgspec.DecodeError) where it is none."""
        return msgspec.json.decode(self.body)


@dataclass
class Answer:
    """One HTTP answer. An iterator as ``body`` is sent in chunks as it yields.

    The server compresses a body of known length where the client accepts it, unless ``headers`` already say
    how it is encoded.
    """

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | Iterator[bytes] = b""


App = Callable[[Request], Answer]


def json_bytes(value: Any) -> bytes:
    """A value as JSON; ``Decimal`` becomes a number that keeps its trailing zeros."""
    return _ENCODER.encode(value)


def json_answer(
    value: Any,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    *,
    content_type: str = "application/json; charset=utf-8",
) -> Answer:
    """An answer with a JSON body."""
    return Answer(status, {"Content-Type": content_type, **(headers or {})}, json_bytes(value))

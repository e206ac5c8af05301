"""A complete answer: its status, headers and whole body, and that body as JSON with exact numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import msgspec

_UNREAD = object()


@dataclass(slots=True)
class Reply:
    """One answer whose body has arrived complete. ``headers`` ignore case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str
    _json: Any = field(default=_UNREAD, repr=False)

    def json(self) -> Any:
        """The body as JSON; fractions are ``Decimal``. ValueError where it is none."""
        if self._json is _UNREAD:
            self._json = decode_json(self.body)
        return self._json

    def text(self) -> str:
        """The body as text; what is no UTF-8 is replaced."""
        return self.body.decode("utf-8", "replace")


#: digits of a whole number that Python converts without complaint
_MOST_DIGITS = 4_000


def decode_json(body: bytes) -> Any:
    """JSON with exact fractions. ValueError where the body is no complete JSON, or nested beyond all reason.

    Values that strict JSON forbids but vendors send (raw control characters, half a surrogate pair, bytes
    that are no UTF-8), and numbers beyond any size, must not block the records around them: they are replaced, or
    handed on as text, never a reason to stop.
    """
    try:
        return msgspec.json.Decoder(float_hook=Decimal).decode(body)
    except (msgspec.DecodeError, ValueError, ArithmeticError):
        pass
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None
    try:
        return _decode_leniently(body)
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None


def _decode_leniently(body: bytes) -> Any:
    text = body.decode("utf-8-sig", "replace")
    value = json.loads(text, parse_float=_fraction, parse_int=_whole, strict=False, parse_constant=_refuse_constant)
    return _without_lone_surrogates(value)


def _fraction(text: str) -> Decimal | str:
    try:
        return Decimal(text)
    except ArithmeticError:
        return text


def _whole(text: str) -> int | Decimal:
    return int(text) if len(text) <= _MOST_DIGITS else Decimal(text)


def _refuse_constant(word: str) -> Any:
    raise ValueError(f"{word} is no JSON")


def _without_lone_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_without_lone_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {_without_lone_surrogates(name): _without_lone_surrogates(item) for name, item in value.items()}
    return value

"""How the values of a refused record are kept, and how they come back: exact, and private ones as their hash only.

A record that is mapped again from what was kept must end as it would have from the source, so numbers stay numbers.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from connector.adapters.base import Value
from connector.mapping import plain

#: no source hands over an object, so this cannot be a value that came in plain
_HASH = "hash"

#: a value as JSON takes it
Kept = str | int | bool | Decimal | dict[str, str] | None


class Hashed(str):
    """The keyed hash of a text that was not kept; hashing it again gives it back. Empty: there was no text to hash."""

    __slots__ = ()


def keyed_hash(value: Value, key: bytes) -> str | None:
    """HMAC-SHA256 of a text, case and spaces around it folded, so that the same message is known again."""
    if isinstance(value, Hashed):
        if not value:
            raise ValueError("the private value was no text, and nothing of it was kept")
        return str(value)
    folded = plain.text(value)
    if folded is None or not folded.strip():
        return None
    return hmac.new(key, folded.strip().casefold().encode(), hashlib.sha256).hexdigest()


def keep(value: Value) -> Kept:
    """A value as it goes into a reject."""
    if isinstance(value, Decimal):
        return value if value.is_finite() else str(value)
    return plain.text(value) if isinstance(value, str) else value


def keep_private(value: Value, key: bytes) -> Kept:
    """A value of which nothing but its hash may be kept."""
    try:
        hashed = keyed_hash(value, key)
    except ValueError:
        return {_HASH: ""}
    return None if hashed is None else {_HASH: hashed}


def restore(fields: Mapping[str, Any]) -> dict[str, Value]:
    """The fields of a reject as values that can be mapped."""
    return {
        name: Hashed(value[_HASH]) if isinstance(value, Mapping) and _HASH in value else value
        for name, value in fields.items()
    }

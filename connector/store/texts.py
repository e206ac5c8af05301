"""Makes text storable: a source may hand over half of a surrogate pair, which no UTF-8 file can hold."""

from __future__ import annotations

from typing import Any


def storable(value: Any) -> Any:
    """Text with each lone surrogate replaced by U+FFFD; any other value as it is."""
    if not isinstance(value, str):
        return value
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return value

"""Cuts long lists of ids into pieces of a size that one statement takes; must not know what the ids are of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")

#: parameters of one statement: far below SQLite's 32,766, and few enough that its text is cheap to parse once
SIZE = 500


def chunks(items: Iterable[Item], size: int = SIZE) -> Iterator[list[Item]]:
    """The items in lists of ``size``, the last one shorter."""
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


def marks(count: int) -> str:
    """``?, ?, ?`` for an IN list."""
    return ", ".join("?" * count)

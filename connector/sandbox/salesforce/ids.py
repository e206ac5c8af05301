"""Salesforce record ids: 15 case-sensitive characters, and the 3 that make them safe where case is lost."""

from __future__ import annotations

import re
from functools import lru_cache

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_POD = "Qm0"
_ID = re.compile(r"[0-9A-Za-z]{15}(?:[A-Z0-5]{3})?\Z")


@lru_cache(maxsize=65_536)
def make_id(prefix: str, number: int) -> str:
    """The 18-character id of the ``number``-th record of the object with this key prefix."""
    digits = ""
    for _ in range(9):
        number, rest = divmod(number, 62)
        digits = _DIGITS[rest] + digits
    return to18(prefix + _POD + digits)


def to18(short: str) -> str:
    """15 characters -> 18: each of the three tells which of five characters are capitals."""
    return short + _check(short[:5]) + _check(short[5:10]) + _check(short[10:])


@lru_cache(maxsize=65_536)
def _check(five: str) -> str:
    return _CHECK[sum(1 << place for place, char in enumerate(five) if "A" <= char <= "Z")]


def normal(text: str) -> str | None:
    """An id in 18 characters, whichever form it came in; None where it is no id."""
    if not _ID.match(text):
        return None
    return to18(text[:15])

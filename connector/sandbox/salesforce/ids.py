"""Salesforce record ids: 15 case-sensitive characters, and the 3 that make them safe where case is lost."""

from __future__ import annotations

import re
from functools import lru_cache

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_POD = "Qm0"
_ID = re.compile(r"[0-9A-Za-z]{15}(?:[A-Za-z0-5]{3})?\Z")


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
    """An id in 18 characters, whichever form it came in; None where it is no id.

    The three characters at the end put right whatever case was lost before them; some cannot belong to any id.
    """
    if not _ID.match(text):
        return None
    if len(text) == 15:
        return to18(text)
    short = "".join(_recased(text[place * 5 : place * 5 + 5], text[15 + place].upper()) for place in range(3))
    whole = to18(short)
    return whole if whole.upper() == text.upper() else None


def _recased(five: str, check: str) -> str:
    bits = _CHECK.index(check)
    return "".join(char.upper() if bits >> place & 1 else char.lower() for place, char in enumerate(five))

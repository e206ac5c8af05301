"""Text of others made fit for one line on a terminal: it can neither break the line nor steer what shows it."""

from __future__ import annotations

import unicodedata

#: marks, embeddings, overrides and isolates that change the direction of the text around them
_DIRECTION = frozenset(map(chr, (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))))


def one_line(text: str) -> str:
    """The text with single spaces, without control characters and direction marks; half a surrogate pair as U+FFFD."""
    return " ".join("".join(map(_harmless, text)).split())


def lines(text: str) -> str:
    """The text with its line ends and spaces, without other control characters and direction marks."""
    return "".join(each if each in "\n " else _harmless(each) for each in text)


def _harmless(character: str) -> str:
    if character.isspace():
        return " "
    kind = unicodedata.category(character)
    if kind == "Cs":
        return "\ufffd"
    return "" if kind == "Cc" or character in _DIRECTION else character

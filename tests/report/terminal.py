"""What a terminal makes of a line: which cell each letter takes, and what of it has a direction of its own."""

from __future__ import annotations

import unicodedata

OPENING, CLOSING, MARK = "\u2066\u2067\u2068", "\u2069", "\u200f"
DIRECTIONS = set(f"\u061c\u200e{MARK}\u202a\u202b\u202c\u202d\u202e{OPENING}{CLOSING}")


def width_of(letter: str) -> int:
    """Terminal cells that a letter takes."""
    if unicodedata.category(letter) in ("Mn", "Me", "Cf", "Cc"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def cells_of(line: str) -> list[str]:
    """What stands in each cell that the line takes: a letter with what sits on it; the second half of a wide one is ''."""
    cells: list[str] = []
    for letter in line:
        width = width_of(letter)
        if width:
            cells += [letter, ""][:width]
        elif cells and letter not in DIRECTIONS:
            cells[-1] += letter
    return cells


def seen(text: str) -> str:
    """The text without direction marks and isolates."""
    return "".join(letter for letter in text if letter not in DIRECTIONS)


def is_balanced(line: str) -> bool:
    """Whether every isolate ends in its line, and nothing ends that did not begin."""
    depth = 0
    for letter in line:
        depth += (letter in OPENING) - (letter == CLOSING)
        if depth < 0 or letter in "\u202a\u202b\u202c\u202d\u202e":
            return False
    return depth == 0


def outside_names(line: str) -> str:
    """The line without what stands in isolates for names and words of another script."""
    within: list[str] = []
    kept = ""
    for letter in line:
        if letter in OPENING:
            within.append(letter)
        elif letter == CLOSING:
            within.pop()
        elif "\u2068" not in within:
            kept += letter
    return kept


def table_of(text: str) -> list[list[str]]:
    """The cells of the table in an output, heads first; AssertionError where a line does not stand under its heads."""
    lines = text.splitlines()
    at = next(n for n, line in enumerate(lines) if seen(line).strip(" -") == "" and "---" in line)
    rule = cells_of(lines[at])
    end = next((n for n in range(at, len(lines)) if len(cells_of(lines[n])) != len(rule)), len(lines))
    starts = [n for n in range(len(rule)) if rule[n] == "-" and (n == 0 or rule[n - 1] == " ")]
    spans = list(zip(starts, [*(start - 2 for start in starts[1:]), len(rule)], strict=True))
    found = []
    for line in (lines[at - 1], *lines[at + 1 : end]):
        cells = cells_of(line)
        assert len(cells) == len(rule), line
        assert all("".join(cells[stop : stop + 2]).strip() == "" for _, stop in spans), line
        found.append(["".join(cells[start:stop]).strip() for start, stop in spans])
    return found

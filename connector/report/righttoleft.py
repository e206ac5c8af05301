"""Lines and tables that read from right to left, in a terminal that knows directions and in one that does not.

Every line begins and ends with a right-to-left mark (U+200F), so all between belongs to one right-to-left run: where
directions are known the first column stands on the right, else columns stand in their order from the left. Cells of
numbers are left-to-right isolates that hold their own padding, so units stand under units in both. Every line of a
table is equally wide. It must not know what the cells mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len

MARK = "\u200f"
_LEFT_TO_RIGHT, _RIGHT_TO_LEFT, _END = "\u2066", "\u2067", "\u2069"
_BETWEEN = "  "


@dataclass(frozen=True)
class Cell:
    """What one cell shows; its isolates, if any, are closed."""

    text: str
    is_number: bool = False


def line(text: str) -> str:
    """One line of text."""
    return f"{MARK}{text}{MARK}"


def as_table(heads: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """Aligned text; a column whose cells are all numbers stands with its units under each other."""
    numeric = [bool(rows) and all(row[index].is_number for row in rows) for index in range(len(heads))]
    cells = [list(heads), *([cell.text for cell in row] for row in rows)]
    widths = [max(cell_len(row[index]) for row in cells) for index in range(len(heads))]
    shown = [
        [
            _number(cell, width, _RIGHT_TO_LEFT if is_head else "") if is_numeric else _text(cell, width)
            for cell, width, is_numeric in zip(row, widths, numeric, strict=True)
        ]
        for is_head, row in zip([True, *(False for _ in rows)], cells, strict=True)
    ]
    rule = _BETWEEN.join("-" * width for width in widths)
    return "\n".join(map(line, [_BETWEEN.join(shown[0]), rule, *map(_BETWEEN.join, shown[1:])]))


def _text(text: str, width: int) -> str:
    return text + " " * (width - cell_len(text))


def _number(text: str, width: int, direction: str) -> str:
    inside = f"{direction}{text}{_END}" if direction else text
    return f"{_LEFT_TO_RIGHT}{' ' * (width - cell_len(text))}{inside}{_END}"

"""Rows as an aligned table, JSON or CSV on standard output. It knows neither the store nor what the rows mean."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

from rich.cells import cell_len

from connector.plaintext import one_line

FORMATS = ("table", "json", "csv")


def as_json(value: Any) -> str:
    """One JSON document, readable, with decimals as numbers."""
    return json.dumps(value, ensure_ascii=False, indent=2, default=_plain)


def as_csv(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    """RFC 4180 with a header; NULL is an empty cell."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([as_words(row.get(column)) for column in columns] for row in rows)
    return text.getvalue()


def is_id_of_another(name: str, columns: Collection[str]) -> bool:
    """Whether a column holds the id of what another one names, which people do not read."""
    return name.endswith("_id") and name.removesuffix("_id") in columns


def as_table(
    columns: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
    heads: Mapping[str, str] | None = None,
    right: Collection[str] = (),
) -> str:
    """Aligned text that stays whole in a pipe; numbers, and the columns named, to the right; NULL as a dash."""
    heads = heads or {}
    numeric = {
        column: column in right or all(isinstance(row.get(column), int | float | Decimal | None) for row in rows)
        for column in columns
    }
    cells = [[heads.get(column, column) for column in columns]]
    cells += [[_cell(row.get(column)) for column in columns] for row in rows]
    widths = [max(cell_len(line[index]) for line in cells) for index in range(len(columns))]
    lines = [
        "  ".join(
            _padded(cell, width, to_the_right=numeric[column] and bool(rows))
            for cell, width, column in zip(line, widths, columns, strict=True)
        ).rstrip()
        for line in cells
    ]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def _padded(text: str, width: int, *, to_the_right: bool) -> str:
    """The text with spaces up to a display width: letters that stand on others take none, wide ones two."""
    spaces = " " * (width - cell_len(text))
    return spaces + text if to_the_right else text + spaces


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".")
    if isinstance(value, list | tuple):
        return one_line(", ".join(_word(item) for item in value)) or "-"
    return one_line(str(value))


def as_words(value: Any) -> Any:
    """A list of words, or of pairs of them, as words in one text; anything else as it is."""
    return ", ".join(_word(item) for item in value) if _holds_pairs(value) else _words(value)


def _holds_pairs(value: Any) -> bool:
    return isinstance(value, list | tuple) and any(isinstance(item, list | tuple) for item in value)


def _words(value: Any) -> Any:
    return " ".join(str(item) for item in value) if isinstance(value, list | tuple) else value


def _word(item: Any) -> str:
    return " ".join(map(str, item)) if isinstance(item, list | tuple) else str(item)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return str(value)

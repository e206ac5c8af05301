"""The CSV files of a data export: cells as text, each row with its line in the file; knows no object and no type."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


class NoExport(ValueError):
    """The folder holds no data export, or a value of it cannot be read; the message says where, ``hint`` what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True)
class Sheet:
    """One file: its columns, and per row its line (from 1) and its cells by column."""

    path: Path
    columns: list[str]
    rows: list[tuple[int, dict[str, str]]]


def read_sheet(path: Path) -> Sheet:
    """The file, which is UTF-8. NoExport where it cannot be read, or a row has not as many cells as there are columns.

    Such rows are only refused below a column ``Id``: other files are no business of an export's.
    """
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    lines = _lines(path)
    _, header = next(lines, (1, []))
    rows = []
    for line, cells in lines if "Id" in header else ():
        if len(cells) != len(header):
            raise NoExport(
                f"{path}, line {line}: {len(cells)} cells, where the header has {len(header)}",
                hint="put values with a comma or a line break in them into double quotes",
            )
        rows.append((line, {name: cell for name, cell in zip(header, cells, strict=True) if name}))
    return Sheet(path, [name for name in header if name], rows)


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not blank, with the line on which it begins."""
    reader = csv.reader(io.StringIO(_text(path), newline=""))
    begins = 1
    for cells in reader:
        if cells:
            yield begins, cells
        begins = reader.line_num + 1


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise NoExport(f"{path} cannot be read: {error.strerror}", hint="check the file and its permissions") from None
    try:
        text = content.decode("utf-8-sig")
        wrong = content.find(b"\0")
    except UnicodeDecodeError as error:
        text, wrong = "", error.start
    if wrong >= 0:
        line = content.count(b"\n", 0, wrong) + 1
        raise NoExport(f"{path}, line {line}: this is not UTF-8", hint="save the file as UTF-8 and start again")
    return text

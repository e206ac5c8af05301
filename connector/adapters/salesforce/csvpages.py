"""One downloaded Bulk result page: is it whole, and its rows in batches. Knows no job and no HTTP.

Bulk CSV is UTF-8, every value quoted, quotes doubled, line breaks allowed within values, null written as
nothing; NUL characters occur in it (Salesforce docs: Bulk API 2.0 CSV; airbyte issue 8300).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

from connector.adapters.base import Row
from connector.adapters.salesforce.canonical import csv_column
from connector.adapters.salesforce.fields import Selection

#: rows of one Page: one transaction of the runner
BATCH = 5_000
#: a long text area has up to 131,072 characters; the reader's default limit is just below
LONGEST_FIELD = 1 << 27


class BrokenCsv(Exception):
    """The page cannot be read as what the job promised; the message says why."""


@dataclass(frozen=True)
class Tally:
    """What counting a page found. ``whole`` says that it ends where a record ends."""

    records: int
    whole: bool
    has_nul: bool


def tally(page: BinaryIO) -> Tally:
    """Counts the records below the header, without parsing: a line ends one where all quotes so far are paired."""
    page.seek(0)
    quotes = records = begin = ended = after = 0
    has_nul = False
    line = b""
    for line in page:
        quotes += line.count(b'"')
        after += len(line)
        if not quotes & 1:
            records += 1
            begin, ended = ended, after
        if b"\0" in line:
            has_nul = True
    whole = not quotes & 1 and (line.endswith(b"\n") or not line or _ends_a_record(page, begin))
    page.seek(0)
    return Tally(max(0, records - 1), whole, has_nul)


def _ends_a_record(page: BinaryIO, begin: int) -> bool:
    """Whether what stands last, without a line break, has as many values as the header."""
    page.seek(0)
    header = page.readline()
    page.seek(begin)
    last = page.read()
    widths = {len(row) for text in (header, last) for row in csv.reader([text.decode("utf-8", "replace")])}
    return len(widths) == 1 and last.endswith(b'"')


def batches(page: BinaryIO, selection: Selection, *, has_nul: bool, size: int = BATCH) -> Iterator[list[Row]]:
    """The page's rows in canonical values, in the order of the selection's columns. Closes the file."""
    csv.field_size_limit(LONGEST_FIELD)
    with io.TextIOWrapper(page, encoding="utf-8", errors="replace", newline="") as text:
        lines: Iterator[str] = (line.replace("\0", "") for line in text) if has_nul else text
        reader = csv.reader(lines, strict=True)
        try:
            header = next(reader, None)
            if header is None:
                return
            places = _places(header, selection)
            while rows := list(islice(reader, size)):
                yield _canonical(rows, len(header), places, selection)
        except csv.Error as error:
            raise BrokenCsv(f"the CSV is broken near line {reader.line_num}: {error}") from None


def _places(header: Sequence[str], selection: Selection) -> list[int | None]:
    """Where each column of the selection stands in the page; None for one that vanished."""
    found = {name.lower(): place for place, name in enumerate(header)}
    lacking = [path for path in selection.paths if path.lower() not in found]
    if lacking:
        raise BrokenCsv(f"the CSV lacks the column {lacking[0]}")
    return [None if column.path in selection.vanished else found[column.path.lower()] for column in selection.columns]


def _canonical(rows: list[list[str]], width: int, places: list[int | None], selection: Selection) -> list[Row]:
    if set(map(len, rows)) != {width}:
        raise BrokenCsv("a record of the CSV has too few or too many values")
    columns = list(zip(*rows, strict=True))
    nothing = (None,) * len(rows)
    return list(
        zip(
            *(
                nothing if place is None else csv_column(column.kind, columns[place])
                for place, column in zip(places, selection.columns, strict=True)
            ),
            strict=True,
        )
    )

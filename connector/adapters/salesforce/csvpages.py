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

from connector.adapters.base import PackedRows, Row
from connector.adapters.salesforce.canonical import csv_column, leading
from connector.adapters.salesforce.fields import Selection
from connector.errors import SourceUnavailable

#: rows of one Page: one transaction of the runner
BATCH = 2_500
#: rows that are unpacked and mapped at a time: measured, 5,000 take half as long again
PIECE = 1_000
#: rows turned at a time: they stay in the processor's cache, which is a third of the parse time
IN_CACHE = 250
#: a long text area has up to 131,072 characters; the reader's default limit is just below
LONGEST_FIELD = 1 << 27


class BrokenCsv(Exception):
    """The page cannot be read as what the job promised; the message says why."""


@dataclass(frozen=True)
class Tally:
    """What counting a page found. ``whole`` says that it ends where a record ends.

    ``ends`` are the places where the header, and every so many records, come to an end.
    """

    records: int
    whole: bool
    has_nul: bool
    ends: tuple[int, ...]


@dataclass
class CsvRows(PackedRows):
    """Some records of a result page. ``origin`` names source and object, should they turn out to be unreadable."""

    text: bytes
    records: int
    selection: Selection
    has_nul: bool
    origin: str

    def __len__(self) -> int:
        return self.records

    def pieces(self) -> Iterator[list[Row]]:
        found = 0
        try:
            for piece in batches(io.BytesIO(self.text), self.selection, has_nul=self.has_nul, size=PIECE):
                found += len(piece)
                yield piece
            if found != self.records:
                raise BrokenCsv(f"{found} records are read where {self.records} were counted")
        except BrokenCsv as broken:
            raise SourceUnavailable(
                f"{self.origin}: its result cannot be read: {broken}",
                hint="run again; if it stays, look at the job under Setup, Bulk Data Load Jobs",
            ) from None


def packed(page: BinaryIO, counted: Tally, selection: Selection, origin: str) -> Iterator[CsvRows]:
    """A counted page in parts of a batch, each with the header in front."""
    page.seek(0)
    header = page.read(counted.ends[0]) if counted.ends else b""
    left = counted.records
    for start, end in zip(counted.ends, (*counted.ends[1:], -1), strict=True):
        if left > 0:
            records = min(left, BATCH)
            text = header + (page.read(end - start) if end > 0 else page.read())
            yield CsvRows(text, records, selection, counted.has_nul, origin)
            left -= records


def tally(page: BinaryIO) -> Tally:
    """Counts the records below the header, without parsing: a line ends one where all quotes so far are paired."""
    page.seek(0)
    records = place = 0
    ends: list[int] = []
    has_nul = within = False
    line = b""
    for line in page:
        place += len(line)
        if line.count(b'"') & 1:
            within = not within
        if not within:
            if records % BATCH == 0:
                ends.append(place)
            records += 1
        if b"\0" in line:
            has_nul = True
    whole = not within and (line.endswith(b"\n") or not line or _ends_a_record(page))
    page.seek(0)
    return Tally(max(0, records - 1), whole, has_nul, tuple(ends))


def _ends_a_record(page: BinaryIO) -> bool:
    """Whether what stands last, without a line break, has as many values as the header. Rare, so parsed anew."""
    page.seek(0)
    csv.field_size_limit(LONGEST_FIELD)
    text = io.TextIOWrapper(page, encoding="utf-8", errors="replace", newline="\n")
    width = last = 0
    try:
        for row in csv.reader(text):
            width = width or len(row)
            last = len(row)
    except csv.Error:
        last = -1
    finally:
        text.detach()
    page.seek(-1, io.SEEK_END)
    return width == last and page.read(1) == b'"'


def batches(page: BinaryIO, selection: Selection, *, has_nul: bool, size: int = BATCH) -> Iterator[list[Row]]:
    """The page's rows in canonical values, in the order of the selection's columns. Closes the file."""
    csv.field_size_limit(LONGEST_FIELD)
    with io.TextIOWrapper(page, encoding="utf-8", errors="replace", newline="\n") as text:
        lines: Iterator[str] = (line.replace("\0", "") for line in text) if has_nul else text
        try:
            header = next(csv.reader(lines, strict=True), None)
            if header is None:
                return
            places = _places(header, selection)
            batch: list[Row] = []
            for columns in _columns(lines, len(header), min(size, IN_CACHE)):
                batch += _canonical(columns, places, selection)
                if len(batch) >= size:
                    yield batch
                    batch = []
            if batch:
                yield batch
        except csv.Error as error:
            raise BrokenCsv(f"the CSV is broken: {error}") from None


def _columns(lines: Iterator[str], width: int, size: int) -> Iterator[Sequence[Sequence[str]]]:
    """Some records at a time, as columns. The few that are not plain go through csv.reader, after the others."""
    while block := list(islice(lines, size)):
        plain, other = _parted(block, lines, 2 * width)
        columns = _plain_columns("".join(plain), width, len(plain)) if plain else None
        if columns is not None:
            yield columns
        else:
            other = plain + other
        if other:
            yield _parsed_columns(other, width)


def _parted(block: list[str], lines: Iterator[str], quotes: int) -> tuple[list[str], list[str]]:
    """Lines that are a record each with no more than the ``quotes`` around its values, and the lines of all others."""
    plain: list[str] = []
    other: list[str] = []
    within = False
    for line in block:
        count = line.count('"')
        if count == quotes and not within:
            plain.append(line)
        else:
            other.append(line)
            within ^= count & 1 == 1
    while within and (line := next(lines, "")):
        other.append(line)
        within ^= line.count('"') & 1 == 1
    return plain, other


def _plain_columns(text: str, width: int, records: int) -> Sequence[Sequence[str]] | None:
    """Records without quotes or line breaks in their values, cut without a parser; None where they are not plain.

    Proof: exactly two quotes per value are those around it, so that every ``","`` and ``"\\n"`` separates; and a
    mark put between records must come out after each ``width`` values. csv.reader takes twice the time.
    """
    if not (text.startswith('"') and text.endswith('"\n')) or text.count('"') != 2 * width * records:
        return None
    values = text[1:-2].replace('"\n"', '","\n","').split('","')
    stride = width + 1
    marks = values[width::stride]
    if len(values) != stride * records - 1 or marks.count("\n") != records - 1:
        return None
    return [values[place::stride] for place in range(width)]


def _parsed_columns(lines: list[str], width: int) -> Sequence[Sequence[str]]:
    rows = list(csv.reader(lines, strict=True))
    if set(map(len, rows)) != {width}:
        raise BrokenCsv("a record of the CSV has too few or too many values")
    return list(zip(*rows, strict=True))


def _places(header: Sequence[str], selection: Selection) -> list[int | None]:
    """Where each column of the selection stands in the page; None for one that vanished."""
    found = {name.lower(): place for place, name in enumerate(header)}
    lacking = [path for path in selection.paths if path.lower() not in found]
    if lacking:
        raise BrokenCsv(f"the CSV lacks the column {lacking[0]}")
    return [None if column.path in selection.vanished else found[column.path.lower()] for column in selection.columns]


def _canonical(columns: Sequence[Sequence[str]], places: list[int | None], selection: Selection) -> list[Row]:
    nothing = (None,) * len(columns[0])
    return list(
        zip(
            *(
                nothing if place is None else leading(column.prefix, csv_column(column.kind, columns[place]))
                for place, column in zip(places, selection.columns, strict=True)
            ),
            strict=True,
        )
    )

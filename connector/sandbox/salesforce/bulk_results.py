"""The CSV of one query job: rendered once in blocks, kept in a throw-away file, served page by page.

Rendering is the server's work, not the client's: blocks are cut so that pages are put together without touching
rows, and compressed blocks are kept, so that a second reader costs next to nothing.
"""

from __future__ import annotations

import csv
import gzip
import io
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from connector.sandbox.salesforce.records import Records
from connector.sandbox.salesforce.soql.compiler import Plan
from connector.sandbox.salesforce.values import bulk_sql

DELIMITERS = {"COMMA": ",", "TAB": "\t", "PIPE": "|", "SEMICOLON": ";", "CARET": "^", "BACKQUOTE": "`"}
LINE_ENDINGS = {"LF": "\n", "CRLF": "\r\n"}
_BLOCK_ROWS = 5_000


@dataclass(frozen=True)
class Dialect:
    """How a job writes its CSV: every value in quotes, whatever the delimiter."""

    delimiter: str
    line_ending: str

    def text(self, rows: Iterator[Sequence[object]] | Sequence[Sequence[object]]) -> bytes:
        out = io.StringIO()
        writer = csv.writer(out, delimiter=self.delimiter, lineterminator=self.line_ending, quoting=csv.QUOTE_ALL)
        writer.writerows(rows)
        return out.getvalue().encode()


@dataclass(frozen=True)
class _Block:
    rows: int
    offset: int
    size: int


class BulkResult:
    """All rows of one query, in order. Knows no job and no locator."""

    def __init__(self, records: Records, plan: Plan, dialect: Dialect) -> None:
        self._dialect = dialect
        self._file = tempfile.TemporaryFile(prefix="crossfunnel-sandbox-job-")  # noqa: SIM115 - lives as long as we do
        self._guard = threading.Lock()
        self._blocks: list[_Block] = []
        self._compressed: dict[int, bytes] = {}
        self.header = dialect.text([[".".join(column.path) for column in plan.columns]])
        self._render(records, plan)
        self.rows = sum(block.rows for block in self._blocks)
        self.size = len(self.header) + sum(block.size for block in self._blocks)

    def page(self, start: int, most: int, *, compressed: bool) -> tuple[int, Iterator[bytes]]:
        """The page from row ``start`` with at most ``most`` rows: how many it has, and its bytes with the header.

        Pages end where blocks end as long as that leaves them anything; the last rows of a small page are cut out.
        """
        first, skipped = self._locate(start)
        taken, count = [], 0
        if skipped == 0:
            for index in range(first, len(self._blocks)):
                if count + self._blocks[index].rows > most:
                    break
                taken.append(index)
                count += self._blocks[index].rows
        if not taken:
            return self._part(first, skipped, most, compressed=compressed)
        if compressed:
            return count, self._pieces([gzip.compress(self.header, 1, mtime=0)], taken, compressed=True)
        return count, self._pieces([self.header], taken, compressed=False)

    def close(self) -> None:
        self._file.close()

    def _render(self, records: Records, plan: Plan) -> None:
        reads = ", ".join(bulk_sql(column) for column in plan.columns)
        with records.reading() as connection:
            cursor = connection.execute(
                f"SELECT {reads} {plan.source()} ORDER BY {plan.order}{plan.bounds()}", plan.parameters
            )
            offset = 0
            while rows := list(islice(cursor, _BLOCK_ROWS)):
                text = self._dialect.text(rows)
                self._file.write(text)
                self._blocks.append(_Block(len(rows), offset, len(text)))
                offset += len(text)
        self._file.flush()

    def _locate(self, start: int) -> tuple[int, int]:
        before = 0
        for index, block in enumerate(self._blocks):
            if start < before + block.rows:
                return index, start - before
            before += block.rows
        return len(self._blocks), 0

    def _part(self, index: int, skipped: int, most: int, *, compressed: bool) -> tuple[int, Iterator[bytes]]:
        """Rows out of the middle of one block."""
        if index >= len(self._blocks):
            rows: list[list[str]] = []
        else:
            text = self._read(index).decode()
            reader = csv.reader(io.StringIO(text, newline=""), delimiter=self._dialect.delimiter)
            rows = list(islice(reader, skipped, skipped + most))
        body = self.header + self._dialect.text(rows)
        return len(rows), iter([gzip.compress(body, 1, mtime=0) if compressed else body])

    def _pieces(self, pieces: list[bytes], blocks: list[int], *, compressed: bool) -> Iterator[bytes]:
        yield from pieces
        for index in blocks:
            if not compressed:
                yield self._read(index)
                continue
            found = self._compressed.get(index)
            if found is None:
                found = self._compressed[index] = gzip.compress(self._read(index), 1, mtime=0)
            yield found

    def _read(self, index: int) -> bytes:
        block = self._blocks[index]
        with self._guard:
            self._file.seek(block.offset)
            return self._file.read(block.size)

"""REST queries page by page as rows in canonical values; ``chain.py`` sees to it that no page is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from connector.adapters.base import Row
from connector.adapters.salesforce.canonical import json_column, leading
from connector.adapters.salesforce.chain import Record, answers
from connector.adapters.salesforce.client import LONGEST_QUERY, Client
from connector.adapters.salesforce.fields import Column, Selection

_JOINED_PAGE = 2_000

#: the SOQL text for some of the object's paths
Query = Callable[[Sequence[str]], str]


@dataclass(frozen=True)
class RestPage:
    """Rows of one answer, and how many the whole query found. ``proven``: nothing is missing up to here."""

    rows: list[Row]
    total: int
    last: bool
    proven: bool


def fits(soql: str) -> bool:
    """Whether the query can be asked by GET at all (Salesforce docs: URI limit)."""
    return len(quote(soql, safe="")) <= LONGEST_QUERY


def pages(client: Client, selection: Selection, query: Query) -> Iterator[RestPage]:
    """Every page of the query; where it is too long for a URI, its columns are asked for in parts."""
    if fits(query(selection.paths)):
        for answer in answers(client, query(selection.paths), selection.object):
            yield RestPage(_rows(answer.records, selection), answer.total, answer.last, answer.proven)
    else:
        yield from _joined(client, selection, query)


def _joined(client: Client, selection: Selection, query: Query) -> Iterator[RestPage]:
    """Parts of the columns, joined on Id. Only objects that Bulk cannot read come here, and those are small.

    A record that is not in every part came or went in between; the next run sees it by its stamp.
    """
    joined: dict[str, Record] = {}
    parts = _parts(selection.paths, query)
    for number, paths in enumerate(parts):
        seen: dict[str, Record] = {}
        for answer in answers(client, query(paths), selection.object):
            seen.update((str(record["Id"]), record) for record in answer.records)
        joined = seen if number == 0 else {key: _merged(joined[key], seen[key]) for key in joined if key in seen}
    records = list(joined.values())
    for start in range(0, max(1, len(records)), _JOINED_PAGE):
        rows = _rows(records[start : start + _JOINED_PAGE], selection)
        yield RestPage(rows, len(records), start + _JOINED_PAGE >= len(records), proven=True)


def _parts(paths: Sequence[str], query: Query) -> list[list[str]]:
    parts: list[list[str]] = [["Id"]]
    for path in paths:
        if path == "Id":
            continue
        if not fits(query([*parts[-1], path])):
            parts.append(["Id"])
        parts[-1].append(path)
    return parts


def _merged(left: Record, right: Record) -> Record:
    merged = dict(left)
    for name, value in right.items():
        both = isinstance(value, dict) and isinstance(merged.get(name), dict)
        merged[name] = _merged(merged[name], value) if both else value
    return merged


def _rows(records: list[Record], selection: Selection) -> list[Row]:
    if not records:
        return []
    columns = (
        leading(column.prefix, json_column(column.kind, _values(records, column, selection)))
        for column in selection.columns
    )
    return list(zip(*columns, strict=True))


def _values(records: list[Record], column: Column, selection: Selection) -> list[Any]:
    if column.path in selection.vanished:
        return [None] * len(records)
    if "." not in column.path:
        return [record.get(column.path) for record in records]
    *relations, last = column.path.split(".")
    values = []
    for record in records:
        here: Any = record
        for relation in relations:
            here = here.get(relation) if isinstance(here, dict) else None
        values.append(here.get(last) if isinstance(here, dict) else None)
    return values

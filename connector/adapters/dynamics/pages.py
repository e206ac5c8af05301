"""A page's bytes to rows: one compiled decoder per selection, tuples in the shape's order, exact numbers.

Knows the envelope (``value``, next and delta link, ``$deletedEntity``; Dataverse docs "Page results" and "Use
change tracking to synchronize data") and no address.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from connector.adapters.base import Row, Tombstone
from connector.adapters.dynamics.selection import Kind, Property
from connector.adapters.dynamics.values import CONVERTERS, Values, plain
from connector.adapters.dynamics.webapi import lacks_items
from connector.transport import Reply

Record = dict[str, Any]

_DELETED = "$deletedEntity"
_GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


@dataclass(slots=True)
class Batch:
    """What one answer held."""

    rows: list[Row]
    tombstones: list[Tombstone] = field(default_factory=list)
    next_link: str | None = None
    delta_link: str | None = None


class PageReader:
    """Reads pages of one selection."""

    def __init__(self, chosen: Sequence[Property], id_field: str) -> None:
        self._chosen = tuple(chosen)
        self._id_name = next(item.name for item in chosen if item.column == id_field)
        plain_names = [item.name for item in self._chosen if item.kind is not Kind.GONE]
        annotations = [item.annotation for item in self._chosen if item.target]
        # a null lookup carries no annotation, so that those names may lack
        self._names = tuple(dict.fromkeys(plain_names + annotations))
        self._always_there = not annotations and len(self._names) > 1

    def lacks(self, reply: Reply) -> str | None:
        """For the transport: why this answer is not a page."""
        wrong = lacks_items(reply)
        if wrong is None and _DELETED.encode() in reply.body:
            nameless = any(_is_deleted(item) and not _guids(item) for item in reply.json()["value"])
            return "it holds a deleted record without its id" if nameless else None
        return wrong

    def read(self, reply: Reply) -> Batch:
        """All rows and tombstones of a page."""
        page = reply.json()
        records: list[Record] = page["value"]
        tombstones: list[Tombstone] = []
        if _DELETED.encode() in reply.body:
            records, tombstones = self._net(records)
        has_odd_text = b'""' in reply.body or b"\\u0000" in reply.body
        rows = self._rows(records, has_odd_text)
        return Batch(rows, tombstones, page.get("@odata.nextLink"), page.get("@odata.deltaLink"))

    def _net(self, items: Sequence[Record]) -> tuple[list[Record], list[Tombstone]]:
        """A record that comes again after its own deletion is there; its tombstone is dropped."""
        records: list[Record] = []
        gone: dict[str, Tombstone] = {}
        for item in items:
            if _is_deleted(item):
                guid = _guids(item)[-1]
                gone[guid] = Tombstone(guid)
            else:
                records.append(item)
                gone.pop(str(item.get(self._id_name)).lower(), None)
        return records, list(gone.values())

    def _rows(self, records: list[Record], has_odd_text: bool) -> list[Row]:
        if not records:
            return []
        columns: dict[str, Values] = dict(zip(self._names, zip(*self._values(records), strict=True), strict=True))
        chosen = (self._column(item, columns, len(records), has_odd_text) for item in self._chosen)
        return list(zip(*chosen, strict=True))

    def _values(self, records: list[Record]) -> list[tuple[Any, ...]]:
        if self._always_there:
            try:
                return list(map(itemgetter(*self._names), records))
            except KeyError:
                self._always_there = False
        return [tuple(map(record.get, self._names)) for record in records]

    def _column(self, item: Property, columns: Mapping[str, Values], height: int, has_odd_text: bool) -> Values:
        if item.kind is Kind.GONE:
            return [None] * height
        convert = plain if item.kind is Kind.TEXT and not has_odd_text else CONVERTERS[item.kind]
        converted = convert(columns[item.name])
        return _only(item.target, converted, columns[item.annotation]) if item.target else converted


def _only(target: str, values: Values, targets: Values) -> Values:
    return [value if leads_to == target else None for value, leads_to in zip(values, targets, strict=True)]


def _is_deleted(item: Mapping[str, Any]) -> bool:
    return str(item.get("@odata.context", "")).endswith(_DELETED)


def _guids(item: Mapping[str, Any]) -> list[str]:
    """The id of a ``$deletedEntity``: a bare GUID, or one in the address of the record."""
    return _GUID.findall(str(item.get("id", "")).lower())

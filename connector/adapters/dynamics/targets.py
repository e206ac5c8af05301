"""Where lookups lead that may lead anywhere, for tables read by change tracking. Knows no page of the tracked read.

Beside change tracking no annotation may be asked for (the delta link is lost, powerapps-docs#439), and without one the
GUID of such a lookup does not tell its table. So the table is asked once more, by a plain query with annotations: page
by page where it is read whole, by keys where some rows have changed, and not at all where nothing has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connector.adapters.base import Row
from connector.adapters.chains import Chain
from connector.adapters.dynamics.roads import Reading
from connector.adapters.dynamics.selection import TARGET_ANNOTATION, Property
from connector.adapters.dynamics.webapi import lacks_items

#: keys in one question: 5 KB of an address that may have 32 KB (Dataverse docs, Compose HTTP requests)
_KEYS = 100


class Targets:
    """What is known of one read: for each lookup, the table that each of its GUIDs leads to."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._key = reading.columns.index(reading.table.id_field)
        self._narrowed = [(at, item) for at, item in enumerate(reading.chosen) if item.target]
        self._names = tuple(dict.fromkeys(item.name for _, item in self._narrowed))
        self._known: dict[str, dict[str, str]] = {name: {} for name in self._names}
        self._all = False

    def sort_out(self, rows: Sequence[Row], *, whole: bool) -> Sequence[Row]:
        """The rows with each narrowed lookup empty where it leads to another table than the one it is narrowed to."""
        if not self._narrowed or not rows:
            return rows
        if whole and not self._all:
            self._learn_all()
            self._all = True
        unknown = [
            str(row[self._key]) for row in rows if any(self._is_unknown(row, at, item) for at, item in self._narrowed)
        ]
        for keys in _portions(unknown):
            self._learn(" or ".join(f"{self._reading.table.id_field} eq {key}" for key in keys))
        return [self._sorted(row) for row in rows]

    def _is_unknown(self, row: Row, at: int, item: Property) -> bool:
        return row[at] is not None and row[at] not in self._known[item.name]

    def _sorted(self, row: Row) -> Row:
        values = list(row)
        for at, item in self._narrowed:
            if values[at] is not None and self._known[item.name].get(str(values[at])) != item.target:
                values[at] = None
        return tuple(values)

    def _learn_all(self) -> None:
        self._learn(" or ".join(f"{name} ne null" for name in self._names))

    def _learn(self, condition: str) -> None:
        """One query, to its last page. What has changed since the tracked read is told again by the next one."""
        reading = self._reading
        options = {"select": ",".join(self._names), "filter": condition, "orderby": f"{reading.table.id_field} asc"}
        prefer = f'odata.maxpagesize={reading.page_size},odata.include-annotations="{TARGET_ANNOTATION}"'
        address = reading.api.address(reading.table.entity_set, options)
        link: str | None = address
        chain = Chain(address)
        while link is not None:
            reply = reading.api.get(link, object_name=reading.table.name, prefer=prefer, complete=lacks_items)
            page = reply.json()
            self._note(page["value"])
            following = page.get("@odata.nextLink")
            link = reading.api.own(following) if following else None
            trouble = chain.trouble(link, len(page["value"]))
            if trouble is not None:
                raise reading.api.broken(reading.table.name, trouble)

    def _note(self, records: Sequence[Mapping[str, Any]]) -> None:
        for record in records:
            for name in self._names:
                guid, target = record.get(name), record.get(f"{name}@{TARGET_ANNOTATION}")
                if isinstance(guid, str) and isinstance(target, str):
                    self._known[name][guid.lower()] = target


def _portions(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(keys), _KEYS):
        yield keys[start : start + _KEYS]

"""Which metadata is still good: kept from run to run, asked again when the org's metadata version has moved.

Where the org states no version, columns are asked again once per run and table. Knows no wire beyond calling
``tables`` and ``options``.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, MutableMapping

import msgspec

from connector.adapters.dynamics.options import Labels, fetch_labels
from connector.adapters.dynamics.tables import Table, fetch_columns, fetch_table
from connector.adapters.dynamics.webapi import WebApi

_log = logging.getLogger("crossfunnel.dynamics")


class _KeptTable(msgspec.Struct):
    version: str | None
    table: Table


class _KeptLabels(msgspec.Struct):
    version: str | None
    language: int | None
    labels: Labels


class Catalogue:
    """Metadata by table name. ``cache`` outlives the run; ``asked`` is what this run has asked already."""

    def __init__(self, api: WebApi, cache: MutableMapping[str, str]) -> None:
        self._api = api
        self._cache = cache
        self._lock = threading.Lock()
        self._known: dict[str, Table | None] = {}
        self._asked: set[str] = set()
        self.version: str | None = None
        self.language: int | None = None

    def table(self, name: str) -> Table | None:
        """A table's metadata, from this run, else kept from an earlier one, else asked; None: no such table."""
        with self._lock:
            if name in self._known:
                return self._known[name]
        kept = self._kept(name)
        if kept is None:
            return self._learn(name, fetch_table(self._api, name))
        if self.version is not None and kept.version == self.version:
            with self._lock:
                self._known[name] = kept.table
            return kept.table
        if self.version is not None:
            return self._learn(name, fetch_table(self._api, name))
        columns = fetch_columns(self._api, name)
        return self._learn(name, msgspec.structs.replace(kept.table, columns=columns))

    def again(self, name: str) -> Table | None:
        """The same, but asked anew unless this run has asked already: a wanted field is not among the kept ones."""
        with self._lock:
            known, asked = self._known.get(name), name in self._asked
        if asked:
            return known
        if known is None:
            return self._learn(name, fetch_table(self._api, name))
        columns = fetch_columns(self._api, name, known.columns)
        return self._learn(name, msgspec.structs.replace(known, columns=columns))

    def forget(self, name: str) -> None:
        """What is known of a table turned out wrong."""
        with self._lock:
            self._known.pop(name, None)
            self._asked.discard(name)
        self._cache.pop(_table_key(name), None)

    def labels(self, name: str, fields: Iterable[str]) -> Labels:
        """Option labels of some columns of a table in the org's base language."""
        table = self.table(name)
        if table is None:
            return {}
        types = {table.columns[field].type for field in fields if field in table.columns}
        found: Labels = {}
        for kind in sorted(types):
            found.update(self._labels_of(name, kind))
        return {field: found[field] for field in fields if field in found}

    def _learn(self, name: str, table: Table | None) -> Table | None:
        with self._lock:
            self._known[name] = table
            self._asked.add(name)
        if table is not None:
            self._keep(_table_key(name), _KeptTable(self.version, table))
        return table

    def _kept(self, name: str) -> _KeptTable | None:
        text = self._cache.get(_table_key(name))
        if not text:
            return None
        try:
            return msgspec.json.decode(text, type=_KeptTable)
        except msgspec.DecodeError:
            _log.debug("kept metadata of %s is of an older form and is asked again", name)
            return None

    def _labels_of(self, name: str, kind: str) -> Labels:
        key = f"dynamics.labels.{name}.{kind}"
        text = self._cache.get(key)
        if text and self.version is not None:
            try:
                kept = msgspec.json.decode(text, type=_KeptLabels)
            except msgspec.DecodeError:
                kept = None
            if kept is not None and (kept.version, kept.language) == (self.version, self.language):
                return kept.labels
        labels = fetch_labels(self._api, name, kind, self.language)
        self._keep(key, _KeptLabels(self.version, self.language, labels))
        return labels

    def _keep(self, key: str, value: msgspec.Struct) -> None:
        self._cache[key] = msgspec.json.encode(value).decode()


def _table_key(name: str) -> str:
    return f"dynamics.table.{name}"

"""A cache of org metadata that outlives the run: adapters see a mapping of text, the runner saves it.

Must not know what the texts mean.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from threading import Lock

from sqlalchemy import Connection


class MetadataCache(MutableMapping[str, str]):
    """name -> text of one source, in memory; safe to use from several threads."""

    def __init__(self, source: str, entries: dict[str, str] | None = None) -> None:
        self.source = source
        self._entries = dict(entries or {})
        self._touched: set[str] = set()
        self._lock = Lock()

    @classmethod
    def read(cls, conn: Connection, source: str) -> MetadataCache:
        """What the store keeps for the source."""
        rows = conn.exec_driver_sql("SELECT name, body FROM source_metadata WHERE source = ?", (source,))
        return cls(source, {name: body for name, body in rows if body is not None})

    def save(self, conn: Connection) -> None:
        """Writes what changed since it was read or saved. Never commits."""
        with self._lock:
            touched, self._touched = self._touched, set()
            kept = [(self.source, name, self._entries[name]) for name in sorted(touched) if name in self._entries]
            gone = [(self.source, name) for name in sorted(touched) if name not in self._entries]
        if kept:
            conn.exec_driver_sql("INSERT OR REPLACE INTO source_metadata (source, name, body) VALUES (?, ?, ?)", kept)
        if gone:
            conn.exec_driver_sql("DELETE FROM source_metadata WHERE source = ? AND name = ?", gone)

    def __getitem__(self, name: str) -> str:
        with self._lock:
            return self._entries[name]

    def __setitem__(self, name: str, body: str) -> None:
        with self._lock:
            if self._entries.get(name) != body:
                self._entries[name] = body
                self._touched.add(name)

    def __delitem__(self, name: str) -> None:
        with self._lock:
            del self._entries[name]
            self._touched.add(name)

    def __iter__(self) -> Iterator[str]:
        with self._lock:
            return iter(list(self._entries))

    def __len__(self) -> int:
        return len(self._entries)

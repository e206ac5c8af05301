"""Large answers kept as they were, compressed once: asking the same page again measures the client, not us."""

from __future__ import annotations

import gzip
import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass

from connector.sandbox.exchange import Answer, Request

_MOST_BYTES = 512 * 1024 * 1024
_WORTH_KEEPING = 256 * 1024


@dataclass
class _Kept:
    body: bytes
    packed: bytes | None = None

    @property
    def size(self) -> int:
        return len(self.body) + len(self.packed or b"")


class PageCache:
    """Bodies by whatever makes them differ; the oldest go first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()
        self._size = 0
        self._guard = threading.Lock()

    def find(self, key: Hashable) -> bytes | None:
        """A body that was kept."""
        with self._guard:
            kept = self._kept.get(key)
            return kept.body if kept else None

    def keep(self, key: Hashable, body: bytes) -> None:
        """Keeps a body if it is large enough to matter."""
        if len(body) < _WORTH_KEEPING:
            return
        with self._guard:
            self._kept[key] = _Kept(body)
            self._size += len(body)
            while self._size > _MOST_BYTES:
                self._size -= self._kept.popitem(last=False)[1].size

    def clear(self) -> None:
        """Forgets everything: who may see what has changed."""
        with self._guard:
            self._kept.clear()
            self._size = 0

    def dress(self, key: Hashable, request: Request, answer: Answer) -> None:
        """Puts the compressed body into an answer, compressing it at the first time."""
        with self._guard:
            kept = self._kept.get(key)
        if kept is None or "gzip" not in request.headers.get("Accept-Encoding", ""):
            return
        if kept.packed is None:
            packed = gzip.compress(kept.body, 1, mtime=0)
            with self._guard:
                kept.packed = packed
                self._size += len(packed)
        answer.body = kept.packed
        answer.headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}

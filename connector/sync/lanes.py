"""Maps an object's pages in their order: in the pulling thread, and packed ones beside it once a process stands.

Pages of a large read come packed. While the first of them is mapped here, a process starts; from then on it unpacks
and maps the next page while the writer takes the one before. Where it fails, the page is mapped here as if there
were none, so that errors and rejects are the same by either lane.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from connector.adapters.base import PackedRows, Page, Shape
from connector.mapping.process import MapperProcess

if TYPE_CHECKING:
    from connector.mapping import Context, Mapped, ObjectMapping, RowMapper

log = logging.getLogger("crossfunnel.sync")

#: pages at the process while the one before is on its way to the writer
AHEAD = 1


class Lanes:
    """The two lanes of one object. ``slot`` is held while a process runs: one per source bounds the memory."""

    def __init__(
        self, mapping: ObjectMapping, shape: Shape, context: Context, mapper: RowMapper, slot: threading.Semaphore
    ) -> None:
        self._rules = mapping, shape, context
        self._mapper = mapper
        self._slot = slot
        self._process: MapperProcess | None = None
        self._may_start = MapperProcess.may_hold(mapping)
        self._sent: deque[Page] = deque()

    def map(self, pages: Iterable[Page]) -> Iterator[tuple[Page, Mapped]]:
        """Each page with what became of its rows."""
        try:
            for page in pages:
                if self._takes(page.rows):
                    self._sent.append(page)
                    if len(self._sent) > AHEAD:
                        yield self._received()
                    continue
                while self._sent:
                    yield self._received()
                yield page, self._mapper.map(page.rows)
            while self._sent:
                yield self._received()
        finally:
            self._close()

    def _takes(self, rows: object) -> bool:
        """Sends packed rows to the process, where one is ready."""
        if not isinstance(rows, PackedRows):
            return False
        if self._process is None and self._may_start and self._slot.acquire(blocking=False):
            self._start()
        if self._process is None or not self._process.ready:
            return False
        self._process.send(rows)
        return True

    def _start(self) -> None:
        self._may_start = False
        try:
            self._process = MapperProcess(*self._rules)
        except OSError as problem:
            self._slot.release()
            log.debug("no process to map with: %s", problem)

    def _received(self) -> tuple[Page, Mapped]:
        page = self._sent.popleft()
        mapped = self._process.receive() if self._process is not None else None
        return page, mapped if mapped is not None else self._mapper.map(page.rows)

    def _close(self) -> None:
        if self._process is not None:
            self._process.close()
            self._process = None
            self._slot.release()

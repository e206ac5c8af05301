"""Pulls one source: signs in, reads its objects side by side, maps each page, and hands it to the writer.

Runs in threads of its own. It must not touch the store: what it needs of it (cursors, remembered metadata)
is given to it before it starts, and what comes out goes through the queue, whose bound is what keeps memory
flat whatever the size of the org.
"""

from __future__ import annotations

import hashlib
import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from connector.adapters.base import Adapter, Cursor, Frame, Shape
from connector.errors import CrossfunnelError, PermissionDenied
from connector.mapping import RowMapper
from connector.sync.lanes import Lanes
from connector.sync.messages import Message, ObjectEnded, ObjectStarted, PageMapped, SourceEnded

if TYPE_CHECKING:
    from connector.mapping import Context, KindMapping, ObjectMapping

log = logging.getLogger("crossfunnel.sync")

OBJECTS_AT_ONCE = 4


class Stopped(Exception):
    """The run is ending; a pulling thread gives up where it stands. Its cursor is not ahead of what is committed."""


@dataclass
class Outbox:
    """The bounded way to the writer; a thread that waits for room notices within a moment that the run is ending."""

    messages: queue.Queue[Message]
    stopping: threading.Event

    def put(self, message: Message) -> None:
        while not self.stopping.is_set():
            try:
                return self.messages.put(message, timeout=0.2)
            except queue.Full:
                continue
        raise Stopped


@dataclass
class Start:
    """Where an object's last committed read ended, and what it was read with."""

    cursor: Cursor | None = None
    fingerprint: str | None = None


@dataclass
class SourcePull:
    """One source's part of a run."""

    adapter: Adapter
    mapping: KindMapping
    objects: list[ObjectMapping]
    make_context: Callable[[Frame], Context]
    outbox: Outbox
    starts: dict[str, Start] = field(default_factory=dict)
    full: bool = False
    settings_mark: str = ""
    start_date: str | None = None
    process_slot: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(1))

    def run(self) -> None:
        """Reads everything that is asked of this source; never raises."""
        error: CrossfunnelError | None = None
        try:
            self._read_all()
        except Stopped:
            return
        except Exception as problem:
            error = as_crossfunnel_error(problem)
        finally:
            self.adapter.close()
        try:
            self.outbox.put(SourceEnded(self.adapter.name, error))
        except Stopped:
            return

    def _read_all(self) -> None:
        self.adapter.connect()
        frame = self.adapter.frame(self.mapping.lookups(), self.mapping.labels())
        context = self.make_context(frame)
        for reference in (True, False):
            self._side_by_side([one for one in self.objects if one.wanted.reference is reference], context)

    def _side_by_side(self, objects: list[ObjectMapping], context: Context) -> None:
        """Daemon threads, not a pool: a run that is told to end must not wait for an answer that never comes."""
        todo: queue.SimpleQueue[ObjectMapping] = queue.SimpleQueue()
        for one in objects:
            todo.put(one)

        def work() -> None:
            try:
                while not self.outbox.stopping.is_set():
                    self._read_object(todo.get_nowait(), context)
            except (queue.Empty, Stopped):
                return

        name = f"pull-{self.adapter.name}"
        threads = [threading.Thread(target=work, name=name, daemon=True) for _ in objects[:OBJECTS_AT_ONCE]]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _read_object(self, mapping: ObjectMapping, context: Context) -> None:
        """One object; its failure is its own and does not stop the others."""
        name, source = mapping.object, self.adapter.name
        try:
            shape = self.adapter.shape(mapping.wanted)
            if shape.absent:
                self.outbox.put(ObjectEnded(source, name, self.adapter.requests_for(name), absent=True))
                return
            self._read_pages(mapping, shape, context)
            self.outbox.put(ObjectEnded(source, name, self.adapter.requests_for(name)))
        except Stopped:
            raise
        except Exception as problem:
            requests = self.adapter.requests_for(name)
            if mapping.optional and isinstance(problem, PermissionDenied):
                log.warning("%s %s: counts as empty: %s", source, name, problem)
                self.outbox.put(ObjectEnded(source, name, requests, absent=True))
                return
            self.outbox.put(ObjectEnded(source, name, requests, error=as_crossfunnel_error(problem)))

    def _read_pages(self, mapping: ObjectMapping, shape: Shape, context: Context) -> None:
        source, name = self.adapter.name, mapping.object
        start = self.starts.get(name, Start())
        zone = context.source_zone.key if mapping.tells_source_days else ""
        mark = fingerprint_of(mapping.fingerprint, shape, f"{self.settings_mark} {zone}")
        whole = self.full or (start.cursor is not None and start.fingerprint != mark)
        cursor = None if whole else start.cursor
        mapper = RowMapper(mapping, shape, context)
        since = None if mapping.wanted.reference else self.start_date
        self.outbox.put(ObjectStarted(source, name, shape, mapper, mark, restart=cursor is None, since=since))
        lanes = Lanes(mapping, shape, context, mapper, self.process_slot)
        for page, mapped in lanes.map(self.adapter.pages(mapping.wanted, shape, cursor, whole=whole)):
            fetched = len(page.rows) + len(page.tombstones)
            page.rows = []
            self.outbox.put(PageMapped(source, name, mapped, page, fetched, self.adapter.requests_for(name)))


def fingerprint_of(rules: str, shape: Shape, settings_mark: str) -> str:
    """Hash of all that decides what a row becomes; a read with another one is no base for an incremental one."""
    parts = "\n".join([rules, ",".join(sorted(shape.columns)), settings_mark])
    return hashlib.sha256(parts.encode()).hexdigest()[:32]


def as_crossfunnel_error(problem: Exception) -> CrossfunnelError:
    """Our own errors as they are; anything else is a bug of ours, whose traceback goes to the log at debug level."""
    if isinstance(problem, CrossfunnelError):
        return problem
    log.debug("internal error", exc_info=problem)
    return CrossfunnelError(
        f"internal error: {type(problem).__name__}: {problem}",
        hint="run again with -v and report what it prints",
    )

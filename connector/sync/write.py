"""The one writer: commits each page with its rejects, cursor, counts and derived rows in one transaction.

It runs in the main thread and is the only one to touch the store during a run.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from connector import instants
from connector.store import (
    ObjectLog,
    SeenIds,
    Store,
    delete,
    has_rows,
    load,
    log_object,
    mark_pending,
    resolve_rejects,
    write_cursor,
    write_missing,
    write_rejects,
)
from connector.store.missing import WHOLE_OBJECT
from connector.sync.messages import Message, ObjectEnded, ObjectStarted, PageMapped, SourceEnded
from connector.sync.tally import Tally

if TYPE_CHECKING:
    from connector.report.progress import Progress
    from connector.sync.deriving import Deriving
    from connector.sync.summary import ObjectSummary, RunSummary


@dataclass
class OpenObject:
    """An object that is being read: what was known of it before its first page."""

    started: ObjectStarted
    summary: ObjectSummary
    fresh: dict[str, bool]
    seen: SeenIds | None = None
    begun: float = field(default_factory=time.monotonic)

    @property
    def key(self) -> tuple[str, str]:
        return self.started.source, self.started.object


class DryRunOver(Exception):
    """Rolls a dry run's transaction back; never leaves this module."""


@dataclass
class Writer:
    """Takes messages one by one; ``dry_run`` does all the work and takes every page back."""

    store: Store
    summary: RunSummary
    deriving: Deriving
    progress: Progress
    dry_run: bool = False
    _open: dict[tuple[str, str], OpenObject] = field(default_factory=dict)

    def take(self, message: Message) -> None:
        """Does what one message asks. An error of the store passes through and ends the run."""
        match message:
            case ObjectStarted():
                self._start(message)
            case PageMapped():
                self._page(message)
            case ObjectEnded():
                self._end(message)
            case SourceEnded():
                self.summary.sources[message.source].error = message.error

    def close(self) -> None:
        """Lets go of what open objects hold, where the run ended before them."""
        for one in self._open.values():
            if one.seen is not None:
                one.seen.close()
        self._open.clear()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One write transaction, taken back at its end in a dry run."""
        try:
            with self.store.write() as conn:
                yield conn
                if self.dry_run:
                    raise DryRunOver
        except DryRunOver:
            pass

    def _start(self, message: ObjectStarted) -> None:
        summary = self.summary.sources[message.source].objects[message.object]
        summary.status = "running"
        now = instants.now()
        with self.transaction() as conn:
            fresh = {
                output.table: not has_rows(conn, output.table, message.source, message.object)
                for output in message.mapper.outputs
            }
            write_missing(conn, message.source, message.object, message.shape.missing, at=now)
        self._open[message.source, message.object] = OpenObject(message, summary, fresh)

    def _page(self, message: PageMapped) -> None:
        one = self._open[message.source, message.object]
        now = instants.now()
        with self.transaction() as conn:
            if message.page.whole and one.seen is None:
                one.seen = SeenIds.begin(conn, *one.key, tuple(one.fresh))
            tally = self._write_rows(conn, one, message, now)
            tally.deleted += self._write_gone(conn, one, message, tally, now)
            write_rejects(conn, *one.key, message.mapped.rejects, run_id=self.summary.run_id)
            self._derive(conn, one, tally)
            if message.page.cursor is not None:
                write_cursor(
                    conn,
                    *one.key,
                    message.page.cursor,
                    fingerprint=one.started.fingerprint,
                    run_id=self.summary.run_id,
                    at=now,
                )
            self._count(one, message, tally)
            log_object(conn, self._log_of(one.started.source, one.summary))
        self.progress.advanced(message.source, one.summary)

    def _write_rows(self, conn: Connection, one: OpenObject, message: PageMapped, now: str) -> Tally:
        tally = Tally(message.mapped)
        for output in message.mapped.outputs:
            columns, rows = output.columns, message.mapped.rows[output.table]
            fresh = one.fresh[output.table]
            if fresh and output.table == "opportunity":
                columns, rows = self.deriving.enrich(columns, rows)
            loaded = load(conn, output.table, columns, rows, synced_at=now, fresh=fresh)
            tally.add(output.table, columns, rows, loaded)
        resolve_rejects(conn, *one.key, tally.source_ids())
        if one.seen is not None:
            one.seen.add(tally.source_ids())
            one.seen.add(reject.source_id for reject in message.mapped.rejects)
        return tally

    def _write_gone(self, conn: Connection, one: OpenObject, message: PageMapped, tally: Tally, now: str) -> int:
        """Marks tombstones, records that no longer pass ``keep``, and what a whole read did not meet."""
        source, name = one.key
        gone: dict[str, str | None] = {stone.source_id: stone.deleted_at for stone in message.page.tombstones}
        gone.update(dict.fromkeys(message.mapped.dropped))
        records: set[str] = set()
        for table in one.fresh:
            changed = delete(conn, table, source, name, gone, synced_at=now) if gone else []
            tally.touch(table, changed)
            records |= set(changed)
        deleted = len(records)
        tally.unchanged += len(message.page.tombstones) + len(message.mapped.dropped) - deleted
        if gone:
            resolve_rejects(conn, source, name, gone)
        if one.seen is not None and message.page.last:
            deleted += self._write_missing_records(conn, one, tally, now)
        return deleted

    def _write_missing_records(self, conn: Connection, one: OpenObject, tally: Tally, now: str) -> int:
        """What a whole read did not meet is gone at the source: each counts as fetched, by its absence, and deleted."""
        assert one.seen is not None
        deleted = 0
        for unseen in one.seen.missing(conn):
            records: set[str] = set()
            for table in one.fresh:
                changed = delete(conn, table, *one.key, unseen, synced_at=now)
                tally.touch(table, changed)
                records |= set(changed)
            deleted += len(records)
        tally.absent += deleted
        one.seen.close()
        one.seen = None
        return deleted

    def _derive(self, conn: Connection, one: OpenObject, tally: Tally) -> None:
        """Deals touched by an incremental page are rebuilt at once; a first load's are noted for the end of the run."""
        deals = tally.touched_deals(conn)
        if not deals:
            return
        if one.started.restart:
            mark_pending(conn, deals)
        else:
            self.deriving.deals(conn, deals)

    def _count(self, one: OpenObject, message: PageMapped, tally: Tally) -> None:
        summary = one.summary
        summary.fetched += message.fetched + tally.absent
        summary.loaded += tally.loaded
        summary.unchanged += tally.unchanged
        summary.deleted += tally.deleted
        summary.rejected += len(message.mapped.rejects)
        summary.requests = message.requests
        summary.seconds = time.monotonic() - one.begun

    def _end(self, message: ObjectEnded) -> None:
        summary = self.summary.sources[message.source].objects[message.object]
        one = self._open.pop((message.source, message.object), None)
        if one is not None:
            summary.seconds = time.monotonic() - one.begun
            if one.seen is not None:
                one.seen.close()
        summary.requests = message.requests
        summary.error = message.error
        summary.status = "failed" if message.error else "absent" if message.absent else "ok"
        with self.transaction() as conn:
            if message.absent:
                write_missing(conn, message.source, message.object, [WHOLE_OBJECT], at=instants.now())
            log_object(conn, self._log_of(message.source, summary))
        self.progress.ended(message.source, summary)

    def _log_of(self, source: str, summary: ObjectSummary) -> ObjectLog:
        counts: dict[str, Any] = {
            name: getattr(summary, name)
            for name in ("status", "fetched", "loaded", "unchanged", "rejected", "deleted", "requests", "seconds")
        }
        return ObjectLog(
            run_id=self.summary.run_id,
            source=source,
            object=summary.object,
            table_name=",".join(summary.tables),
            error_code=summary.error.code if summary.error else None,
            message=summary.error.message if summary.error else None,
            **counts,
        )

"""The one writer: commits each page with its rejects, cursor, counts and derived rows in one transaction.

It runs in the main thread and is the only one to touch the store during a run.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from connector import instants
from connector.errors import CrossfunnelError
from connector.store import (
    ObjectLog,
    SeenIds,
    Store,
    delete,
    forget_nameless,
    forget_unmet,
    has_rows,
    load,
    log_object,
    mark_all_pending,
    mark_pending,
    resolve_rejects,
    write_cursor,
    write_missing,
    write_rejects,
)
from connector.store.missing import WHOLE_OBJECT
from connector.sync.messages import Message, ObjectEnded, ObjectStarted, PageMapped, SourceEnded
from connector.sync.revived import note_revived
from connector.sync.tally import Tally, record_of

if TYPE_CHECKING:
    from connector.adapters.base import Page
    from connector.mapping import Mapped
    from connector.sync.derive import Deriver
    from connector.sync.progress import Progress
    from connector.sync.summary import ObjectSummary, RunSummary


@dataclass
class OpenObject:
    """An object that is being read: what was known of it before its first page."""

    started: ObjectStarted
    summary: ObjectSummary
    fresh: dict[str, bool]
    seen: SeenIds | None = None
    begun: float = field(default_factory=time.monotonic)
    #: of an earlier pass over the object in the same run
    asked_before: int = 0
    met_nameless: bool = False

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
    deriver: Deriver
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
                self._end_source(message)

    def _end_source(self, message: SourceEnded) -> None:
        source = self.summary.sources[message.source]
        source.error = message.error
        unread = [one for one in source.objects.values() if one.status == "waiting"]
        with self.transaction() as conn:
            for one in unread:
                one.status = "not read"
                log_object(conn, self._log_of(message.source, one, message.error))

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
        self._open[message.source, message.object] = OpenObject(message, summary, fresh, asked_before=summary.requests)

    def _page(self, message: PageMapped) -> None:
        one = self._open[message.source, message.object]
        now = instants.now()
        with self.transaction() as conn:
            if message.page.whole and one.seen is None:
                one.seen = SeenIds.begin(conn, *one.key, tuple(one.fresh), since=one.started.since)
                forget_nameless(conn, *one.key)
            tally = Tally(message.mapped)
            self._write_rows(conn, one, message.mapped, tally, now)
            self._write_gone(conn, one, message, tally, now)
            write_rejects(conn, *one.key, message.mapped.rejects, run_id=self.summary.run_id)
            if message.page.whole and message.page.last and not one.met_nameless:
                self._forget_unmet(conn, one)
            if tally.loaded or tally.deleted:
                self.deriver.touch(conn)
            self._derive(conn, one, tally)
            self._move_cursor(conn, one, message.page, now)
            self._count(one, message, tally)
            log_object(conn, _balanced(self._log_of(message.source, one.summary)))
        self.progress.advanced(message.source, one.summary)

    def _write_rows(self, conn: Connection, one: OpenObject, mapped: Mapped, tally: Tally, now: str) -> None:
        for output in mapped.outputs:
            columns: Sequence[str] = output.columns
            rows = mapped.rows[output.table]
            fresh = one.fresh[output.table]
            if fresh:
                columns, rows = self.deriver.enrich(conn, output.table, columns, rows)
            elif output.table == "opportunity":
                note_revived(conn, one.started.source, rows)
            loaded = load(conn, output.table, columns, rows, synced_at=now, fresh=fresh)
            tally.add(output.table, columns, rows, loaded, first=fresh and one.started.restart)
        resolve_rejects(conn, *one.key, mapped.accepted)
        if one.seen is not None:
            one.seen.add(mapped.accepted)
            one.seen.add(mapped.dropped)
            one.seen.add(reject.source_id for reject in mapped.rejects)

    def _write_gone(self, conn: Connection, one: OpenObject, message: PageMapped, tally: Tally, now: str) -> None:
        """Marks tombstones, records that no longer pass ``keep``, and what a whole read did not meet."""
        gone: dict[str, str | None] = {stone.source_id: stone.deleted_at for stone in message.page.tombstones}
        gone.update(dict.fromkeys(message.mapped.dropped))
        tally.marked = self._mark(conn, one, gone, tally, now)
        tally.idle = len(message.page.tombstones) + len(message.mapped.dropped) - tally.marked
        resolve_rejects(conn, *one.key, gone)
        one.met_nameless |= any(reject.source_id is None for reject in message.mapped.rejects)
        if one.seen is not None and message.page.last:
            # a record without an id may be any of the unseen ones, so none of them is known to be gone
            for unseen in () if one.met_nameless else one.seen.missing(conn):
                tally.absent += self._mark(conn, one, dict.fromkeys(unseen), tally, now)
            tally.marked += tally.absent
            one.seen.close()
            one.seen = None

    def _forget_unmet(self, conn: Connection, one: OpenObject) -> None:
        """Rejects whose records are gone must not come to life when they are mapped again."""
        field = one.started.shape.modified_field
        forget_unmet(conn, *one.key, run_id=self.summary.run_id, modified_field=field, since=one.started.since)

    def _mark(self, conn: Connection, one: OpenObject, gone: Mapping[str, str | None], tally: Tally, now: str) -> int:
        """Marks every row of these records deleted; returns how many records that changed."""
        records: set[str] = set()
        for table in one.fresh if gone else ():
            changed = delete(conn, table, *one.key, gone, synced_at=now)
            tally.mark(table, changed)
            records.update(record_of(each.removeprefix(f"{one.started.source}:")) for each in changed)
        return len(records)

    def _derive(self, conn: Connection, one: OpenObject, tally: Tally) -> None:
        """Deals touched by an incremental page are rebuilt at once; a first load's are settled or noted for the end."""
        deals = tally.touched_deals(conn)
        if tally.every_deal or (tally.new_deals and not self.deriver.settle(conn, *tally.new_deals)):
            mark_all_pending(conn)
        if one.started.restart:
            mark_pending(conn, deals)
        elif deals:
            self.deriver.deals(conn, deals)

    def _move_cursor(self, conn: Connection, one: OpenObject, page: Page, now: str) -> None:
        """A last page without a cursor means that the next run reads the object whole again."""
        if page.cursor is not None or page.last:
            mark, run_id = one.started.fingerprint, self.summary.run_id
            write_cursor(conn, *one.key, page.cursor, fingerprint=mark, run_id=run_id, at=now)

    def _count(self, one: OpenObject, message: PageMapped, tally: Tally) -> None:
        summary = one.summary
        summary.fetched += message.fetched + tally.absent
        summary.loaded += tally.loaded
        summary.unchanged += tally.unchanged
        summary.deleted += tally.deleted
        summary.rejected += len(message.mapped.rejects)
        summary.requests = one.asked_before + message.requests
        summary.seconds = time.monotonic() - one.begun

    def _end(self, message: ObjectEnded) -> None:
        summary = self.summary.sources[message.source].objects[message.object]
        one = self._open.pop((message.source, message.object), None)
        if one is not None:
            summary.seconds = time.monotonic() - one.begun
            if one.seen is not None:
                one.seen.close()
        summary.requests = message.requests + (one.asked_before if one is not None else 0)
        summary.error = message.error
        summary.status = "failed" if message.error else "absent" if message.absent else "ok"
        with self.transaction() as conn:
            if message.absent:
                write_missing(conn, message.source, message.object, [WHOLE_OBJECT], at=instants.now())
            log_object(conn, _balanced(self._log_of(message.source, summary)))
        self.progress.ended(message.source, summary)

    def _log_of(self, source: str, summary: ObjectSummary, error: CrossfunnelError | None = None) -> ObjectLog:
        """The line of one object; ``error`` is what ended its whole source."""
        error = summary.error or error
        counts: dict[str, Any] = {
            name: getattr(summary, name)
            for name in ("status", "fetched", "loaded", "unchanged", "rejected", "deleted", "requests", "seconds")
        }
        return ObjectLog(
            run_id=self.summary.run_id,
            source=source,
            object=summary.object,
            table_name=",".join(summary.tables),
            error_code=error.code if error else None,
            message=error.message if error else None,
            **counts,
        )


def _balanced(log: ObjectLog) -> ObjectLog:
    """Promise 4, held in every run: where a record is unaccounted for, the page is taken back and the run ends."""
    if log.balanced:
        return log
    raise CrossfunnelError(
        f"{log.source}: {log.object}: of {log.fetched} records fetched, {log.loaded} are loaded, {log.unchanged} "
        f"unchanged, {log.rejected} rejected and {log.deleted} deleted, which does not add up",
        hint="this is a mistake of the program; nothing of this page was kept, please report it",
    )

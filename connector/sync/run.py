"""One run of sync: the sources pull side by side, one writer commits, derived rows are brought up to date."""

from __future__ import annotations

import queue
import secrets
import signal
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from connector import instants
from connector.adapters.base import Frame
from connector.config import require
from connector.errors import CrossfunnelError, Interrupted
from connector.mapping import Context, load_mappings
from connector.store import (
    MetadataCache,
    Store,
    begin_run,
    build_indexes,
    finish_run,
    forget_unmapped,
    missing_count,
    open_store,
    prune,
    read_cursor,
    targets,
)
from connector.sync.adapters import ensure_readable, make_adapter
from connector.sync.derive import Deriver, context_of, drift_count
from connector.sync.hash_key import hash_key
from connector.sync.messages import Message, SourceEnded
from connector.sync.plan import Plan, make_plans
from connector.sync.progress import Progress, Silent
from connector.sync.pull import Outbox, SourcePull, Start
from connector.sync.revived import read_again
from connector.sync.summary import ObjectSummary, RunSummary, SourceSummary
from connector.sync.write import Writer

if TYPE_CHECKING:
    from connector.mapping import Mappings
    from connector.settings import Settings, Source

#: pages on their way to the writer: with pages of some thousand rows this bounds memory
PAGES_IN_FLIGHT = 2


@dataclass(frozen=True)
class SyncOptions:
    """What the command line asks of a run."""

    sources: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    full: bool = False
    dry_run: bool = False


def run_sync(settings: Settings, options: SyncOptions = SyncOptions(), progress: Progress | None = None) -> RunSummary:
    """Reads what changed into the store and returns what was done; its ``exit_code`` is the command's.

    Raises ConfigError and MappingError before anything is asked of a source, StoreLocked where another
    sync runs. What fails at one source or object is in the summary and does not stop the others.
    """
    sources = require(settings, options.sources)
    ensure_readable(sources)
    mappings = load_mappings(settings.mappings, targets(), sorted({source.kind for source in sources}))
    plans = make_plans(sources, mappings, options.objects)
    with ExitStack() as stack:
        path = settings.store_path
        if options.dry_run and not path.exists():
            path = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "dry-run.db"
        path.parent.mkdir(parents=True, exist_ok=True)
        store = stack.enter_context(open_store(path))
        stack.enter_context(store.lock)
        stack.enter_context(_signals_raise())
        key = hash_key(store, (one for plan in plans for one in plan.objects), keep=not options.dry_run)
        run = _Run(settings, options, mappings, plans, store, key, progress or Silent())
        return run.go()


@dataclass
class _Run:
    settings: Settings
    options: SyncOptions
    mappings: Mappings
    plans: list[Plan]
    store: Store
    hash_key: bytes
    progress: Progress

    def go(self) -> RunSummary:
        summary = self._empty_summary()
        deriver = Deriver(context_of(self.settings, self.mappings))
        writer = Writer(self.store, summary, deriver, self.progress, dry_run=self.options.dry_run)
        with writer.transaction() as conn:
            begin_run(conn, summary.run_id, at=instants.now())
            deriver.begin(conn)
            read_again(conn, self.plans, self.mappings)
            for plan in self.plans:
                forget_unmapped(conn, plan.source.name, self.mappings.kinds[plan.source.kind].objects)
        try:
            self._pull_and_write(writer, self.plans)
            with writer.transaction() as conn:
                again = read_again(conn, self.plans, self.mappings)
            if again:
                self._pull_and_write(writer, again)
            self._finish(writer, deriver, summary)
        except (KeyboardInterrupt, Interrupted) as stop:
            summary.stopped = stop if isinstance(stop, Interrupted) else Interrupted("interrupted")
        except CrossfunnelError as error:
            with suppress(CrossfunnelError):
                self._note_end(writer, summary, "failed", error.exit_code)
            raise
        finally:
            writer.close()
        self._note_end(writer, summary, summary.status, summary.exit_code)
        self.store.checkpoint()
        return summary

    def _note_end(self, writer: Writer, summary: RunSummary, status: str, exit_code: int) -> None:
        with writer.transaction() as conn:
            told = summary.to_json()
            finish_run(conn, summary.run_id, status=status, exit_code=exit_code, summary=told, at=instants.now())

    def _empty_summary(self) -> RunSummary:
        begun = datetime.now(UTC)
        # ids rise with time, also within a second: the last run is the one with the greatest
        run_id = f"{begun:%Y%m%dT%H%M%SZ}-{begun.microsecond:05x}{secrets.token_hex(2)}"
        summary = RunSummary(run_id, drift_fails=self.settings.sync.on_drift == "fail")
        for plan in self.plans:
            objects = {one.object: ObjectSummary(one.object, one.tables) for one in plan.objects}
            summary.sources[plan.source.name] = SourceSummary(plan.source.name, plan.source.kind, objects)
        return summary

    def _pull_and_write(self, writer: Writer, plans: Sequence[Plan]) -> None:
        stopping = threading.Event()
        messages: queue.Queue[Message] = queue.Queue(PAGES_IN_FLIGHT)
        caches = self._caches()
        pulls = [self._pull(plan, caches[plan.source.name], Outbox(messages, stopping)) for plan in plans]
        threads = [threading.Thread(target=pull.run, name=f"pull-{pull.adapter.name}", daemon=True) for pull in pulls]
        for thread in threads:
            thread.start()
        try:
            running = len(threads)
            while running:
                message = messages.get()
                writer.take(message)
                if isinstance(message, SourceEnded):
                    running -= 1
                    with writer.transaction() as conn:
                        caches[message.source].save(conn)
        finally:
            stopping.set()

    def _caches(self) -> dict[str, MetadataCache]:
        with self.store.read() as conn:
            return {plan.source.name: MetadataCache.read(conn, plan.source.name) for plan in self.plans}

    def _pull(self, plan: Plan, cache: MetadataCache, outbox: Outbox) -> SourcePull:
        source = plan.source
        context = make_context(source, self.settings, self.hash_key)
        return SourcePull(
            adapter=make_adapter(source, cache),
            mapping=self.mappings.kinds[source.kind],
            objects=list(plan.objects),
            make_context=lambda frame: replace(context, frame=frame),
            outbox=outbox,
            starts=self._starts(plan),
            full=self.options.full,
            settings_mark=settings_mark(source),
            start_date=source.start_date,
        )

    def _starts(self, plan: Plan) -> dict[str, Start]:
        starts = {}
        with self.store.read() as conn:
            for one in plan.objects:
                stored = read_cursor(conn, plan.source.name, one.object)
                if stored is not None:
                    starts[one.object] = Start(stored.cursor, stored.fingerprint)
        return starts

    def _finish(self, writer: Writer, deriver: Deriver, summary: RunSummary) -> None:
        """Indexes, derived rows, drift, retention: what is due once all pages are in."""
        with writer.transaction() as conn:
            build_indexes(conn)
            deriver.finish(conn)
            summary.drift = sum(drift_count(conn, plan.source.name) for plan in self.plans)
            summary.missing = sum(missing_count(conn, plan.source.name) for plan in self.plans)
            prune(
                conn,
                versions_before=_days_ago(self.settings.sync.retain_versions_days),
                rejects_before=_days_ago(self.settings.sync.retain_rejects_days),
            )


def make_context(source: Source, settings: Settings, hash_key: bytes = b"") -> Context:
    """The mapping context of one source, its frame still empty."""
    return Context(
        source=source.name,
        frame=Frame(),
        base_currency=settings.report.base_currency,
        default_currency=source.currency or settings.report.base_currency,
        report_zone=settings.report.zone,
        source_zone=source.zone or settings.report.zone,
        hash_key=hash_key,
    )


def settings_mark(source: Source) -> str:
    """The source's own settings that decide what a row becomes: another value means reading again.

    What is inherited from [report] is not among them: its changes are computed from the rows that are there.
    """
    return f"{source.currency or ''} {source.timezone or ''} {source.start_date or ''}"


def _days_ago(days: int) -> str | None:
    return instants.spell(datetime.now(UTC) - timedelta(days=days)) if days else None


@contextmanager
def _signals_raise() -> Iterator[None]:
    """SIGTERM ends a run as orderly as Ctrl-C does, where this is the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, _: FrameType | None) -> None:
        raise Interrupted("ended by a signal", signal_number=number)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)

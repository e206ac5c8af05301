"""How a running sync shows: bars on a terminal, one log line per object otherwise. Both write to standard error."""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import TaskID

    from connector.sync.summary import ObjectSummary

log = logging.getLogger("crossfunnel.sync")


class LogLines:
    """One line when an object ends: what a nightly job leaves in its log."""

    def advanced(self, source: str, summary: ObjectSummary) -> None:
        pass

    def ended(self, source: str, summary: ObjectSummary) -> None:
        if summary.error is not None:
            log.error("%s %s: %s", source, summary.object, summary.error.message)
            return
        log.info(
            "%s %s: %s, %d fetched, %d loaded, %d unchanged, %d rejected, %d deleted, %d requests, %.1f s",
            source,
            summary.object,
            summary.status,
            summary.fetched,
            summary.loaded,
            summary.unchanged,
            summary.rejected,
            summary.deleted,
            summary.requests,
            summary.seconds,
        )


class Bars(AbstractContextManager["Bars"]):
    """A live line per object: its rows so far, and how fast they come."""

    def __init__(self, console: Console) -> None:
        from rich.progress import Progress as RichProgress
        from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

        self._bars = RichProgress(
            SpinnerColumn(finished_text="[green]✓"),
            TextColumn("{task.description}"),
            TextColumn("{task.completed:,.0f} records", justify="right"),
            TextColumn("{task.fields[note]}"),
            TimeElapsedColumn(),
            console=console,
        )
        self._tasks: dict[tuple[str, str], TaskID] = {}

    def __enter__(self) -> Bars:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def advanced(self, source: str, summary: ObjectSummary) -> None:
        self._bars.update(self._task(source, summary), completed=summary.fetched)

    def ended(self, source: str, summary: ObjectSummary) -> None:
        note = summary.error.code if summary.error else "" if summary.status == "ok" else summary.status
        total = max(summary.fetched, 1)
        self._bars.update(self._task(source, summary), completed=total, total=total, note=note)

    def _task(self, source: str, summary: ObjectSummary) -> TaskID:
        key = (source, summary.object)
        if key not in self._tasks:
            self._tasks[key] = self._bars.add_task(f"{source} {summary.object}", total=None, note="")
        return self._tasks[key]

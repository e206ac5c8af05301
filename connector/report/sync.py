"""How a sync shows: progress while it runs, and its summary at the end."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from connector.report.progress import Bars, LogLines
from connector.report.render import as_csv, as_json, as_table

if TYPE_CHECKING:
    from connector.sync.progress import Progress
    from connector.sync.summary import RunSummary

_COLUMNS = (
    "source", "object", "table", "status", "fetched", "loaded", "unchanged", "rejected", "deleted", "requests",
    "seconds",
)  # fmt: skip


@contextmanager
def shown_progress(*, quiet: bool) -> Iterator[Progress]:
    """Bars where standard error is a terminal, log lines otherwise, nothing where it is to be quiet."""
    if quiet:
        from connector.sync.progress import Silent

        yield Silent()
    elif sys.stderr.isatty():
        from rich.console import Console

        with Bars(Console(stderr=True)) as bars:
            yield bars
    else:
        yield LogLines()


def render_summary(summary: RunSummary, format_: str) -> str:
    """The run's summary: a table for people, JSON as the contract has it, CSV one line an object."""
    if format_ == "json":
        return as_json(summary.to_json())
    rows: list[dict[str, Any]] = [
        {"source": source.source, **one.to_json()}
        for source in summary.sources.values()
        for one in source.objects.values()
    ]
    if format_ == "csv":
        return as_csv(_COLUMNS, rows)
    lines = [as_table(_COLUMNS, rows)] if rows else []
    lines += [f"{', '.join(where)}: {cause}" for cause, where in _causes(summary).items()]
    if summary.rejected:
        records = "record" if summary.rejected == 1 else "records"
        lines.append(f"{summary.rejected} {records} rejected; `crossfunnel rejects` lists each with its cause")
    if summary.missing:
        lines.append(f"mapped fields that the org lacks or hides: {summary.missing}; `crossfunnel status` lists them")
    if summary.drift:
        values = "value that no mapping entry claims" if summary.drift == 1 else "values that no mapping entry claims"
        lines.append(f"drift: {summary.drift} {values}; `crossfunnel status` tells more")
    lines.append(f"run {summary.run_id}: {summary.status}{_but(summary)}")
    return "\n".join(lines)


def _but(summary: RunSummary) -> str:
    """Why a run that read everything ends as a failure all the same."""
    if summary.status != "ok" or not summary.fails_for_drift:
        return ""
    return f', but drift fails it ([sync] on_drift = "fail"): exit code {summary.exit_code}'


def _causes(summary: RunSummary) -> dict[str, list[str]]:
    """Every error once, with the sources and objects that it ended."""
    found: dict[str, list[str]] = {}
    for source in summary.sources.values():
        for where, cause in source.causes():
            hint = f" ({cause.hint})" if cause.hint else ""
            found.setdefault(f"error [{cause.code}]: {cause.message}{hint}", []).append(where)
    return found

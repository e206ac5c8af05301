"""How rejected records show: which record, which rule refused it, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from connector.report.render import as_csv, as_json, as_table

if TYPE_CHECKING:
    from connector.store.rejects import StoredReject

_COLUMNS = ("source", "object", "source_id", "rule", "message", "run_id", "retried_at")


def render_rejects(rejects: Sequence[StoredReject], format_: str) -> str:
    """One line a record; JSON also carries the fields that the mapping asked for."""
    rows: list[dict[str, Any]] = [{name: getattr(each, name) for name in _COLUMNS} for each in rejects]
    if format_ == "json":
        return as_json([{**row, "fields": each.fields} for row, each in zip(rows, rejects, strict=True)])
    if format_ == "csv":
        return as_csv(_COLUMNS, rows)
    if not rows:
        return "no rejected records"
    tail = "mend the mapping or the record, then run `crossfunnel rejects --retry`"
    return f"{as_table(_COLUMNS, rows)}\n{len(rows)} rejected; {tail}"

"""How ``crossfunnel status`` shows: freshness first, then what needs somebody's hand, then counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from connector.report.render import as_csv, as_json, as_table

if TYPE_CHECKING:
    from connector.store import StoreStatus

_PARTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("freshness", "Freshness", ("source", "object", "table", "fresh_at", "last_status", "last_message")),
    ("rejects", "Rejected records", ("source", "object", "rule", "count", "example")),
    ("missing", "Mapped fields that the org lacks or hides", ("source", "object", "field", "first_seen_at")),
    ("drift", "Unclaimed values", ("source", "object", "field", "value", "count", "first_seen_at")),
    ("dangling", "References to records that never came", ("table", "column", "refers_to", "count")),
    ("counts", "Rows", ("table", "source", "live", "deleted")),
    ("runs", "Last runs", ("run_id", "started_at", "finished_at", "status", "exit_code")),
)


def render_status(status: StoreStatus, format_: str) -> str:
    """JSON is the whole of it; CSV is the freshness; a table shows each part that has something to say."""
    if format_ == "json":
        return as_json(status.to_json())
    if format_ == "csv":
        return as_csv(_PARTS[0][2], _rows(status.freshness))
    shown = [
        f"{title}\n{as_table(columns, [_told(row) for row in _rows(getattr(status, name))])}"
        for name, title, columns in _PARTS
        if getattr(status, name)
    ]
    return "\n\n".join(shown) if shown else "the store is empty: run `crossfunnel sync`"


def _told(row: dict[str, Any]) -> dict[str, Any]:
    """A line as people read it: a source that was never read says so."""
    return {**row, "last_status": "never synced"} if row.get("object", "") is None else row


def _rows(parts: Sequence[Any]) -> list[dict[str, Any]]:
    return [asdict(part) for part in parts]

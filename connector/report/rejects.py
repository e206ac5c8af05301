"""How rejected records show: which record, which rule refused it, and why."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from connector.report.render import as_csv, as_json, as_table

if TYPE_CHECKING:
    from connector.store.rejects import StoredReject

#: decimal digits that a double keeps; longer numbers are told as text
_EXACT = 15
_COLUMNS = ("source", "object", "source_id", "rule", "message", "run_id", "retried_at")


def render_rejects(rejects: Sequence[StoredReject], format_: str) -> str:
    """One line a record; JSON also carries the fields that the mapping asked for."""
    rows: list[dict[str, Any]] = [{name: getattr(each, name) for name in _COLUMNS} for each in rejects]
    if format_ == "json":
        return as_json([{**row, "fields": _fields(each)} for row, each in zip(rows, rejects, strict=True)])
    if format_ == "csv":
        return as_csv(_COLUMNS, rows)
    if not rows:
        return "no rejected records"
    tail = "mend the mapping or the record, then run `crossfunnel rejects --retry`"
    return f"{as_table(_COLUMNS, rows)}\n{len(rows)} rejected; {tail}"


def _fields(reject: StoredReject) -> dict[str, Any]:
    """The kept fields; what refused a record may well be a number that nobody can write out."""
    return {
        name: str(value) if isinstance(value, Decimal) and not _is_short(value) else value
        for name, value in reject.fields.items()
    }


def _is_short(value: Decimal) -> bool:
    return len(value.as_tuple().digits) <= _EXACT and abs(value.adjusted()) <= _EXACT

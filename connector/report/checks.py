"""How ``crossfunnel check`` shows: one line a finding, with the mend where something does not hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from connector.redaction import redact
from connector.report.render import as_csv, as_json

if TYPE_CHECKING:
    from connector.sync.check import Finding

_COLUMNS = ("ok", "about", "what", "mend", "exit_code")


def render_checks(findings: Sequence[Finding], format_: str) -> str:
    """All findings in the order they were made."""
    rows: list[dict[str, Any]] = [
        {
            "ok": each.ok,
            "about": each.about,
            "what": redact(each.what),
            "mend": redact(each.mend),
            "exit_code": each.exit_code,
        }
        for each in findings
    ]
    if format_ == "json":
        return as_json(rows)
    if format_ == "csv":
        return as_csv(_COLUMNS, rows)
    lines = []
    for row in rows:
        lines.append(f"{_word(row)} {row['about']}: {row['what']}")
        if row["mend"]:
            lines.append(f"     {'note' if row['ok'] else 'mend'}: {row['mend']}")
    return "\n".join(lines)


def _word(row: dict[str, Any]) -> str:
    """What does not hold and yet ends no sync is a warning."""
    if row["ok"]:
        return "ok  "
    return "FAIL" if row["exit_code"] else "WARN"

"""How ``crossfunnel check`` shows: one line a finding, with the mend where something does not hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from connector.redaction import redact
from connector.report.render import as_csv, as_json

if TYPE_CHECKING:
    from connector.sync.check import Finding

_COLUMNS = ("ok", "about", "what", "mend")


def render_checks(findings: Sequence[Finding], format_: str) -> str:
    """All findings in the order they were made."""
    rows: list[dict[str, Any]] = [
        {"ok": each.ok, "about": each.about, "what": redact(each.what), "mend": redact(each.mend)} for each in findings
    ]
    if format_ == "json":
        return as_json(rows)
    if format_ == "csv":
        return as_csv(_COLUMNS, rows)
    lines = []
    for row in rows:
        lines.append(f"{'ok  ' if row['ok'] else 'FAIL'} {row['about']}: {row['what']}")
        if row["mend"]:
            lines.append(f"     {'note' if row['ok'] else 'mend'}: {row['mend']}")
    return "\n".join(lines)

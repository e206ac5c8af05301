"""How ``crossfunnel check`` shows: one line a finding, with the mend where something does not hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from connector.report.render import as_csv, as_json

if TYPE_CHECKING:
    from connector.sync.check import Finding

_COLUMNS = ("ok", "about", "what", "mend")


def render_checks(findings: Sequence[Finding], format_: str) -> str:
    """All findings in the order they were made."""
    rows: list[dict[str, Any]] = [{name: getattr(each, name) for name in _COLUMNS} for each in findings]
    if format_ == "json":
        return as_json(rows)
    if format_ == "csv":
        return as_csv(_COLUMNS, rows)
    lines = []
    for each in findings:
        lines.append(f"{'ok  ' if each.ok else 'FAIL'} {each.about}: {each.what}")
        if each.mend and not each.ok:
            lines.append(f"     mend: {each.mend}")
    return "\n".join(lines)

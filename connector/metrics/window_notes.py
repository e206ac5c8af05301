"""The notes on a window in which nothing of what is asked about lies, and on where it would be found.

It must not know which measure asks.
"""

from __future__ import annotations

from collections.abc import Iterator

from connector.metrics.notes import Day, Note
from connector.metrics.workspace import Workspace


def nothing_created(space: Workspace, cohort: str) -> Iterator[Note]:
    """That ``cohort``, a table of the deals created in the window, is empty, and when deals were created."""
    if space.rows(f"SELECT 1 FROM {cohort} LIMIT 1"):
        return
    # two questions, each of which an index answers at once
    (first,), (last,) = (space.rows(f"SELECT {end}(created_on) FROM opportunity")[0] for end in ("MIN", "MAX"))
    if first is not None:
        yield Note(
            "No deal that was asked about was created in the window; deals in the store were created from {first} to "
            "{last}.",
            first=Day(first),
            last=Day(last),
        )


def no_quota_nor_win(space: Workspace) -> Iterator[Note]:
    """That no quota period lies in the window and nothing was won in it, where the store holds anything at all."""
    (first, last), *_ = space.rows(
        "SELECT MIN(period_start), MAX(period_end) FROM quota "
        "WHERE COALESCE(is_deleted, 0) = 0 AND COALESCE(kind, 'revenue') = 'revenue' AND period_start <= period_end"
    )
    if first is not None:
        yield Note(
            "Of what was asked about, no quota period lies in the window and nothing was won in it; quota periods in "
            "the store run from {first} to {last}.",
            first=Day(first),
            last=Day(last),
        )
    elif space.rows("SELECT 1 FROM opportunity LIMIT 1"):
        yield Note("Nothing that was asked about was won in the window, and the store holds no quotas.")

"""What a store cannot tell of a past day: states that were dropped, that were never kept, or a day before its first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from connector.errors import UsageError
from connector.metrics.notes import Day, Note
from connector.store.settings import VERSIONS_BEGIN, VERSIONS_KEPT_FROM

if TYPE_CHECKING:
    from connector.metrics.known.shadows import Moment
    from connector.metrics.workspace import Workspace

_FACTS = ("opportunity", "lead", "quota")


def setting(space: Workspace, name: str) -> str | None:
    """A fact that the store keeps about itself."""
    found = space.rows("SELECT value FROM store_setting WHERE name = ?", (name,))
    return found[0][0] if found else None


def refuse_what_was_dropped(space: Workspace, moment: Moment) -> None:
    """UsageError where [sync] retain_versions_days has dropped states that were known on that day."""
    kept_from = setting(space, VERSIONS_KEPT_FROM)
    if kept_from is not None and moment.end < kept_from:
        raise UsageError(
            f"--known-at {moment.day}: what was known before {kept_from[:10]} is kept no longer.",
            hint="[sync] retain_versions_days says how long it is kept. Ask for a later day, or leave --known-at out.",
        )


def limits(space: Workspace, moment: Moment) -> list[Note]:
    """The notes that go with every answer for that day."""
    return list(_notes(space, moment))


def _notes(space: Workspace, moment: Moment) -> Iterator[Note]:
    if not any(space.rows(f"SELECT 1 FROM {table} LIMIT 1") for table in _FACTS):
        yield Note("At the end of {day} the store knew no deal, lead or quota.", day=Day(moment.day))
    begin = setting(space, VERSIONS_BEGIN)
    if begin is not None and moment.end < begin:
        yield Note(
            "Before {begin} former states were kept of deals and quotas only: everything else that has changed since "
            "{day} is missing, or as it is now.",
            begin=Day(begin[:10]),
            day=Day(moment.day),
        )

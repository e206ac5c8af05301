"""What became of deals that were paid for: how they stand on the as-of day, why some count no more. Knows no money."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from connector.metrics.filters import NONE
from connector.metrics.notes import Day, Name, Note
from connector.store.chunks import chunks, marks

if TYPE_CHECKING:
    from connector.metrics.measures.quota.account import Account
    from connector.metrics.people import People
    from connector.metrics.workspace import Workspace

_STANDING = "SELECT s.id, s.status, s.close_on, s.owner_id FROM metric_state s WHERE s.id IN ({ids})"
_STORED = (
    "SELECT o.id, o.source, o.source_id, COALESCE(o.source_object, 'opportunity') AS source_object, "
    "COALESCE(o.is_deleted, 0) AS is_deleted, o.duplicate_of FROM opportunity o WHERE o.id IN ({ids})"
)


class Fates:
    """The fates of some deals, read at once."""

    def __init__(self, space: Workspace, people: People, deals: Iterable[str]) -> None:
        self._people = people
        wanted = sorted(set(deals))
        self._standing = {row["id"]: row for row in _read(space, _STANDING, wanted)}
        self._stored = {row["id"]: row for row in _read(space, _STORED, wanted)}

    def record(self, deal: str) -> dict[str, Any]:
        """Where a deal comes from, whatever became of it."""
        gone = {"id": deal, "source": deal.partition(":")[0], "source_id": None, "source_object": "opportunity"}
        return self._stored.get(deal, gone)

    def told(self, deal: str, account: Account) -> Note:
        """Why a deal is no win any more of this person and period."""
        standing = self._standing.get(deal)
        if standing is None:
            return self._why_gone(deal)
        if standing["status"] != "won":
            return Note("is open again") if standing["status"] == "open" else Note("is lost now")
        if not account.start <= (standing["close_on"] or "") <= account.end:
            return Note("closed on {day}, outside of the period", day=Day(standing["close_on"] or NONE))
        owner = self._people.person_of(standing["owner_id"])
        if owner == account.person_id:
            return Note("is credited to others by its splits")
        name = self._people.name_of(owner)
        return Note("is {person}'s now", person=Name(name)) if name else Note("has no owner now")

    def _why_gone(self, deal: str) -> Note:
        stored = self._stored.get(deal)
        if stored is not None and stored["is_deleted"]:
            return Note("is deleted")
        if stored is not None and stored["duplicate_of"]:
            return Note("is a duplicate of {deal}", deal=Name(stored["duplicate_of"]))
        return Note("does not count any more")


def _read(space: Workspace, sql: str, deals: list[str]) -> Iterator[dict[str, Any]]:
    for some in chunks(deals):
        yield from space.records(sql.format(ids=marks(len(some))), some)

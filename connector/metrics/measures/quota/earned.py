"""What each deal earns in a quota period: the commission grows by so much when it is added to those before it.

It must not know what was paid.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from connector.metrics.measures.quota.payplan import PaidPeriod
    from connector.metrics.workspace import Workspace

_WINS = (
    "SELECT * FROM quota_earned WHERE person_id = ? AND close_on >= ? AND close_on <= ? ORDER BY close_on, id, team_id"
)


@dataclass(frozen=True)
class Earned:
    """What of a deal counts for somebody, and the commission on it."""

    won_minor: int
    commission_minor: int


def growth(period: PaidPeriod, wins: Iterable[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], int]]:
    """Each win of somebody that closed in the period, in their order, with what it earns.

    Over them it adds up to the commission of the period, which must be known.
    """
    won = due_before = 0
    for win in wins:
        if period.start <= win["close_on"] <= period.end:
            won += win["base_minor"] or 0
            due = period.commission_on(won)
            yield win, due - due_before
            due_before = due


def earned_in(space: Workspace, person_id: str, period: PaidPeriod) -> Mapping[str, Earned]:
    """What each deal earned somebody in a period; nothing where the commission of it is not known."""
    if period.commission_minor is None:
        return {}
    space.keep_once("quota_earned", "SELECT w.* FROM quota_win w", index="person_id, close_on")
    found: dict[str, Earned] = defaultdict(lambda: Earned(0, 0))
    for win, grown in growth(period, space.records(_WINS, (person_id, period.start, period.end))):
        before = found[win["id"]]
        found[win["id"]] = Earned(before.won_minor + (win["base_minor"] or 0), before.commission_minor + grown)
    return dict(found)

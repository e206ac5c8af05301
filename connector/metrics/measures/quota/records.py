"""The records behind one row of ``quota``: quotas and deals, each with what it adds to the row's figures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from connector.metrics.result import Contribution, Ledger

if TYPE_CHECKING:
    from connector.metrics.measures.quota.measure import QuotaMeasure

_WINS = "SELECT * FROM quota_win ORDER BY close_on, id, team_id"
_OVERLAYS = "SELECT * FROM quota_overlay ORDER BY id, person_id, team_id"


def contributions(measure: QuotaMeasure, index: int) -> list[Contribution]:
    """What the records behind a row add to it; over them, every additive column sums to the row's figure."""
    key, row = measure.group_ids[index], measure.rows[index]
    ledger = Ledger()
    for target in measure.targets.counted:
        if measure.counts(target) and measure.group_of(target.person_id, target.team_id) == key:
            ledger.add(vars(target), quota_minor=target.base_minor)
    wins = measure.space.records(_WINS)
    _add_wins(ledger, (win for win in wins if win["group_id"] == key))
    for overlay in measure.space.records(_OVERLAYS):
        if overlay["group_id"] == key:
            ledger.add(overlay, overlay_minor=overlay["base_minor"])
    if row["commission_minor"] is not None:
        _add_commissions(measure, ledger, key, wins)
    return ledger.contributions()


def _add_wins(ledger: Ledger, wins: Iterable[dict[str, Any]]) -> None:
    """A deal that several of the row's people share is one deal."""
    seen: set[str] = set()
    for win in wins:
        ledger.add(win, won_minor=win["base_minor"], won_count=int(win["id"] not in seen))
        seen.add(win["id"])


def _add_commissions(measure: QuotaMeasure, ledger: Ledger, key: str, wins: Iterable[dict[str, Any]]) -> None:
    """Each win earns what the commission grows by when it is added to those before it in its period."""
    of_person: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for win in wins:
        of_person[win["person_id"] or ""].append(win)
    for person, periods in measure.periods.items():
        if measure.pay[person].commission_minor is None or not measure.is_in(person, key):
            continue
        for period in periods:
            if period.commission_minor is None:
                continue
            won = due_before = 0
            for win in of_person[person]:
                if period.start <= win["close_on"] <= period.end:
                    won += win["base_minor"] or 0
                    due = period.commission_on(won)
                    ledger.add(win, commission_minor=due - due_before)
                    due_before = due

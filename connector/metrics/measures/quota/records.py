"""The records behind one row of ``quota``: quotas, deals and payouts, each with what it adds to the row's figures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from connector.metrics.measures.quota.earned import growth
from connector.metrics.result import Contribution, Ledger

if TYPE_CHECKING:
    from connector.metrics.measures.quota.measure import QuotaMeasure
    from connector.metrics.measures.quota.payouts import Payout

_WINS = "SELECT * FROM quota_win ORDER BY close_on, id, team_id"
_OVERLAYS = "SELECT * FROM quota_overlay ORDER BY id, person_id, team_id"


def contributions(measure: QuotaMeasure, index: int) -> list[Contribution]:
    """What the records behind a row add to it; over them, every additive column sums to the row's figure."""
    key, row = measure.group_ids[index], measure.rows[index]
    ledger = Ledger()
    for target in measure.targets.counted if row["quota_minor"] is not None else ():
        if measure.counts(target) and measure.group_of(target.person_id, target.team_id) == key:
            ledger.add(vars(target), quota_minor=target.base_minor)
    wins = measure.space.records(_WINS)
    _add_wins(ledger, (win for win in wins if win["group_id"] == key))
    for overlay in measure.space.records(_OVERLAYS):
        if overlay["group_id"] == key:
            ledger.add(overlay, overlay_minor=overlay["base_minor"])
    if row["commission_minor"] is not None:
        _add_commissions(measure, ledger, key, wins)
    if row["paid_minor"] is not None:
        _add_payouts(measure, ledger, key, is_owed=row["clawback_minor"] is not None)
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
            for win, grown in growth(period, of_person[person]):
                ledger.add(win, commission_minor=grown)


def _add_payouts(measure: QuotaMeasure, ledger: Ledger, key: str, *, is_owed: bool) -> None:
    """Payouts add to what was paid; deals to the clawback, each by the commission that it no longer earns."""
    for account in measure.accounts.of_row(key):
        for payout in account.payouts:
            ledger.add(_as_record(payout), paid_minor=payout.paid_minor)
        if is_owed and account.clawback_minor:
            found = measure.accounts.clawbacks[account.person_id, account.start, account.end]
            for deal, lost in found.records():
                ledger.add(deal, clawback_minor=lost)
            ledger.add(_as_record(account.payouts[-1]), clawback_minor=found.unexplained_minor)


def _as_record(payout: Payout) -> dict[str, Any]:
    """A payout lies in no CRM."""
    return {"id": payout.id, "source": None, "source_object": None, "source_id": None}

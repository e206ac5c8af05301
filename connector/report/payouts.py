"""``metrics quota --record-payout``: writes into the ledger what the measure says is due, and says what was written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from connector import instants
from connector.metrics import MetricParams, payouts_due
from connector.metrics.notes import Note, spelled_money
from connector.metrics.result import counted
from connector.store import Due, record_payouts

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from connector.mapping import Mappings
    from connector.settings import ReportSettings


def record_due(conn: Connection, params: MetricParams, report: ReportSettings, mappings: Mappings) -> list[Note]:
    """Records what is due, in the caller's transaction; returns the notes on it. UsageError where it cannot be."""
    due, left_out = payouts_due(conn, params, report, mappings)
    record_payouts(conn, due, at=instants.now())
    return [*_told(due), *left_out]


def _told(due: Sequence[Due]) -> Iterator[Note]:
    if not due:
        yield Note("Nothing new to record.")
    paid = [each.paid_minor for each in due if each.paid_minor > 0]
    if paid:
        yield Note("Recorded: {payouts}, {amount} paid.", payouts=counted(len(paid), "payout"), amount=_sum(due, paid))
    back = [-each.paid_minor for each in due if each.paid_minor < 0]
    if back:
        payouts = counted(len(back), "payout")
        yield Note("Recorded: {payouts}, {amount} taken back.", payouts=payouts, amount=_sum(due, back))


def _sum(due: Sequence[Due], amounts: Iterable[int]) -> Note:
    return spelled_money(sum(amounts), due[0].currency)

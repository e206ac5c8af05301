"""The measure ``win_rate``: counting is SQL's (sql/win_rate*.sql); here are the interval and the ranking."""

from __future__ import annotations

from typing import Any

from connector.errors import UsageError
from connector.metrics.amount_notes import amount_notes
from connector.metrics.measure import Measure
from connector.metrics.population import prepare
from connector.metrics.result import Contribution, Ledger
from connector.metrics.statistics.wilson import wilson
from connector.metrics.workspace import statement

_BASES = ("closed", "created")


class WinRateMeasure(Measure):
    """One question about win rates."""

    name = "win_rate"

    def compute(self) -> None:
        self._basis = _basis(self.question.own.get("basis", _BASES[0]))
        prepare(self.population, group=self.question.by)
        self.space.view("win_rate_deal", statement(f"win_rate_{self._basis}"))
        found = sorted(self.space.records(statement("win_rate")), key=self._rank)
        self.group_ids: list[str] = [record["group_id"] for record in found]
        self.rows = [self._row(record) for record in found]
        unknown = {name: sum(record[name] for record in found) for name in ("no_amount", "no_rate", "later_amount")}
        self.notes = list(amount_notes(unknown, "decided deal", self.population.rates.base_currency))

    def _rank(self, record: dict[str, Any]) -> tuple[Any, ...]:
        """The surest rate first; groups that decided nothing last."""
        low, _ = wilson(record["won"], record["won"] + record["lost"])
        return (low is None, -(low or 0.0), *self.grouping.order(record["group_id"]))

    def _row(self, record: dict[str, Any]) -> dict[str, Any]:
        low, high = wilson(record["won"], record["won"] + record["lost"])
        return self.shown(record["group_id"], {**record, "basis": self._basis, "wilson_low": low, "wilson_high": high})

    def contributions(self, index: int) -> list[Contribution]:
        """The decided deals of one row."""
        ledger = Ledger()
        for deal in self.space.records("SELECT * FROM win_rate_deal ORDER BY id"):
            if deal["group_id"] == self.group_ids[index]:
                ledger.add(deal, **{deal["status"]: 1, f"{deal['status']}_minor": deal["base_minor"]})
        return ledger.contributions()


def _basis(text: str) -> str:
    if text not in _BASES:
        raise UsageError(f"--basis {text}: there is no such basis.", hint=f"Write {' or '.join(_BASES)}.")
    return text

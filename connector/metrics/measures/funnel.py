"""The measure ``funnel``: rows, notes and the records behind them, from the tables that population.py prepares.

Counting is SQL's (sql/funnel*.sql); here are the median of Kaplan-Meier, the words, and who contributed what.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from connector.metrics.amount_notes import amount_notes
from connector.metrics.measure import Measure
from connector.metrics.notes import Figure, Listed, Note, Word
from connector.metrics.population import LEAD_KEYS, prepare
from connector.metrics.result import Contribution, Ledger, counted
from connector.metrics.statistics.survival import median_days
from connector.metrics.window_notes import nothing_created
from connector.metrics.workspace import statement


class FunnelMeasure(Measure):
    """One question to the funnel."""

    name = "funnel"

    def compute(self) -> None:
        self._scope = self.population.scope
        self._by = self.question.by
        prepare(self.population, group=self._by, by_stage=True)
        self.space.keep("funnel_deal", statement("funnel_deals"))
        stays = self.space.records(statement("funnel_stays"))
        self.group_ids: list[str] = []
        self._build_rows(_medians(stays))
        self.notes = [
            *nothing_created(self.space, "funnel_deal"), *self._lead_note(), *self._elsewhere(), *self._notes(),
            *self._returns(), *_coverage_notes(stays), *self._immature(),
        ]  # fmt: skip

    @property
    def policies(self) -> dict[str, Any]:
        """What of the mapping files decided the figures."""
        return self._scope.told()

    def _build_rows(self, medians: dict[tuple[str, int], int | None]) -> None:
        hidden = self._lead_reasons()
        for record in sorted(self.space.records(statement("funnel")), key=self._order):
            if record["stage"] == "lead" and hidden:
                continue
            group_id = record.pop("group_id")
            record["median_days"] = medians.get((group_id, record["position"]))
            self.group_ids.append(group_id)
            self.rows.append(self.shown(group_id, record))

    def _order(self, record: dict[str, Any]) -> tuple[Any, ...]:
        return (*self.grouping.order(record["group_id"]), record["position"])

    def _lead_reasons(self) -> list[str]:
        """The grouping and filters of this question that leads do not have."""
        used = dict.fromkeys([*([self._by] if self._by else []), *self.population.filters.passing])
        return [key for key in used if key not in LEAD_KEYS]

    def _lead_note(self) -> Iterator[Note]:
        reasons = self._lead_reasons()
        if reasons:
            keys = Listed.of(map(Word, reasons), " and no ")
            yield Note("The row lead is left out: leads have no {keys}.", keys=keys)

    def _elsewhere(self) -> Iterator[Note]:
        if self._scope.deals_condition() is None:
            return
        counts = dict(self.space.rows(statement("funnel_elsewhere")))
        deals = Note("{deals} of the cohort", deals=counted(sum(counts.values()), "deal"))
        yield from self._scope.elsewhere_note(counts, deals)

    def _notes(self) -> Iterator[Note]:
        (found,) = self.space.records(statement("funnel_notes"))
        if found["born_closed"]:
            yield Note(
                "{deals} of the cohort born closed (the first recorded event is won or lost): in no row.",
                deals=counted(found["born_closed"], "deal"),
            )
        if found["no_mapped_visit"]:
            yield Note(
                "{deals} of the cohort without a visit to a stage that funnel.yaml claims: in no row.",
                deals=counted(found["no_mapped_visit"], "deal"),
            )
        yield from amount_notes(found, "deal", self.population.rates.base_currency)

    def _returns(self) -> Iterator[Note]:
        found = self.space.rows(statement("funnel_returns"))
        if found:
            parts = (Note("{stage} {number}", stage=self._scope.called(stage), number=moves) for stage, moves in found)
            yield Note(
                "Regressions: {moves} back to an earlier stage ({parts}); a deal counts once in every stage.",
                moves=counted(sum(moves for _, moves in found), "move"),
                parts=Listed.of(parts),
            )

    def _immature(self) -> Iterator[Note]:
        closed: list[tuple[int, int]] = []
        still_open: list[tuple[int, int]] = []
        for is_open, days, deals in self.space.rows(statement("funnel_ages")):
            (still_open if is_open else closed).append((days, deals))
        if not closed or not still_open:
            return
        total, seen, ninetieth = sum(deals for _, deals in closed), 0, 0
        for days, deals in closed:
            seen += deals
            if 10 * seen >= 9 * total:
                ninetieth = days
                break
        young = sum(deals for days, deals in still_open if days < ninetieth)
        if young:
            yield Note(
                "Immature cohort: {deals} younger than {days}, by which 90 % of its closed deals were closed.",
                deals=counted(young, "open deal"),
                days=counted(ninetieth, "day"),
            )

    def contributions(self, index: int) -> list[Contribution]:
        """The records behind one row."""
        row, group_id = self.rows[index], self.group_ids[index]
        ledger = Ledger()
        if row["stage"] == "lead":
            self._leads_of(group_id, ledger)
        else:
            last = len(self._scope.of_group(group_id).stages)
            for deal in self._deals_by_group.get(group_id, ()):
                depth = last + 1 if deal["status"] == "won" else deal["reached"]
                if depth >= row["position"]:
                    ledger.add(
                        deal, **_part_of(deal["status"], depth, row["position"], last), amount_minor=deal["base_minor"]
                    )
        return ledger.contributions()

    @cached_property
    def _deals_by_group(self) -> dict[str, list[dict[str, Any]]]:
        deals: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for deal in self.space.records(
            "SELECT * FROM funnel_deal WHERE born_closed = 0 AND reached IS NOT NULL ORDER BY id"
        ):
            deals[deal["group_id"]].append(deal)
        return deals

    def _leads_of(self, group_id: str, ledger: Ledger) -> None:
        window = self.question
        for lead in self.space.records("SELECT * FROM metric_lead ORDER BY id"):
            if lead["group_id"] == group_id and window.from_on <= (lead["created_on"] or "") <= window.to_on:
                column = {"qualified": "advanced", "disqualified": "lost"}.get(lead["status"], "open")
                ledger.add(lead, entered=1, **{column: 1})


def _part_of(status: str, depth: int, position: int, last: int) -> dict[str, int]:
    """Which counts of a row a deal is part of, given that it entered."""
    if position > last:
        return {"entered": 1}
    return {"entered": 1, "advanced" if depth > position else status: 1}


def _medians(stays: list[dict[str, Any]]) -> dict[tuple[str, int], int | None]:
    lengths: dict[tuple[str, int], list[tuple[int, bool, int]]] = defaultdict(list)
    for stay in stays:
        if stay["days"] is not None and stay["days"] >= 0:
            lengths[stay["group_id"], stay["position"]].append((stay["days"], bool(stay["ended"]), stay["visits"]))
    return {key: median_days(known) for key, known in lengths.items()}


def _coverage_notes(stays: list[dict[str, Any]]) -> Iterator[Note]:
    """How the visits are known, where not all of them are recorded in full."""
    by_coverage: dict[str, int] = defaultdict(int)
    for stay in stays:
        by_coverage[stay["coverage"]] += stay["visits"]
    total = sum(by_coverage.values())
    if set(by_coverage) - {"recorded"}:
        parts = (
            Note(
                "{number} {coverage} ({share} %)",
                number=count,
                coverage=Word(coverage),
                share=Figure(f"{100 * count / total:.1f}"),
            )
            for coverage, count in sorted(by_coverage.items())
        )
        yield Note("Coverage of the {visits}: {parts}.", visits=counted(total, "visit"), parts=Listed.of(parts))
    untimed = by_coverage.get("path", 0) + by_coverage.get("current_only", 0)
    if untimed:
        yield Note(
            "{visits} of coverage path or current_only: counted for how far a deal came, not for time in stage.",
            visits=counted(untimed, "visit"),
        )

"""The measure ``adoption``: counting is SQL's (sql/adoption*.sql), judging in criteria.py; here are rows and words."""

from __future__ import annotations

from typing import Any

from connector.mapping.methodology import ActivityLogged, Methodology
from connector.metrics.activities import view_activities
from connector.metrics.measure import Measure
from connector.metrics.measures.adoption.criteria import in_words, judge, load_criteria
from connector.metrics.notes import Called, Note
from connector.metrics.population import prepare
from connector.metrics.result import Contribution, Ledger
from connector.metrics.workspace import statement

#: groupings that are no property of a deal
_OWN_GROUPS = ("criterion", "total")


class AdoptionMeasure(Measure):
    """One question about the sales methodology."""

    name = "adoption"
    default_by = "person"

    def compute(self) -> None:
        by = self.question.by or "person"
        prepare(self.population, group=None if by in _OWN_GROUPS else by)
        view_activities(self.space, self.question)
        self._methodology = self._judgeable()
        load_criteria(self.space, self._methodology)
        self.space.keep("adoption_visit", statement("adoption_visits"), index="id, ordinal")
        judge(self.space, self._methodology)
        self.space.view("adoption_exit", statement("adoption_exits"))
        self.space.keep("adoption_skip", statement("adoption_skips"))
        self.group_ids: list[str] = []
        if by == "criterion":
            self._rows_of_criteria()
        else:
            self._rows_of_groups(by)
        if not any(self.mappings.methodology.stages.values()):
            self.notes.append(Note("methodology.yaml requires nothing of any stage."))

    def _judgeable(self) -> Methodology:
        """The methodology, without what asks for activities where the store has none of any kind to judge by."""
        declared = self.mappings.methodology
        without = {
            stage: tuple(each for each in criteria if not isinstance(each, ActivityLogged))
            for stage, criteria in declared.stages.items()
        }
        if without == declared.stages or self.space.rows("SELECT 1 FROM activity LIMIT 1"):
            return declared
        self.notes.append(
            Note(
                "The store holds no activities: what methodology.yaml asks of them is left out; `crossfunnel status` "
                "lists what the orgs lack or hide."
            )
        )
        return Methodology(without)

    def _rows_of_groups(self, by: str) -> None:
        for record in sorted(
            self.space.records(statement("adoption")), key=lambda r: self.grouping.order(r["group_id"])
        ):
            key = record.pop("group_id")
            names = {} if by == "total" else self.grouping.columns(key)
            if by == "person":
                names = {"person": names["group"], "person_id": names["group_id"]}
            self._add(key, {**names, **record})

    def _rows_of_criteria(self) -> None:
        words = in_words(self._methodology)
        for number, stage, exits, compliant, skipped in self.space.rows(statement("adoption_criteria")):
            share = compliant / (exits + skipped) if exits + skipped else None
            figures = {"exits": exits, "compliant": compliant, "skipped": skipped, "adoption": share}
            required = Note("{stage}: {criterion}", stage=self._called(stage), criterion=words[number])
            self._add(str(number), {"criterion": required, **figures})

    def _called(self, stage: str) -> Called:
        """A stage of the methodology, which may be one of any funnel."""
        having = (each for each in self.mappings.funnels if each.position(stage) is not None)
        return self.population.scope.called(stage, next((each.pipeline for each in having), None))

    def _add(self, key: str, known: dict[str, Any]) -> None:
        self.group_ids.append(key)
        self.rows.append({name: known.get(name) for name in self.columns})

    @property
    def policies(self) -> dict[str, Any]:
        """What is required, in words."""
        return {"stages": {stage: [str(c) for c in found] for stage, found in self.mappings.methodology.stages.items()}}

    def contributions(self, index: int) -> list[Contribution]:
        """The deals of one row, each with its exits and skipped stages."""
        key, ledger = self.group_ids[index], Ledger()
        by_criterion = self.question.by == "criterion"
        exits = "SELECT x.*, x.is_compliant AS met, x.group_id AS row_key FROM adoption_exit x"
        skips = "SELECT k.*, k.group_id AS row_key FROM adoption_skip k"
        if by_criterion:
            exits = (
                "SELECT x.*, CASE WHEN m.id IS NULL THEN 0 ELSE 1 END AS met, CAST(c.number AS VARCHAR(20)) AS row_key "
                "FROM adoption_exit x INNER JOIN adoption_criterion c ON c.stage = x.stage "
                "LEFT JOIN adoption_met m ON m.id = x.id AND m.ordinal = x.ordinal AND m.criterion = c.number"
            )
            skips = (
                "SELECT k.*, CAST(c.number AS VARCHAR(20)) AS row_key "
                "FROM adoption_skip k INNER JOIN adoption_criterion c ON c.stage = k.stage"
            )
        for record in self.space.records(f"{exits} ORDER BY x.id, x.ordinal"):
            if record["row_key"] == key:
                ledger.add(record, exits=1, compliant=record["met"])
        for record in self.space.records(f"{skips} ORDER BY k.id, k.stage"):
            if record["row_key"] == key:
                ledger.add(record, skipped=1)
        return ledger.contributions()

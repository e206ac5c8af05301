"""The measure ``satisfaction``: counting is SQL's (sql/satisfaction.sql); here are exact means, intervals and words."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from connector.errors import UsageError
from connector.metrics.activities import view_answers
from connector.metrics.measure import Measure
from connector.metrics.notes import Note
from connector.metrics.people import load_people
from connector.metrics.population import fill_window
from connector.metrics.result import Contribution, Ledger, counted
from connector.metrics.statistics.wilson import wilson
from connector.metrics.workspace import statement

_MINIMUM = 5
#: score, score_max, how many
_Scores = list[tuple[float, float, int]]


class SatisfactionMeasure(Measure):
    """One question about satisfaction."""

    name = "satisfaction"

    def compute(self) -> None:
        self._minimum = _whole(self.question.own.get("minimum", str(_MINIMUM)))
        fill_window(self.population, group=self.question.by)
        load_people(self.space, self.population.people)
        view_answers(self.population, self.question.by)
        scores: dict[str, _Scores] = {key: [] for (key,) in self.space.rows("SELECT group_id FROM metric_everyone")}
        unusable = 0
        for key, score, highest, answers in self.space.rows(statement("satisfaction")):
            known = scores.setdefault(key, [])
            if _is_usable(score, highest):
                known.append((score, highest, answers))
            else:
                unusable += answers
        self.group_ids = sorted(scores, key=self.grouping.order)
        self._names = self._account_names()
        self.rows = [self._row(key, scores[key]) for key in self.group_ids]
        hidden = sum(row["responses"] < self._minimum for row in self.rows)
        if hidden:
            rows, least = counted(hidden, "row"), self._minimum
            self.notes.append(Note("{rows} with fewer than {least} answers: no figures.", rows=rows, least=least))
        if unusable:
            answers = counted(unusable, "answer")
            self.notes.append(Note("{answers} without a score between 0 and its highest: left out.", answers=answers))

    def _account_names(self) -> dict[str, str]:
        if self.question.by != "account":
            return {}
        return dict(self.space.rows("SELECT id, name FROM account WHERE name IS NOT NULL"))

    def _row(self, key: str, scores: _Scores) -> dict[str, Any]:
        responses = sum(answers for *_, answers in scores)
        top = sum(answers for score, highest, answers in scores if score == highest)
        figures: dict[str, Any] = dict.fromkeys(("mean_share", "top_box", "wilson_low", "wilson_high"))
        if responses and responses >= self._minimum:
            total = sum((Fraction(score) / Fraction(highest) * n for score, highest, n in scores), Fraction(0))
            low, high = wilson(top, responses)
            figures = {
                "mean_share": float(total / responses),
                "top_box": top / responses,
                "wilson_low": low,
                "wilson_high": high,
            }
        row = self.shown(key, {"responses": responses, **figures})
        return {**row, "group": self._names.get(key, row["group"])}

    def contributions(self, index: int) -> list[Contribution]:
        """The answers of one row."""
        ledger = Ledger()
        for answer in self.space.records("SELECT * FROM metric_answer ORDER BY id"):
            inside = self.question.from_on <= answer["given_on"] <= self.question.to_on
            if (
                inside
                and answer["group_id"] == self.group_ids[index]
                and _is_usable(answer["score"], answer["score_max"])
            ):
                ledger.add(answer, responses=1)
        return ledger.contributions()


def _is_usable(score: float | None, highest: float | None) -> bool:
    return score is not None and highest is not None and 0 <= score <= highest and highest > 0


def _whole(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise UsageError(f"--minimum {text}: this is no count.", hint="Write a whole number from 1, such as 5.")
    return int(text)

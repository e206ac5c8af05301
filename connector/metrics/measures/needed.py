"""The measure ``needed``: the funnel read backwards, from a target to the leads and deals it takes.

Counting is SQL's (sql/needed*.sql, sql/funnel*.sql); the chain of conversions and the binomial are here and exact.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from math import ceil
from typing import Any

from connector.errors import UsageError
from connector.iso4217 import exponent
from connector.metrics.amount_notes import amount_notes
from connector.metrics.calendar import ordinal, spelled
from connector.metrics.measure import Measure
from connector.metrics.notes import Day, Figure, Listed, Name, Note
from connector.metrics.population import LEAD_KEYS, prepare
from connector.metrics.result import Contribution, Ledger, counted
from connector.metrics.statistics.binomial import chance_of_at_least, fewest_trials
from connector.metrics.statistics.quantiles import quantile
from connector.metrics.workspace import statement

#: beyond this many leads or deals, how sure they are is no question of chance any more
_MOST = 10_000_000
_FIRST_YEAR = 1900
_PART_OF_ROW = ("group_id", "stage", "position", "conversion")


@dataclass(frozen=True)
class _Goal:
    """What was asked: the target in minor units, exact; the day as an ordinal."""

    target: Fraction
    by_date: int
    confidence: Fraction


class NeededMeasure(Measure):
    """One question about what a target takes."""

    name = "needed"

    def compute(self) -> None:
        self._goal = _goal(self.question.own, self.population.rates.base_currency)
        prepare(self.population, group=self.question.by, by_stage=True)
        self.space.keep("funnel_deal", statement("funnel_deals"))
        self.space.keep("needed_open", statement("needed_open"))
        self.space.keep("needed_won", statement("needed_won"))
        self._have = {(key, position): have for key, position, have in self.space.rows(statement("needed"))}
        self._times: dict[tuple[str, int], list[tuple[int, int]]] = defaultdict(list)
        for key, position, days, deals in self.space.rows(statement("needed_times")):
            self._times[key, position].append((days, deals))
        won = {found["group_id"]: found for found in self.space.records(statement("needed_value"))}
        self.group_ids: list[str] = []
        for key, chain in sorted(self._chains().items(), key=lambda each: self.grouping.order(each[0])):
            wins, words = self._wins(won.get(key))
            rows = self._rows(chain, wins)
            self.group_ids += [key] * len(rows)
            self.rows += [self.shown(key, row) for row in rows]
            self.notes += self._of_group(key, words, *self._reserves(rows))
        if self._goal.by_date < ordinal(self.question.as_of):
            due = Day(spelled(self._goal.by_date))
            self.notes.append(Note("The day of the target, {day}, is over: no time is left.", day=due))
        self.notes += [*self._elsewhere(), *self._unknown(won.values())]

    def _chains(self) -> dict[str, list[dict[str, Any]]]:
        """Per group the rows of the funnel from the lead to the win; without the lead where leads cannot answer."""
        used = {*self.population.filters.passing, *([self.question.by] if self.question.by else [])}
        chains: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in sorted(self.space.records(statement("funnel")), key=lambda row: int(row["position"])):
            if row["position"] > 0 or used <= set(LEAD_KEYS):
                chains[row["group_id"]].append(row)
        return chains

    def _wins(self, won: Mapping[str, Any] | None) -> tuple[int | None, Note]:
        """How many deals must be won, and the words for it."""
        if won is None or not won["valued"]:
            return None, Note("No deal of known value was won in the window: what a win brings is not known.")
        mean = Fraction(won["won_minor"], won["valued"])
        if mean <= 0:
            words = Note("The deals won in the window brought nothing on average: no number of them meets the target.")
            return None, words
        wins = ceil(self._goal.target / mean)
        return wins, Note(
            "{wins} needed: target and mean value of the {deals} won in the window: {target}, {mean}.",
            wins=counted(wins, "win"),
            deals=counted(won["valued"], "deal"),
            target=self._money(self._goal.target),
            mean=self._money(mean),
        )

    def _money(self, minor: Fraction) -> Note:
        currency = self.population.rates.base_currency
        decimals = exponent(currency)
        amount = f"{float(minor) / 10**decimals:.{decimals}f}"
        return Note("{amount} {currency}", amount=Figure(amount), currency=Name(currency))

    def _rows(self, chain: Sequence[dict[str, Any]], wins: int | None) -> list[dict[str, Any]]:
        """The rows from the top; the chain is walked from the win up."""
        found: list[dict[str, Any]] = []
        chance: Fraction | None = Fraction(1)
        for row in reversed(chain):
            is_win = row["advanced"] is None
            if not is_win:
                decided = row["advanced"] + row["lost"]
                passes = Fraction(row["advanced"], decided) if decided else Fraction(0)
                chance = chance * passes if chance and passes else None
            found.append({**{name: row[name] for name in _PART_OF_ROW}, **self._figures(row, chance, wins, is_win)})
        return found[::-1]

    def _figures(
        self, row: Mapping[str, Any], chance: Fraction | None, wins: int | None, is_win: bool
    ) -> dict[str, Any]:
        key = (row["group_id"], row["position"])
        mean = sure = hit = None
        if chance is not None and wins is not None:
            mean = ceil(wins / chance)
            hit = chance_of_at_least(wins, mean, chance) if mean <= _MOST else None
            sure = fewest_trials(wins, chance, self._goal.confidence) if mean <= _MOST else None
        have = None if is_win else self._have.get(key, 0)
        median = 0.0 if is_win else quantile(self._times.get(key, ()), Fraction(1, 2))
        latest = None if median is None or chance is None else spelled(self._goal.by_date - ceil(median))
        return {
            "have": have,
            "needed_mean": mean,
            "needed_at_confidence": sure,
            "gap": None if have is None or sure is None else sure - have,
            "latest_start_on": latest,
            "chance_to_win": None if chance is None else float(chance),
            "p_hit": hit,
            "median_days_to_won": median,
        }

    def _of_group(self, key: str, *words: Note) -> Sequence[Note]:
        if self.grouping.by is None:
            return words
        group = Name(self.grouping.name(key))
        return [Note("{group}: {sentence}", group=group, sentence=each) for each in words]

    def _reserves(self, rows: Sequence[Mapping[str, Any]]) -> Iterator[Note]:
        """Full or short at the top, what cannot be said, and what comes too late."""
        stuck = [row["stage"] for row in rows if row["chance_to_win"] is None]
        if stuck:
            yield Note(
                "Nothing can be said of {stages}: the conversion of {stage} is not known, or zero.",
                stages=self._stages(rows, stuck),
                stage=self._stages(rows, stuck[-1:]),
            )
        yield self._at_the_top(rows)
        yield from self._all_together(rows)
        beyond = [row["stage"] for row in rows if row["needed_mean"] and row["needed_at_confidence"] is None]
        if beyond:
            yield Note(
                "More than {most} are needed at {stages}: not worked out any further.",
                most=_MOST,
                stages=self._stages(rows, beyond),
            )
        as_of = self.question.as_of
        # the last row is the win itself, at which nothing begins
        late = [row["stage"] for row in rows[:-1] if row["latest_start_on"] and row["latest_start_on"] < as_of]
        if late:
            yield Note("At the median pace it is too late to begin at {stages} now.", stages=self._stages(rows, late))
        untimed = [row["stage"] for row in rows if row["chance_to_win"] and row["median_days_to_won"] is None]
        if untimed:
            yield Note(
                "How long a win takes from {stages} is not known: no win of the window tells it.",
                stages=self._stages(rows, untimed),
            )

    def _at_the_top(self, rows: Sequence[Mapping[str, Any]]) -> Note:
        top = next((row for row in rows if row["gap"] is not None), None)
        if top is None:
            return Note("Whether the funnel is full is not known.")
        figures = {"have": int(top["have"]), "needed": int(top["needed_at_confidence"])}
        stage = self._stages(rows, [top["stage"]])
        if top["gap"] > 0:
            return Note(
                "Short at the top: {stage} has {have} of {needed} needed, {gap} too few.",
                stage=stage,
                gap=int(top["gap"]),
                **figures,
            )
        return Note("Full at the top: {stage} has {have}, {needed} are needed.", stage=stage, **figures)

    def _all_together(self, rows: Sequence[Mapping[str, Any]]) -> Iterator[Note]:
        """Every row asks one stage alone for the whole target; this is what all of them bring."""
        wins = next((row["needed_mean"] for row in reversed(rows)), None)
        if wins is not None:
            known = (row["have"] * row["chance_to_win"] for row in rows if row["have"] and row["chance_to_win"])
            yield Note(
                "All that is open, at every stage together, comes to {wins} wins on average; {needed} are needed.",
                wins=Figure(f"{sum(known):.1f}"),
                needed=wins,
            )

    def _stages(self, rows: Sequence[Mapping[str, Any]], keys: Iterable[str]) -> Listed:
        """Stages of the rows of one group."""
        funnel = self.population.scope.of_group(rows[0]["group_id"] or "").pipeline
        return Listed.of(self.population.scope.called(key, funnel) for key in keys)

    def _elsewhere(self) -> Iterator[Note]:
        scope = self.population.scope
        if scope.deals_condition() is not None:
            counts = dict(self.space.rows(statement("needed_elsewhere")))
            yield from scope.elsewhere_note(counts, counted(sum(counts.values()), "deal"))

    def _unknown(self, won: Any) -> Iterator[Note]:
        sums = {name: sum(each[name] for each in won) for name in ("no_amount", "no_rate", "later_amount")}
        yield from amount_notes(sums, "won deal", self.population.rates.base_currency)
        if self.rows and all(row["position"] for row in self.rows):
            yield Note("The row lead is left out: leads have no type, region or pipeline.")

    def contributions(self, index: int) -> list[Contribution]:
        """The open leads or deals that stand at one row."""
        row, ledger = self.rows[index], Ledger()
        for record in self.space.records("SELECT * FROM needed_open ORDER BY id"):
            if (record["group_id"], record["position"]) == (self.group_ids[index], row["position"]):
                ledger.add(record, have=1)
        return ledger.contributions()

    @property
    def policies(self) -> dict[str, Any]:
        """The stages."""
        return self.population.scope.told()


def _goal(own: Mapping[str, str], currency: str) -> _Goal:
    for name, example in (("target", "--target 500000"), ("by_date", "--by-date 2026-12-31")):
        if name not in own:
            raise UsageError(f"needed asks for {example.split()[0]}.", hint=f"For example {example}.")
    target = _number(own["target"])
    if target is None or target <= 0:
        raise UsageError(
            f"--target {own['target']}: this is no amount above zero.",
            hint=f"Write what is to be won as a plain number of {currency}, like 500000 or 499999.50.",
        )
    confidence = _number(own.get("confidence", "0.9"))
    if confidence is None or not 0 < confidence < 1:
        raise UsageError(
            f"--confidence {own['confidence']}: this is no share between 0 and 1.", hint="Write a share, like 0.9."
        )
    return _Goal(target * 10 ** exponent(currency), _day(own["by_date"]), confidence)


def _number(text: str) -> Fraction | None:
    """A plain decimal number; None for everything else."""
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return None
    return Fraction(number) if number.is_finite() and abs(number.adjusted()) < 30 else None


def _day(text: str) -> int:
    try:
        if len(text) != 10:
            raise ValueError
        day = date.fromisoformat(text)
        if day.year < _FIRST_YEAR:
            raise ValueError
    except ValueError:
        hint = f"Write a day as YYYY-MM-DD, in {_FIRST_YEAR} or later."
        raise UsageError(f"--by-date {text}: this is no day to aim at.", hint=hint) from None
    return day.toordinal()

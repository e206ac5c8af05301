"""The measure ``forecast``: counting is SQL's (sql/forecast*.sql), learning lesson.py's; here are the rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any

from connector.errors import UsageError
from connector.iso4217 import exponent
from connector.metrics.calendar import ordinal, spelled
from connector.metrics.measure import Measure
from connector.metrics.measures.forecast.history import History
from connector.metrics.measures.forecast.horizon import horizon_of
from connector.metrics.measures.forecast.interval import LOOKED_AT, Interval, interval, spreads
from connector.metrics.measures.forecast.lesson import Cell, Stage
from connector.metrics.measures.forecast.lots import Lot, lot_of
from connector.metrics.measures.forecast.moves import Moves, shown
from connector.metrics.measures.forecast.past import bounds, factor_on, past_forecasts
from connector.metrics.measures.forecast.words import backtest_notes, forecast_notes
from connector.metrics.population import prepare
from connector.metrics.result import Contribution, Ledger
from connector.metrics.statistics.apportion import apportioned
from connector.metrics.statistics.outcomes import Spread
from connector.metrics.valuation import rounded
from connector.metrics.workspace import statement

#: the row of all stages together
TOTAL: Stage = ("*", "total")
_NO_STAGE = "(none)"
#: past forecasts that --backtest shows, beside those that the first of them looks back at
_SHOWN = 24
_EPOCH = ordinal("1970-01-01")
#: group and state of a row
Key = tuple[str, Stage]


class ForecastMeasure(Measure):
    """One question about what open deals will bring."""

    name = "forecast"

    @property
    def assumed(self) -> Mapping[str, str]:
        """How many days were looked ahead."""
        return {"horizon": str(self.horizon)}

    def compute(self) -> None:
        self.is_backtest = "backtest" in self.question.own
        if self.is_backtest and self.question.by is not None:
            raise UsageError(
                "--backtest shows all deals of the question together, not --by groups.",
                hint="Leave --by out, or narrow the deals: --where team=Berlin.",
            )
        self.horizon = horizon_of(self.question, self.population.calendar)
        prepare(self.population, group=self.question.by, by_stage=True)
        most = LOOKED_AT + (_SHOWN if self.is_backtest else 0)
        self.history = History(self.population, self.horizon, most)
        self.space.keep("forecast_deal", statement("forecast_deals"))
        self.space.keep("forecast_won", statement("forecast_won"))
        self.lesson = self.history.lessons[self.history.today.number]
        self.past = past_forecasts(self.history)
        self.keys: list[Any] = []
        if self.is_backtest:
            self._rows_of_the_past()
            self.notes = list(backtest_notes(self.past[-_SHOWN:], self.horizon))
        else:
            self._rows_of_today()

    def _rows_of_the_past(self) -> None:
        for each in self.past[-_SHOWN:]:
            self.keys.append(each.day.number)
            self.rows.append(self.shown("", {
                **self._empty(each.day.at),
                "stage": TOTAL[1],
                "open_count": each.open_count,
                "open_minor": each.open_minor,
                "expected_minor": each.expected_minor,
                "expected_count": float(each.expected_count),
                **_quantiles(each.told),
                "actual_minor": each.actual,
                "covered": int(each.told.covers(each.actual)),
            }))  # fmt: skip

    def _rows_of_today(self) -> None:
        self.moves = Moves(self.history.moves, self.history.begun, self.history.stages)
        self.factor = factor_on(self.history.today, self.past)
        self.lots = self._lots()
        sums = self.space.rows("SELECT group_id, SUM(base_minor) FROM forecast_won GROUP BY group_id")
        self.won: dict[str, int | None] = {group: minor for group, minor in sums}  # noqa: C416 - of known types
        groups = {key for (key,) in self.space.rows("SELECT group_id FROM metric_everyone")}
        for group in sorted(groups | set(self.lots) | set(self.won), key=self.grouping.order):
            self._rows_of_group(group)
        self.notes = list(forecast_notes(self))

    def _lots(self) -> dict[str, dict[Stage, list[Lot]]]:
        """Per group and state, the open deals by cell."""
        found: dict[str, dict[Stage, list[Lot]]] = defaultdict(lambda: defaultdict(list))
        for group, funnel, stage, days, age, is_stale, said, alone, *sums in self.space.rows(statement("forecast")):
            cell = _cell((funnel, stage), days, age, is_stale, said)
            found[group][funnel, stage].append(lot_of(cell, bool(alone), *sums))
        return found

    def _rows_of_group(self, group: str) -> None:
        lots = self.lots.get(group, {})
        stages = self.stages_of(group)
        states = [*stages, *sorted(state for state in lots if state not in stages)]
        day = self.history.today
        found = spreads(
            {state: lots.get(state, ()) for state in states}, self.lesson, f"{day.at}:{day.until}", total=TOTAL
        )
        weighted, expected = (self._shared_out(lots, states, chance) for chance in (_told, self.lesson.chance))
        for state in (*states, TOTAL):
            mine = [lot for each in states for lot in lots.get(each, ())] if state == TOTAL else lots.get(state, [])
            sums = {
                "open_count": sum(lot.deals for lot in mine),
                "open_minor": sum(lot.minor for lot in mine),
                "weighted_minor": weighted[state],
                "expected_minor": expected[state],
            }
            is_total = state == TOTAL
            own = self._total(group, states, lots, weighted[TOTAL]) if is_total else self._chain(stages, state, mine)
            self.keys.append((group, state))
            self.rows.append(self.shown(group, {
                **self._empty(day.at), **sums, **self._spread(found[state], mine, sums["expected_minor"]),
                **own,
                "expected_count": float(sum((self.lesson.chance(lot.cell) * lot.deals for lot in mine), Fraction(0))),
            }))  # fmt: skip

    def _shared_out(
        self, lots: Mapping[Stage, Sequence[Lot]], states: Sequence[Stage], chance: Any
    ) -> dict[Stage, int]:
        """Chance times value: the total rounded once, the states so that they add up to it."""
        exact = {
            state: sum((chance(lot.cell) * lot.minor for lot in lots.get(state, ())), Fraction(0)) for state in states
        }
        total = rounded(sum(exact.values(), Fraction(0)))
        return {**apportioned(exact, total), TOTAL: total}

    def _empty(self, at: int) -> dict[str, Any]:
        days = {"as_of": spelled(at + _EPOCH), "until": spelled(at + _EPOCH + self.horizon)}
        return {**dict.fromkeys(self.columns), **days}

    def _spread(self, spread: Spread, lots: Sequence[Lot], expected: int) -> dict[str, Any]:
        is_learned = any(self.lesson.is_learned(lot.cell) and not lot.cell.is_stale for lot in lots)
        found = interval(spread, is_learned=is_learned)
        if is_learned:
            found = found.widened(self.factor, *bounds(lots))
        major = 10 ** exponent(self.population.rates.base_currency)
        return {
            **_quantiles(found),
            "p_ge_expected": float(spread.at_least(Fraction(expected))),
            "variance": float(spread.variance / major**2),
        }

    def stages_of(self, group: str) -> list[Stage]:
        """The stages of a group's rows, in their order."""
        funnel = self.population.scope.of_group(group)
        return [(funnel.pipeline, stage.key) for stage in funnel.stages]

    def _chain(self, stages: Sequence[Stage], state: Stage, lots: Sequence[Lot]) -> dict[str, Any]:
        chance = self.moves.chance_to_win(state)
        return {
            "stage": state[1] or _NO_STAGE,
            "chance_to_win": shown(chance),
            "expected_wins": None if chance is None else float(chance * sum(lot.deals for lot in lots)),
            "visits_from_first": shown(self.moves.visits(stages[0], state)),
        }

    def _total(
        self, group: str, states: Sequence[Stage], lots: Mapping[Stage, Sequence[Lot]], weighted: int
    ) -> dict[str, Any]:
        counts = {state: sum(lot.deals for lot in lots.get(state, ())) for state in states}
        chances = {state: self.moves.chance_to_win(state) for state in states if counts[state]}
        known = all(chance is not None for chance in chances.values())
        wins = sum(((chances[state] or 0) * counts[state] for state in chances), Fraction(0))
        won = self.won.get(group) or 0
        return {
            "stage": TOTAL[1],
            "won_minor": won,
            "outlook_minor": won + weighted,
            "expected_wins": float(wins) if known else None,
        }

    def contributions(self, index: int) -> list[Contribution]:
        """The deals of one row."""
        row, ledger = self.rows[index], Ledger()
        if self.is_backtest:
            self._of_the_past(self.keys[index], row, ledger)
            return ledger.contributions()
        group, state = self.keys[index]
        for each in self.deals:
            if each["group_id"] == group and state in (TOTAL, each["state"]):
                shares = {name: each[name] for name in ("weighted_minor", "expected_minor")}
                outlook = each["weighted_minor"] if state == TOTAL else None
                ledger.add(each, open_count=1, open_minor=each["base_minor"], **shares, outlook_minor=outlook)
        if state == TOTAL:
            for each in self.space.records("SELECT * FROM forecast_won ORDER BY id"):
                if each["group_id"] == group:
                    ledger.add(each, won_minor=each["base_minor"], outlook_minor=each["base_minor"])
        return ledger.contributions()

    @cached_property
    def deals(self) -> list[dict[str, Any]]:
        """The open deals, each with its part of the weighted and the expected value of its row."""
        found: dict[Key, dict[str, dict[str, Any]]] = defaultdict(dict)
        for deal in self.space.records("SELECT * FROM forecast_deal WHERE is_omitted = 0 ORDER BY id"):
            deal["state"] = (deal["funnel"], deal["stage"])
            age = deal["age"] if deal["days"] is None else None
            deal["cell"] = _cell(deal["state"], deal["days"], age, deal["is_stale"], deal["probability"])
            found[deal["group_id"], deal["state"]][deal["id"]] = deal
        figures = dict(zip(self.keys, self.rows, strict=True))
        for key, deals in found.items():
            for column, chance in (("weighted_minor", _told), ("expected_minor", self.lesson.chance)):
                parts = _parts(deals, chance, figures[key][column])
                for own, deal in deals.items():
                    deal[column] = parts[own]
        return [deal for deals in found.values() for deal in deals.values()]

    def _of_the_past(self, number: int, row: Mapping[str, Any], ledger: Ledger) -> None:
        lesson = self.history.lessons[number]
        deals = {}
        for deal in self.space.records(statement("forecast_past_deals")):
            if deal["number"] == number:
                state = self.history.stages[deal["state"]]
                deal["cell"] = _cell(state, deal["days"], None, deal["is_stale"], None)
                if lesson.is_learned(deal["cell"]):
                    deals[deal["id"]] = deal
        parts = _parts(deals, lesson.chance, row["expected_minor"])
        for own, deal in deals.items():
            actual = deal["brought"] if deal["is_won"] else None
            ledger.add(
                deal, open_count=1, open_minor=deal["base_minor"], expected_minor=parts[own], actual_minor=actual
            )

    @property
    def policies(self) -> dict[str, Any]:
        """The stages."""
        return self.population.scope.told()


def _parts(deals: Mapping[str, dict[str, Any]], chance: Any, total: int) -> dict[str, int]:
    exact = {own: chance(deal["cell"]) * (deal["base_minor"] or 0) for own, deal in deals.items()}
    return apportioned(exact, total)


def _cell(stage: Stage, days: int | None, age: int | None, is_stale: int, probability: float | None) -> Cell:
    told = None if probability is None else Fraction(str(probability))
    return Cell(stage, days, age, bool(is_stale), told)


def _told(cell: Cell) -> Fraction:
    """What the CRM itself says."""
    return cell.probability or Fraction(0)


def _quantiles(found: Interval) -> dict[str, int]:
    return {"p10_minor": found.low, "p50_minor": found.middle, "p90_minor": found.high}

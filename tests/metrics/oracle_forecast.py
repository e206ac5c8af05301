"""Forecasts once more, in plain Python over plain facts: day by day, stay by stay, sharing no code with the product."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from math import inf, lgamma, log
from typing import Any

from tests.metrics.oracle import counted, days, group_of, standing, stays, usd
from tests.metrics.random_business import CLOSING, STAGES, Business, Deal, category_of, probability_of

FIRST_DAYS = (0, 1, 8, 15, 31, 61, 91, 181, 366)
WAYS = (*STAGES, "", "won", "lost")
WHOLE = "*"
Stay = tuple[str, str | None, str | None, str | None]


def span(day: int) -> int:
    return max(at for at, first in enumerate(FIRST_DAYS) if first <= day)


def told(deal: Deal, on: str) -> list[Stay]:
    """(stage, entered where known, until, way out) of every stay; a deal without known times is one stay."""
    status, close = standing(deal, on)
    close = min(close, on) if close else None
    known = stays(deal, on)
    moves = [move for move in deal.moves if move.on <= on]
    begins = [
        at for at, move in enumerate(moves)
        if move.value not in CLOSING and (not at or moves[at - 1].value != move.value)
    ]  # fmt: skip
    undated = len(known) - len(begins)
    found: list[Stay] = []
    for at, (stage, entered, ended, coverage) in enumerate(known):
        after = known[at + 1] if at + 1 < len(known) else None
        first = begins[at + 1 - undated] if after and moves and at + 1 >= undated else 0
        # the last stage of a path is left by the first dated fact
        left = moves[0].on if coverage == "path" and after and after[3] != "path" else ended
        until, way = left, None
        if after is None:
            if status != "open":
                until, way = left or close, status
        else:
            until = left or after[1]
            if first and moves[first - 1].value in CLOSING:
                # it came back after a close
                way = max(CLOSING[move.value] for move in moves if move.on == left and move.value in CLOSING)
            way = way or after[0] or ""
        found.append((stage or "", entered if coverage == "recorded" else None, until, way))
    if not any(entered for _, entered, *_ in found):
        closed = status != "open"
        found.append((WHOLE, deal.created, close if closed else None, status if closed else None))
    return found


class Taught:
    """Daily chances by state and span, from the stays known on a day."""

    def __init__(self, facts: Business, on: str) -> None:
        at_risk: dict[Any, float] = defaultdict(float)
        ends: dict[Any, float] = defaultdict(float)
        decided: dict[bool, int] = defaultdict(int)
        for deal in counted(facts, on):
            for state, entered, until, way in told(deal, on):
                if entered is None or (until is None and way is not None) or (until and until < entered):
                    continue
                last = days(entered, until or on)
                for day in range(last + 1):
                    at_risk[state, span(day)] += 1
                if way is not None:
                    ends[state, span(last), way] += 1
                    decided[state == WHOLE] += way in CLOSING.values()
        self.staged, self.whole = decided[False] >= 10, decided[True] >= 10
        self.daily: dict[Any, dict[str, float]] = {}
        for state in (*STAGES, "", WHOLE):
            if at_risk[state, 0] and (self.whole if state == WHOLE else self.staged):
                self._teach(state, at_risk, ends)

    def _teach(self, state: str, at_risk: Any, ends: Any) -> None:
        later = range(1, len(FIRST_DAYS))
        total = sum(at_risk[state, at] for at in later)
        usual = {
            way: sum(ends[state, at, way] for at in later) / total if total else ends[state, 0, way] / at_risk[state, 0]
            for way in WAYS
        }
        weight = max(
            (30.0, 100.0, 300.0, 1e3, 3e3, 1e4, inf),
            key=lambda w: (sum(self._fit(at_risk[state, at], ends[state, at, way], usual[way], w) for at in later for way in WAYS), w),
        )  # fmt: skip
        self.daily[state, None] = self._capped(usual)
        for at in range(len(FIRST_DAYS)):
            risk = at_risk[state, at]
            self.daily[state, at] = self._capped({
                way: ends[state, 0, way] / risk if at == 0
                else usual[way] if weight == inf
                else (ends[state, at, way] + weight * usual[way]) / (risk + weight)
                for way in WAYS
            })  # fmt: skip

    @staticmethod
    def _fit(risk: float, count: float, chance: float, weight: float) -> float:
        if not risk or not chance:
            return 0.0
        if weight == inf:
            return count * log(chance) - chance * risk
        a = weight * chance
        return lgamma(a + count) - lgamma(a) + a * log(weight / (weight + risk)) - count * log(weight + risk)

    @staticmethod
    def _capped(chances: dict[str, float]) -> dict[str, float]:
        whole = sum(chances.values())
        return chances if whole <= 0.999 else {way: chance * 0.999 / whole for way, chance in chances.items()}

    def chance(self, state: str, stayed: int | None, horizon: int) -> float:
        """Follows all the ways a deal may go, day by day."""
        now: dict[tuple[str, int | None], float] = {(state, stayed): 1.0}
        won = 0.0
        for _ in range(horizon):
            tomorrow: dict[tuple[str, int | None], float] = defaultdict(float)
            arriving: dict[str, float] = defaultdict(float)
            for (at, day), mass in now.items():
                leaving = self.daily[at, None if day is None else span(day + 1)]
                for way, chance in leaving.items():
                    arriving[way] += mass * chance
                tomorrow[at, None if day is None else day + 1] += mass * (1 - sum(leaving.values()))
            while sum(arriving.values()) > 1e-15:
                again: dict[str, float] = defaultdict(float)
                for at, mass in arriving.items():
                    if at == "won":
                        won += mass
                    elif at != "lost" and (at, 0) in self.daily:
                        for way, chance in self.daily[at, 0].items():
                            again[way] += mass * chance
                        tomorrow[at, 0] += mass * (1 - sum(self.daily[at, 0].values()))
                arriving = again
            now = tomorrow
        return won


def ever_won(facts: Business, on: str) -> dict[str, float]:
    """The chance to be won ever by counted moves: a step doubled thirty times is a thousand million steps."""
    moves: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for deal in counted(facts, on):
        for state, _, _, way in told(deal, on):
            if state != WHOLE and way is not None:
                moves[state][way] += 1
    step = {state: {way: count / sum(ways.values()) for way, count in ways.items()} for state, ways in moves.items()}
    for _ in range(30):
        twice: dict[str, dict[str, float]] = {state: defaultdict(float) for state in step}
        for state, ways in step.items():
            for way, chance in ways.items():
                for further, more in step.get(way, {way: 1.0}).items():
                    twice[state][further] += chance * more
        step = twice
    return {state: ways.get("won", 0.0) for state, ways in step.items()}


def forecast(facts: Business, on: str, by: str | None, horizon: int) -> dict[tuple[str | None, str], list[Any]]:
    """(group, stage) -> open_count, open_minor, weighted, expected value, expected_count; exact values not rounded."""
    taught = Taught(facts, on)
    grown = [
        days(deal.created, min(close, on))
        for deal in counted(facts, on)
        if (close := standing(deal, on)[1]) and standing(deal, on)[0] != "open" and close >= deal.created
    ]
    rows: dict[tuple[str | None, str], list[Any]] = defaultdict(lambda: [0, 0, Fraction(0), 0.0, 0.0])
    if by is None:
        for stage in (*STAGES, "total"):
            rows["", stage]
    for deal in counted(facts, on):
        said, category = probability_of(deal), category_of(deal)
        if standing(deal, on)[0] != "open":
            continue
        if deal.status != "open":
            said, category = None, None
        if category == "Omitted":
            continue
        visits = stays(deal, on)
        stage, entered, left, coverage = visits[-1] if visits else (None, None, None, "path")
        stayed = days(entered, on) if entered and not left and coverage == "recorded" else None
        age = days(deal.created, on)
        if grown and age > max(grown):
            chance = 0.0
        elif stayed is None and taught.whole:
            chance = taught.chance(WHOLE, age, horizon)
        elif (stage or "", 0) in taught.daily:
            chance = taught.chance(stage or "", stayed, horizon)
        else:
            chance = said or 0.0
        value = usd(facts, deal.amount, deal.currency, on) or 0
        group = group_of(facts, by, deal.source, deal.owner, deal.region)
        for stage_shown in (*STAGES, "total"):
            rows[group, stage_shown]
        for shown in (stage or "(none)", "total"):
            row = rows[group, shown]
            row[0] += 1
            row[1] += value
            row[2] += Fraction(str(said or 0)) * value
            row[3] += chance * value
            row[4] += chance
    return rows


def won(facts: Business, window: tuple[str, str], on: str, by: str | None) -> dict[str | None, int]:
    found: dict[str | None, int] = defaultdict(int)
    for deal in counted(facts, on):
        status, close = standing(deal, on)
        if status == "won" and close and window[0] <= close <= window[1]:
            value = usd(facts, deal.amount, deal.currency, close) or 0
            found[group_of(facts, by, deal.source, deal.owner, deal.region)] += value
    return found

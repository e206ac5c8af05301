"""Reads what is known of stays on the as-of day and on days before it, as lessons. It must not know rows or words."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import add
from typing import TYPE_CHECKING

from connector.metrics.calendar import ordinal
from connector.metrics.measures.forecast.lesson import LOST, WHOLE, WON, Cell, Lesson, Stage
from connector.metrics.measures.forecast.then import keep_past_values
from connector.metrics.statistics.hazards import Layout, State
from connector.metrics.workspace import statement

if TYPE_CHECKING:
    from connector.metrics.population import Population

#: days from one past forecast to the next
STEP = 30
_EPOCH = ordinal("1970-01-01")
#: cohorts are weeks until the first deal is this many days old, months from then on
_YOUNG = 365
_DAY = "number INTEGER PRIMARY KEY, at_epoch INTEGER, horizon_epoch INTEGER, oldest INTEGER"
_CALENDAR = "day TEXT PRIMARY KEY, epoch_day INTEGER, number INTEGER, cohort TEXT"


@dataclass(frozen=True)
class Lot:
    """Open deals of one cell; ``place`` above 0 where it is one deal that is large enough to stand alone."""

    cell: Cell
    place: int
    deals: int
    minor: int
    squares: float
    #: what they brought within the horizon, known of past days only
    brought: int = 0


def lot_of(cell: Cell, place: int, deals: int, minor: int, squares: float | Decimal, brought: int = 0) -> Lot:
    """A lot as counted by SQL; engines add squares up in an order and a kind of number of their own."""
    return Lot(cell, place, deals, minor, float(f"{float(squares):.12g}"), brought)


@dataclass(frozen=True)
class Day:
    """One day from which a forecast looks ahead, in days since 1970."""

    number: int
    at: int
    until: int
    #: the age at which the oldest of so many deals had closed
    oldest: int | None
    closed: int


class History:
    """The days in order, the as-of day last, each with its lesson; past ones with the deals that were open then."""

    def __init__(self, population: Population, horizon: int, most: int) -> None:
        self.horizon = horizon
        self._space = space = population.space
        as_of = ordinal(population.question.as_of) - _EPOCH
        ages = [STEP * back for back in range(-(-max(horizon, 1) // STEP), -(-max(horizon, 1) // STEP) + most)]
        days = [*(as_of - age for age in reversed(ages)), as_of]
        self._keep_calendar(days)
        self.days = list(self._place(days))
        space.fill("forecast_day", _DAY, ((day.number, day.at, day.until, day.oldest) for day in self.days))
        space.fill("forecast_today", "oldest INTEGER", [(self.today.oldest,)])
        space.keep("forecast_stay", statement("forecast_stays"))
        space.keep("forecast_win", "SELECT id, until FROM forecast_stay WHERE ends = 'won'", index="id, until")
        keep_past_values(space, population.rates, population.zone)
        stages = space.rows("SELECT funnel, stage FROM metric_stage ORDER BY funnel, position")
        funnels = dict.fromkeys(funnel for funnel, _ in stages)
        named = [(funnel, stage) for funnel, stage in stages]
        self.stages: list[Stage] = [*named, *((funnel, "") for funnel in funnels), WHOLE]
        self._layout = Layout(tuple(self.stages), (*self.stages, WON, LOST))
        self.lots: dict[int, list[Lot]] = defaultdict(list)
        self.lessons = dict(self._learn())

    @property
    def today(self) -> Day:
        """The as-of day."""
        return self.days[-1]

    def _keep_calendar(self, days: Sequence[int]) -> None:
        """Of every day, the first of the past days that does not lie before it, and what cohort its deals are."""
        space = self._space
        ((first,),) = space.rows("SELECT MIN(c.epoch_day) FROM metric_state d JOIN calendar c ON c.day = d.created_on")
        self._grown_up = (first or 0) + _YOUNG
        known = space.rows(
            f"SELECT day, epoch_day, COALESCE(month_start, week_start), week_start FROM {space.store}.calendar"
        )
        is_young = days[0] < self._grown_up

        def label(created: int, month: str, week: str) -> str:
            """The month; the week too, where on one of the days there were no deals but those of one year."""
            return f"{month}/{week}" if is_young and created < self._grown_up else month

        rows = ((day, at, bisect_left(days, at), label(at, month, week)) for day, at, month, week in known)
        space.lookup("forecast_calendar", _CALENDAR, rows)

    def _place(self, days: Sequence[int]) -> Iterator[Day]:
        """The days, each with how old deals had grown by then."""
        grown = {number: (oldest, deals) for number, oldest, deals in self._space.rows(statement("forecast_oldest"))}
        oldest, closed = None, 0
        for number, at in enumerate(days):
            if number in grown:
                oldest, closed = max(grown[number][0], oldest or 0), closed + grown[number][1]
            yield Day(number, at, at + self.horizon, oldest, closed)

    def _learn(self) -> Iterator[tuple[int, Lesson]]:
        """Stays that were over by then, and those that were going on."""
        over: dict[int, list[tuple[str, State, int, State | None, int]]] = defaultdict(list)
        for number, cohort, funnel, stage, ends, following, days, stays in self._space.rows(
            statement("forecast_ended")
        ):
            way = ends or (None if following is None else (funnel, following))
            over[number].append((cohort or "", (funnel, stage), days, way, stays))
        going: dict[int, list[tuple[str, State, int, State | None, int]]] = defaultdict(list)
        for number, cohort, funnel, stage, days, *more in self._space.rows(statement("forecast_standing")):
            is_stale, is_asked, won, place, deals, minor, squares, brought = more
            going[number].append((cohort or "", (funnel, stage), days, None, deals))
            if is_asked:
                cell = Cell((funnel, stage), days, None, bool(is_stale), None)
                self.lots[number].append(lot_of(cell, place, deals, minor, squares, brought if won else 0))
        totals: dict[str, list[float]] = {}
        for day in self.days:
            self._count(totals, over[day.number])
            cohorts = {name: list(counts) for name, counts in totals.items()}
            self._count(cohorts, going[day.number])
            cohorts = _together(cohorts, by_week=day.at < self._grown_up)
            yield day.number, Lesson(self._layout, cohorts, self.horizon, f"{day.at}:{self.horizon}")

    def _count(self, cohorts: dict[str, list[float]], stays: list[tuple[str, State, int, State | None, int]]) -> None:
        for cohort, state, days, way, number in stays:
            if cohort not in cohorts:
                cohorts[cohort] = self._layout.empty()
            self._layout.add(cohorts[cohort], state, days, way, number)


def _together(labelled: Mapping[str, Sequence[float]], *, by_week: bool) -> dict[str, list[float]]:
    """Counts by the month or the week of their label."""
    found: dict[str, list[float]] = {}
    for label, counts in labelled.items():
        month, _, week = label.partition("/")
        name = week if by_week else month
        found[name] = list(map(add, found[name], counts)) if name in found else list(counts)
    return found

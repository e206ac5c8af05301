"""Reads what is known of stays on the as-of day and on days before it, as lessons. It must not know rows or words."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import add
from typing import TYPE_CHECKING, Any

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
_CALENDAR = "day TEXT PRIMARY KEY, epoch_day INTEGER, number INTEGER, cohort INTEGER"
_STATE = "funnel TEXT, stage TEXT, state INTEGER, PRIMARY KEY (funnel, stage)"
_LEAST = "number INTEGER PRIMARY KEY, minor INTEGER, id TEXT"
#: so many deals of a past day are drawn one by one, the largest
_ALONE = 200
#: below it lie the numbers of states, of cohorts and of past days, where SQL packs them into one
_SIZE = 10_000
#: ends of stays as SQL counts them
_ENDS: Mapping[int, State] = {1: LOST, 2: WON}
#: counts by cohort
Cohorts = dict[str, list[float]]


@dataclass(frozen=True)
class Lot:
    """Open deals of one cell; ``is_alone`` where it is one deal that is large enough to be drawn by itself."""

    cell: Cell
    is_alone: bool
    deals: int
    minor: int
    squares: float
    #: what they brought within the horizon, known of past days only
    brought: int = 0


def lot_of(cell: Cell, is_alone: bool, deals: int, minor: int, squares: float | Decimal, brought: int = 0) -> Lot:
    """A lot as counted by SQL; engines add squares up in an order and a kind of number of their own."""
    return Lot(cell, is_alone, deals, minor, float(f"{float(squares):.12g}"), brought)


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
        self._keep_states()
        self._keep_calendar(days)
        space.keep("forecast_life", statement("forecast_lives"))
        self.days = list(self._place(days))
        space.fill("forecast_day", _DAY, ((day.number, day.at, day.until, day.oldest) for day in self.days))
        space.fill("forecast_today", "oldest INTEGER", [(self.today.oldest,)])
        self._keep_visits()
        space.keep("forecast_stay", statement("forecast_stays"))
        space.keep("forecast_win", "SELECT id, until FROM forecast_stay WHERE ends = 2", index="id, until")
        keep_past_values(space, population.rates, population.zone)
        space.keep("forecast_standing", statement("forecast_standing"))
        self._keep_least()
        #: how often a stay in a state was followed by a way out, and how often deals began in it
        self.moves: Counter[tuple[State, State]] = Counter()
        self.begun: Counter[State] = Counter()
        #: the last day on which any deal is known to have come to a stage or to have left one
        self.moved: int | None = None
        self.lots: dict[int, list[Lot]] = {}
        self.lessons = dict(self._learn())

    @property
    def today(self) -> Day:
        """The as-of day."""
        return self.days[-1]

    def _keep_states(self) -> None:
        """The states in which a stay lasts, each with its place in the layout, by which SQL knows it."""
        known = self._space.rows("SELECT funnel, stage FROM metric_stage ORDER BY funnel, position")
        named: list[Stage] = [(funnel, stage) for funnel, stage in known]
        self.stages: list[Stage] = [*named, *((funnel, "") for funnel in dict(named)), WHOLE]
        self._layout = Layout(tuple(self.stages), (*self.stages, WON, LOST))
        self._space.lookup("forecast_state", _STATE, ((*stage, at) for at, stage in enumerate(self.stages)))

    def _keep_calendar(self, days: Sequence[int]) -> None:
        """Of every day, the first of the past days that does not lie before it, and what cohort its deals are."""
        space = self._space
        ((first,),) = space.rows("SELECT MIN(c.epoch_day) FROM metric_state d JOIN calendar c ON c.day = d.created_on")
        self._grown_up = (first or 0) + _YOUNG
        known = space.rows(
            f"SELECT day, epoch_day, COALESCE(month_start, week_start), week_start FROM {space.store}.calendar"
        )
        is_young = days[0] < self._grown_up
        cohorts = {"": 0}

        def cohort(created: int, month: str, week: str) -> int:
            """The month; the week too, where on one of the days there were no deals but those of one year."""
            label = f"{month}/{week}" if is_young and created < self._grown_up else month
            return cohorts.setdefault(label, len(cohorts))

        rows = ((day, at, bisect_left(days, at), cohort(at, month, week)) for day, at, month, week in known)
        space.lookup("forecast_calendar", _CALENDAR, rows)
        self._cohorts = list(cohorts)

    def _place(self, days: Sequence[int]) -> Iterator[Day]:
        """The days, each with how old deals had grown by then."""
        grown = {number: (oldest, deals) for number, oldest, deals in self._space.rows(statement("forecast_oldest"))}
        oldest, closed = None, 0
        for number, at in enumerate(days):
            if number in grown:
                oldest, closed = max(grown[number][0], oldest or 0), closed + grown[number][1]
            yield Day(number, at, at + self.horizon, oldest, closed)

    def _keep_visits(self) -> None:
        """Visits with the place of the next one: one further on, as a sync writes them; by hand there may be gaps."""
        places = "COUNT(*) AS visits, MIN(ordinal) AS first, MAX(ordinal) AS last"
        ((is_dense,),) = self._space.rows(
            "SELECT CASE WHEN SUM(p.last) = SUM(p.visits) AND MIN(p.first) = 1 THEN 1 ELSE 0 END "
            f"FROM (SELECT {places} FROM stage_visit GROUP BY opportunity_id) AS p"
        )
        later = "x.opportunity_id = v.opportunity_id AND x.ordinal > v.ordinal"
        following = "v.ordinal + 1" if is_dense else f"(SELECT MIN(x.ordinal) FROM stage_visit x WHERE {later})"
        undated = "v.entered_on IS NULL OR COALESCE(v.coverage, 'recorded') IN ('path', 'current_only')"
        self._space.view(
            "forecast_visit",
            f"SELECT v.*, {following} AS next_ordinal, CASE WHEN {undated} THEN 1 ELSE 0 END AS is_undated "
            "FROM metric_visit v",
        )

    def _keep_least(self) -> None:
        """Of every day with so many, the least of the deals that are large enough to be drawn one by one.

        What is large on the first day, when deals were few, is most of what is large on any: the others are read once.
        """
        tables = ["forecast_standing"]
        for _, minor, _ in self._least("forecast_standing", self.days[0].number):
            large = f"SELECT s.number, s.minor, s.id FROM forecast_standing s WHERE s.minor >= {minor}"
            self._space.keep("forecast_large", large)
            tables.insert(0, "forecast_large")
        found = (next(filter(None, (self._least(table, day.number) for table in tables)), []) for day in self.days)
        self._space.lookup("forecast_least", _LEAST, (row for rows in found for row in rows))

    def _least(self, table: str, number: int) -> list[tuple[Any, ...]]:
        return self._space.rows(
            f"SELECT s.number, s.minor, s.id FROM {table} s WHERE s.number = {number} "
            f"ORDER BY s.minor DESC, s.id LIMIT 1 OFFSET {_ALONE - 1}"
        )

    def _learn(self) -> Iterator[tuple[int, Lesson]]:
        """Stays that were over by then, and those that were going on."""
        over, going = self._count_tally(), self._count_lots()
        totals: Cohorts = {}
        for day in self.days:
            totals = _added(totals, over[day.number])
            cohorts = _together(_added(totals, going[day.number]), by_week=day.at < self._grown_up)
            yield day.number, Lesson(self._layout, cohorts, self.horizon, f"{day.at}:{self.horizon}")

    def _count_tally(self) -> Mapping[int, Cohorts]:
        """By past day and cohort, the stays that were over by then, and not by the day before; and all moves."""
        over: dict[int, Cohorts] = defaultdict(self._nothing)
        ways: dict[int, tuple[Stage, Stage | None, State | None]] = {}
        for span, move, stays, moved in self._space.stream(statement("forecast_tally")):
            stage, onward, way = ways[move] if move in ways else ways.setdefault(move, self._way(move))
            if span is not None:
                days, cohort, number = _parted(span, _SIZE, _SIZE)
                if days >= 0:
                    self._layout.add(over[number][self._cohorts[cohort]], stage, days, way, stays)
            if stage != WHOLE:
                self._count_moves(stage, onward, way, stays)
                self.moved = moved if self.moved is None else max(self.moved, moved or self.moved)
        return over

    def _way(self, move: int) -> tuple[Stage, Stage | None, State | None]:
        """The stage of a stay, the one that came after it, and the way out of it."""
        state, following, ends = _parted(move, _SIZE, 10)
        onward = self.stages[following - 1] if following else None
        return self.stages[state], onward, _ENDS.get(ends, onward)

    def _count_moves(self, stage: Stage, onward: Stage | None, way: State | None, stays: int) -> None:
        """A deal began in the stage to which no other stay of it led."""
        self.begun[stage] += stays
        if onward is not None:
            self.begun[onward] -= stays
        if way is not None:
            self.moves[stage, way] += stays

    def _count_lots(self) -> Mapping[int, Cohorts]:
        """By day and cohort, the stays that were going on; and the deals of the question in them, as lots."""
        going: dict[int, Cohorts] = defaultdict(self._nothing)
        alone: dict[int, list[Lot]] = defaultdict(list)
        many: dict[int, dict[tuple[int, int], list[Sequence[Any]]]] = defaultdict(lambda: defaultdict(list))
        for span, standing, own, *sums in self._space.stream(statement("forecast_lots")):
            days, cohort, number = _parted(span, _SIZE, _SIZE)
            state, is_asked, _ = _parted(standing, 10, 10)
            self._layout.add(going[number][self._cohorts[cohort]], self.stages[state], days, None, sums[0])
            if is_asked and own:
                alone[number].append(lot_of(self._cell(standing, days), True, *sums))
            elif is_asked:
                many[number][standing, days].append(sums)
        for day in self.days:
            together = (
                lot_of(self._cell(*key), False, *map(sum, zip(*sums, strict=True)))
                for key, sums in many[day.number].items()
            )
            self.lots[day.number] = [*alone[day.number], *together]
        return going

    def _cell(self, standing: int, days: int) -> Cell:
        state, _, is_stale = _parted(standing, 10, 10)
        return Cell(self.stages[state], days, None, bool(is_stale), None)

    def _nothing(self) -> Cohorts:
        return defaultdict(self._layout.empty)


def _parted(number: int, middle: int, last: int) -> tuple[int, int, int]:
    """The three numbers for which SQL lets one stand; the last two are below these sizes."""
    rest, third = divmod(number, last)
    first, second = divmod(rest, middle)
    return first, second, third


def _added(cohorts: Mapping[str, list[float]], more: Mapping[str, list[float]]) -> Cohorts:
    """Counts of both, cohort by cohort."""
    found = dict(cohorts)
    for name, counts in more.items():
        found[name] = list(map(add, found[name], counts)) if name in found else counts
    return found


def _together(labelled: Mapping[str, Sequence[float]], *, by_week: bool) -> dict[str, list[float]]:
    """Counts by the month or the week of their label."""
    found: dict[str, list[float]] = {}
    for label, counts in labelled.items():
        month, _, week = label.partition("/")
        name = week if by_week else month
        found[name] = list(map(add, found[name], counts)) if name in found else list(counts)
    return found

"""What is known of stays on the as-of day and on days before it, as lessons. It must not know rows or words."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from operator import add
from typing import TYPE_CHECKING, Any

from connector.metrics.measures.forecast.lesson import LOST, WHOLE, WON, Cell, Lesson, Stage
from connector.metrics.measures.forecast.lots import Lot, lot_of
from connector.metrics.measures.forecast.stays import Day, Stays
from connector.metrics.statistics.hazards import Layout, State
from connector.metrics.workspace import statement

if TYPE_CHECKING:
    from connector.metrics.population import Population

#: below it lie the numbers of states, of cohorts and of past days, where SQL packs them into one
_SIZE = 10_000
#: ends of stays as SQL counts them
_ENDS: Mapping[int, State] = {1: LOST, 2: WON}
#: counts by the number of the cohort
Cohorts = dict[int, list[float]]


class History:
    """The days in order, the as-of day last, each with its lesson; past ones with the deals that were open then."""

    def __init__(self, population: Population, horizon: int, most: int) -> None:
        self._space = population.space
        self._stays = Stays(population, horizon, most)
        self.days, self.stages, self.horizon = self._stays.days, self._stays.states, horizon
        self._layout = Layout(tuple(self.stages), (*self.stages, WON, LOST))
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

    def _learn(self) -> Iterator[tuple[int, Lesson]]:
        """Stays that were over by then, and those that were going on."""
        over, going = self._count_tally(), self._count_lots()
        totals: Cohorts = {}
        for day in self.days:
            totals = _added(totals, over[day.number])
            labelled: dict[str, list[float]] = {}
            for cohort, counts in _added(totals, going[day.number]).items():
                label = self._stays.label(cohort, day)
                labelled[label] = list(map(add, labelled[label], counts)) if label in labelled else counts
            yield day.number, Lesson(self._layout, labelled, self.horizon, f"{day.at}:{self.horizon}")

    def _count_tally(self) -> Mapping[int, Cohorts]:
        """By past day and cohort, the stays that were over by then, and not by the day before; and all moves."""
        over: dict[int, Cohorts] = defaultdict(self._nothing)
        ways: dict[int, tuple[Stage, Stage | None, State | None]] = {}
        for span, move, stays, moved in self._space.stream(statement("forecast_tally")):
            stage, onward, way = ways[move] if move in ways else ways.setdefault(move, self._way(move))
            if span is not None:
                days, cohort, number = _parted(span, _SIZE, _SIZE)
                if days >= 0:
                    self._layout.add(over[number][cohort], stage, days, way, stays)
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
            self._layout.add(going[number][cohort], self.stages[state], days, None, sums[0])
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


def _added(cohorts: Cohorts, more: Cohorts) -> Cohorts:
    """Counts of both, cohort by cohort."""
    found = dict(cohorts)
    for name, counts in more.items():
        found[name] = list(map(add, found[name], counts)) if name in found else counts
    return found

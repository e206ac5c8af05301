"""Keeps the stays of all deals and the days from which forecasts look ahead as temporary tables, for SQL to count.

It must not know what is learned from them.

======================  ===================================================================
``forecast_state``      the states in which a stay lasts: funnel, stage, and its number
``forecast_calendar``   every day: days since 1970, the first forecast from then on, its cohort
``forecast_life``       every deal: created, closed, how it ended
``forecast_day``        the days of the forecasts, the as-of day last
``forecast_stay``       every stay: which state, since when, until when, what came after it
``forecast_win``        the stays that ended in a win
``forecast_then``       deals that were worth something else on a past day (then.py)
``forecast_standing``   stays by day on which they were going on
``forecast_least``      by day, the least of the deals that are drawn one by one
======================  ===================================================================
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from connector.metrics.calendar import ordinal
from connector.metrics.measures.forecast.lesson import WHOLE, Stage
from connector.metrics.measures.forecast.then import keep_past_values
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


@dataclass(frozen=True)
class Day:
    """One day from which a forecast looks ahead, in days since 1970."""

    number: int
    at: int
    until: int
    #: the age at which the oldest of so many deals had closed
    oldest: int | None
    closed: int


class Stays:
    """The tables, and what stands behind their numbers: days, states and cohorts."""

    def __init__(self, population: Population, horizon: int, most: int) -> None:
        self._space = space = population.space
        as_of = ordinal(population.question.as_of) - _EPOCH
        ages = [STEP * back for back in range(-(-max(horizon, 1) // STEP), -(-max(horizon, 1) // STEP) + most)]
        days = [*(as_of - age for age in reversed(ages)), as_of]
        self.states = self._keep_states()
        self._keep_calendar(days)
        space.keep("forecast_life", statement("forecast_lives"))
        self.days = list(self._place(days, horizon))
        space.fill("forecast_day", _DAY, ((day.number, day.at, day.until, day.oldest) for day in self.days))
        space.fill("forecast_today", "oldest INTEGER", [(self.days[-1].oldest,)])
        self._keep_visits()
        space.keep("forecast_stay", statement("forecast_stays"))
        space.keep("forecast_win", "SELECT id, until FROM forecast_stay WHERE ends = 2", index="id, until")
        keep_past_values(space, population.rates, population.zone)
        space.keep("forecast_standing", statement("forecast_standing"))
        self._keep_least()

    def is_young(self, day: Day) -> bool:
        """Whether the cohorts of a day are weeks: there were no deals then but those of one year."""
        return day.at < self._grown_up

    def label(self, cohort: int, day: Day) -> str:
        """The first day of a cohort, a month or a week; empty for deals of which it is not known."""
        month, _, week = self._cohorts[cohort].partition("/")
        return week if self.is_young(day) else month

    def _keep_states(self) -> list[Stage]:
        """The states in which a stay lasts, each with its place in the layout, by which SQL knows it."""
        known = self._space.rows("SELECT funnel, stage FROM metric_stage ORDER BY funnel, position")
        named: list[Stage] = [(funnel, stage) for funnel, stage in known]
        states = [*named, *((funnel, "") for funnel in dict(named)), WHOLE]
        self._space.lookup("forecast_state", _STATE, ((*stage, at) for at, stage in enumerate(states)))
        return states

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

    def _place(self, days: Sequence[int], horizon: int) -> Iterator[Day]:
        """The days, each with how old deals had grown by then."""
        grown = {number: (oldest, deals) for number, oldest, deals in self._space.rows(statement("forecast_oldest"))}
        oldest, closed = None, 0
        for number, at in enumerate(days):
            if number in grown:
                oldest, closed = max(grown[number][0], oldest or 0), closed + grown[number][1]
            yield Day(number, at, at + horizon, oldest, closed)

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

"""The forecasts of past days, each from what was known then, held against what came. It must not know SQL or words."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from connector.metrics.measures.forecast.history import History
from connector.metrics.measures.forecast.interval import LOOKED_AT, Interval, interval, spreads, widening
from connector.metrics.measures.forecast.lesson import Lesson, Stage
from connector.metrics.measures.forecast.lots import Lot
from connector.metrics.measures.forecast.stays import Day
from connector.metrics.valuation import rounded

_TOTAL = "total"


@dataclass(frozen=True)
class PastForecast:
    """What would have been told of the open deals of a day, and what they brought; money in minor units."""

    day: Day
    open_count: int
    open_minor: int
    expected: Fraction
    expected_count: Fraction
    #: as the outcomes fall, and as it would have been told after a look at forecasts before it
    plain: Interval
    told: Interval
    actual: int
    #: open deals of the day that are in no figure: their chance was the CRM's own, of which no past day tells
    left_out: int

    @property
    def expected_minor(self) -> int:
        """Rounded once."""
        return rounded(self.expected)


def past_forecasts(history: History) -> list[PastForecast]:
    """Of every past day on which there was something to learn from and a deal open, in order."""
    found: list[PastForecast] = []
    for day in history.days[:-1]:
        lesson = history.lessons[day.number]
        every = history.lots[day.number]
        lots = [lot for lot in every if lesson.is_learned(lot.cell)]
        if lesson.teaches and lots:
            left_out = sum(lot.deals for lot in every) - sum(lot.deals for lot in lots)
            found.append(replace(_past_forecast(day, lesson, lots, history.stages, found), left_out=left_out))
    return found


def factor_on(day: Day, past: Sequence[PastForecast]) -> float:
    """By how much to widen the interval of a day: decided by the last forecasts whose horizon was over by then."""
    over = [each for each in past if each.day.until <= day.at]
    return widening([each.plain.reach(each.actual) for each in over[-LOOKED_AT:]])


def _past_forecast(
    day: Day, lesson: Lesson, lots: Sequence[Lot], stages: Sequence[Stage], before: Sequence[PastForecast]
) -> PastForecast:
    rows: dict[Hashable, list[Lot]] = {stage: [lot for lot in lots if lot.cell.state == stage] for stage in stages}
    spread = spreads(rows, lesson, f"{day.at}:{day.until}", total=_TOTAL)[_TOTAL]
    plain = interval(spread, is_learned=True)
    chances = {lot.cell: lesson.chance(lot.cell) for lot in lots}
    return PastForecast(
        day=day,
        open_count=sum(lot.deals for lot in lots),
        open_minor=sum(lot.minor for lot in lots),
        expected=sum((chances[lot.cell] * lot.minor for lot in lots), Fraction(0)),
        expected_count=sum((chances[lot.cell] * lot.deals for lot in lots), Fraction(0)),
        plain=plain,
        told=plain.widened(factor_on(day, before), *bounds(lots)),
        actual=sum(lot.brought for lot in lots),
        left_out=0,
    )


def bounds(lots: Sequence[Lot]) -> tuple[int, int]:
    """The least and the most that deals can bring; of many together, all or none."""
    return sum(min(lot.minor, 0) for lot in lots), sum(max(lot.minor, 0) for lot in lots)

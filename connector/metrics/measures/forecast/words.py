"""The notes of a forecast: what it rests on, what it leaves out, and how past ones fared. Must not know SQL of rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from connector.iso4217 import exponent
from connector.metrics.amount_notes import amount_notes
from connector.metrics.measures.forecast.interval import LOOKED_AT
from connector.metrics.measures.forecast.lesson import WHOLE
from connector.metrics.result import counted
from connector.metrics.workspace import statement

if TYPE_CHECKING:
    from connector.metrics.measures.forecast.measure import ForecastMeasure
    from connector.metrics.measures.forecast.past import PastForecast


def forecast_notes(measure: ForecastMeasure) -> Iterator[str]:
    """All notes of a forecast of the as-of day."""
    yield (
        f"Horizon: {counted(measure.horizon, 'day')}, to {measure.rows[-1]['until']}."
        if measure.rows
        else (f"Horizon: {counted(measure.horizon, 'day')}.")
    )
    if not measure.horizon:
        yield "The fiscal quarter ends on the as-of day: --horizon DAYS looks further ahead."
    yield from _basis(measure)
    yield from _left_out(measure)
    yield from _distribution(measure)
    scope = measure.population.scope
    if scope.deals_condition() is not None:
        counts = dict(measure.space.rows(statement("forecast_elsewhere")))
        yield from scope.elsewhere_note(counts, counted(sum(counts.values()), "open deal"))
    for funnel in [scope.one] if scope.one is not None else scope.funnels:
        of = f" in pipeline {funnel.pipeline}" if scope.one is None and scope.funnels.own else ""
        yield from measure.moves.notes([(funnel.pipeline, stage.key) for stage in funnel.stages], of)


def _basis(measure: ForecastMeasure) -> Iterator[str]:
    """From what the chances come."""
    decided = {state: count for state, count in measure.lesson.decided.items() if count}
    staged = sum(count for state, count in decided.items() if state != WHOLE)
    cells = [lot for states in measure.lots.values() for lots in states.values() for lot in lots]
    by_crm = sum(lot.deals for lot in cells if not measure.lesson.is_learned(lot.cell))
    if measure.lesson.teaches:
        yield (
            f"Learned from {counted(staged, 'deal')} decided from a stage with known days, and from "
            f"{counted(decided.get(WHOLE, 0), 'decided deal')} of which only the age is known."
        )
        yield from _widened(measure)
    if by_crm:
        yield (
            f"{counted(by_crm, 'open deal')} without a history to learn from: the chance is the CRM's own "
            "probability, whatever the horizon, and the interval takes the deals to be independent."
        )


def _widened(measure: ForecastMeasure) -> Iterator[str]:
    over = [each for each in measure.past if each.day.until <= measure.history.today.at][-LOOKED_AT:]
    if not over:
        yield "No past forecast has its whole horizon behind it: the interval is as it was computed."
        return
    inside = sum(each.plain.covers(each.actual) for each in over)
    yield (
        f"Of the last {counted(len(over), 'past forecast')}, {inside} had the outcome between p10 and p90; "
        f"the interval is widened by {measure.factor:.4g}."
    )


def _left_out(measure: ForecastMeasure) -> Iterator[str]:
    (found,) = measure.space.records(statement("forecast_notes"))
    if found["omitted"]:
        yield f"{counted(found['omitted'], 'open deal')} of forecast category Omitted: in no row."
    if found["stale"]:
        ids = [own for (own,) in measure.space.rows(statement("forecast_stale"))]
        more = f" and {found['stale'] - len(ids)} more" if found["stale"] > len(ids) else ""
        day = measure.history.today
        yield (
            f"Stale: {counted(found['stale'], 'open deal')} older than {counted(day.oldest or 0, 'day')}, the age of "
            f"the oldest of {counted(day.closed, 'deal')} that ever closed, expected to bring nothing: "
            f"{', '.join(ids)}{more}."
        )
    if found["no_probability"]:
        yield f"{counted(found['no_probability'], 'open deal')} without a probability: nothing in weighted_minor."
    if found["no_days"] and measure.lesson.teaches:
        yield (
            f"{counted(found['no_days'], 'open deal')} of which it is not known since when it stands in its stage: "
            "counted with the usual chances of the stage, or by its age."
        )
    yield from amount_notes(found, "open deal", measure.population.rates.base_currency)


def _distribution(measure: ForecastMeasure) -> Iterator[str]:
    """Why the mean is not the likely outcome."""
    currency = measure.population.rates.base_currency
    decimals = exponent(currency)
    for row in measure.rows:
        if row["stage"] == "total" and row["open_count"]:
            of_group = f" of {row['group']}" if "group" in row else ""
            yield (
                f"Outcome{of_group}: mean {row['expected_minor'] / 10**decimals:.{decimals}f} {currency}, variance "
                f"{row['variance']:.10g} (in minor units {row['variance'] * 100**decimals:.10g}), and a chance of "
                f"{100 * row['p_ge_expected']:.4g} % to come to the mean or more."
            )


def backtest_notes(past: Sequence[PastForecast], horizon: int) -> Iterator[str]:
    """How often past forecasts held what came, and by how much they missed it."""
    yield f"Horizon: {counted(horizon, 'day')}; every row tells what was known on its day, and what came."
    if not past:
        yield "There is no past day with a history to learn from, open deals and a whole horizon behind it."
        return
    inside = sum(each.told.covers(each.actual) for each in past)
    missed = sum(abs(each.expected_minor - each.actual) for each in past)
    came = sum(each.actual for each in past)
    share = 100 * inside / len(past)
    yield f"Coverage: {inside} of {len(past)} outcomes between p10 and p90 ({share:.1f} %; nominal 80 %)."
    if came > 0:
        yield f"Mean absolute error: {100 * missed / came:.1f} % of what came."

"""The notes of a forecast: what it rests on, what it leaves out, and how past ones fared. Must not know SQL of rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from connector.iso4217 import exponent
from connector.metrics.amount_notes import amount_notes
from connector.metrics.calendar import spelled
from connector.metrics.measures.forecast.interval import LOOKED_AT
from connector.metrics.measures.forecast.lesson import WHOLE
from connector.metrics.measures.forecast.stays import STEP
from connector.metrics.notes import Day, Figure, Listed, Name, Note, Part
from connector.metrics.population import EPOCH
from connector.metrics.result import counted
from connector.metrics.workspace import statement

if TYPE_CHECKING:
    from connector.metrics.measures.forecast.measure import ForecastMeasure
    from connector.metrics.measures.forecast.past import PastForecast


def forecast_notes(measure: ForecastMeasure) -> Iterator[Note]:
    """All notes of a forecast of the as-of day."""
    days = counted(measure.horizon, "day")
    if measure.rows:
        yield Note("Horizon: {days}, to {until}.", days=days, until=Day(measure.rows[-1]["until"]))
    else:
        yield Note("Horizon: {days}.", days=days)
    if not measure.horizon:
        yield Note("The fiscal quarter ends on the as-of day: --horizon DAYS looks further ahead.")
    yield from _basis(measure)
    yield from _stood_still(measure)
    yield from _left_out(measure)
    yield from _distribution(measure)
    scope = measure.population.scope
    if scope.deals_condition() is not None:
        counts = dict(measure.space.rows(statement("forecast_elsewhere")))
        yield from scope.elsewhere_note(counts, counted(sum(counts.values()), "open deal"))
    for funnel in [scope.one] if scope.one is not None else scope.funnels:
        of = Note("")
        if scope.one is None and scope.funnels.own:
            of = Note(" in pipeline {pipeline}", pipeline=Name(funnel.pipeline))
        yield from measure.moves.notes([(funnel.pipeline, stage.key) for stage in funnel.stages], of, scope)


def _basis(measure: ForecastMeasure) -> Iterator[Note]:
    """From what the chances come."""
    decided = {state: count for state, count in measure.lesson.decided.items() if count}
    staged = sum(count for state, count in decided.items() if state != WHOLE)
    cells = [lot for states in measure.lots.values() for lots in states.values() for lot in lots]
    by_crm = sum(lot.deals for lot in cells if not measure.lesson.is_learned(lot.cell))
    if measure.lesson.teaches:
        yield Note(
            "Learned from {deals} decided from a stage with known days, and from {others} of which only the age is "
            "known.",
            deals=counted(staged, "deal"),
            others=counted(decided.get(WHOLE, 0), "decided deal"),
        )
        yield from _widened(measure)
    if by_crm:
        yield Note(
            "{deals} without a history to learn from: the chance is the CRM's own probability, whatever the horizon, "
            "and the interval takes the deals to be independent.",
            deals=counted(by_crm, "open deal"),
        )


def _widened(measure: ForecastMeasure) -> Iterator[Note]:
    over = [each for each in measure.past if each.day.until <= measure.history.today.at][-LOOKED_AT:]
    if not over:
        yield Note("No past forecast has its whole horizon behind it: the interval is as it was computed.")
        return
    inside = sum(each.plain.covers(each.actual) for each in over)
    how = Note("not widened")
    if measure.factor != 1:
        how = Note("widened to {factor} times its width", factor=Figure(f"{measure.factor:.4g}"))
    yield Note(
        "Of the last {forecasts}, {inside} had the outcome between p10 and p90; the interval is {how}.",
        forecasts=counted(len(over), "past forecast"),
        inside=inside,
        how=how,
    )


def _stood_still(measure: ForecastMeasure) -> Iterator[Note]:
    """Where the as-of day lies long after all that is known: in the future, or the last sync is long ago."""
    moved = measure.history.moved
    at = measure.history.today.at
    if moved is not None and at - moved > STEP:
        yield Note(
            "No deal is known to have moved after {day}, {days} before the as-of day: deals that are open count as "
            "having stood still since. Sync, or ask for an earlier --as-of.",
            day=Day(spelled(moved + EPOCH)),
            days=counted(at - moved, "day"),
        )


def _left_out(measure: ForecastMeasure) -> Iterator[Note]:
    (found,) = measure.space.records(statement("forecast_notes"))
    if found["omitted"]:
        yield Note("{deals} of forecast category Omitted: in no row.", deals=counted(found["omitted"], "open deal"))
    if found["stale"]:
        ids = [own for (own,) in measure.space.rows(statement("forecast_stale"))]
        names: Part = Listed.of(map(Name, ids))
        if found["stale"] > len(ids):
            names = Note("{names} and {number} more", names=names, number=found["stale"] - len(ids))
        day = measure.history.today
        yield Note(
            "Stale: {stale} older than {days}, the age of the oldest of {deals} that ever closed, expected to bring "
            "nothing: {names}.",
            stale=counted(found["stale"], "open deal"),
            days=counted(day.oldest or 0, "day"),
            deals=counted(day.closed, "deal"),
            names=names,
        )
    if found["no_probability"]:
        deals = counted(found["no_probability"], "open deal")
        yield Note("{deals} without a probability: nothing in weighted_minor.", deals=deals)
    if found["no_days"] and measure.lesson.teaches:
        yield Note(
            "{deals} of which it is not known since when it stands in its stage: counted with the usual chances of the "
            "stage, or by its age.",
            deals=counted(found["no_days"], "open deal"),
        )
    yield from amount_notes(found, "open deal", measure.population.rates.base_currency)


def _distribution(measure: ForecastMeasure) -> Iterator[Note]:
    """Why the mean is not the likely outcome."""
    currency = measure.population.rates.base_currency
    decimals = exponent(currency)
    for row in measure.rows:
        if row["stage"] == "total" and row["open_count"]:
            yield Note(
                "Outcome{of_group}: mean {mean} {currency}, variance {variance} (in minor units {minor}), and a chance "
                "of {share} % to come to the mean or more.",
                of_group=Note(" of {group}", group=Name(row["group"])) if "group" in row else Note(""),
                mean=Figure(f"{row['expected_minor'] / 10**decimals:.{decimals}f}"),
                currency=Name(currency),
                variance=Figure(f"{row['variance']:.10g}"),
                minor=Figure(f"{row['variance'] * 100**decimals:.10g}"),
                share=Figure(f"{100 * row['p_ge_expected']:.4g}"),
            )


def backtest_notes(past: Sequence[PastForecast], horizon: int) -> Iterator[Note]:
    """How often past forecasts held what came, and by how much they missed it."""
    days = counted(horizon, "day")
    yield Note("Horizon: {days}; every row tells what was known on its day, and what came.", days=days)
    if not past:
        yield Note("There is no past day with a history to learn from, open deals and a whole horizon behind it.")
        return
    left_out = sum(each.left_out for each in past)
    if left_out:
        yield Note(
            "Left out of these days, all together: {deals} whose chance was the CRM's own, of which no past day tells.",
            deals=counted(left_out, "open deal"),
        )
    inside = sum(each.told.covers(each.actual) for each in past)
    missed = sum(abs(each.expected_minor - each.actual) for each in past)
    came = sum(each.actual for each in past)
    share = 100 * inside / len(past)
    yield Note(
        "Coverage: {inside} of {number} outcomes between p10 and p90 ({share} %; nominal 80 %).",
        inside=inside,
        number=len(past),
        share=Figure(f"{share:.1f}"),
    )
    if came > 0:
        yield Note("Mean absolute error: {share} % of what came.", share=Figure(f"{100 * missed / came:.1f}"))

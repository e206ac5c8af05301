"""Runs or explains one measure over a store: the door that the command line uses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from connector.errors import UsageError
from connector.metrics.blame import blamed, refuse_what_is_no_sum
from connector.metrics.calendar import FiscalCalendar
from connector.metrics.catalog import MetricInfo, info
from connector.metrics.engines import workspace_of
from connector.metrics.filters import resolve
from connector.metrics.known import as_known
from connector.metrics.measures import measure_of
from connector.metrics.parameters import MetricParams, Question, ask, today
from connector.metrics.people import fold, read_people
from connector.metrics.population import Population
from connector.metrics.result import Explanation, RecordUrl, Result
from connector.metrics.scope import PIPELINE, scope_of
from connector.metrics.valuation import RateBook
from connector.metrics.words import measure_words

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from connector.mapping import Mappings
    from connector.metrics.measure import Measure
    from connector.metrics.notes import Note
    from connector.settings import ReportSettings
    from connector.store import Due


def run_metric(conn: Connection, name: str, params: MetricParams, report: ReportSettings, mappings: Mappings) -> Result:
    """The figures of a measure. ``conn`` needs one unchanging view of the store; only temporary tables are made."""
    with _computed(conn, info(name), params, report, mappings) as (measure, question, limits):
        shown = (_asked(measure, question, report), measure.columns, measure.rows, [*measure.notes, *limits])
        return Result(name, *shown, measure.exit_code, measure.population.scope, question.lang)


def explain(
    conn: Connection,
    name: str,
    params: MetricParams,
    report: ReportSettings,
    mappings: Mappings,
    row_filter: dict[str, str],
    record_url: RecordUrl,
) -> Explanation:
    """The definition of a measure, and the source records behind each of its rows, or of those that are asked for."""
    described = info(name)
    with _computed(conn, described, params, report, mappings) as (measure, question, _):
        chosen = _chosen(measure.rows, measure.columns, row_filter)
        return Explanation(
            metric=name,
            definition=measure_words(name, "definition", params.lang, described.definition),
            formula=described.formula,
            sql=described.sql,
            params=_asked(measure, question, report),
            policies=measure.policies,
            rows=[(measure.rows[index], measure.contributions(index)) for index in chosen],
            record_url=record_url,
            scope=measure.population.scope,
            language=question.lang,
        )


def payouts_due(
    conn: Connection, params: MetricParams, report: ReportSettings, mappings: Mappings
) -> tuple[list[Due], list[Note]]:
    """What ``metrics quota --record-payout`` is to record, and notes on whom it leaves out.

    UsageError where the question is not about all that is due, or where earlier payouts forbid it.
    """
    from connector.metrics.measures.quota import QuotaMeasure, due_of, refuse_what_cannot_be_recorded

    refuse_what_cannot_be_recorded(params)
    with _computed(conn, info(QuotaMeasure.name), params, report, mappings) as (measure, _, _):
        assert isinstance(measure, QuotaMeasure)
        return due_of(measure, today(report))


@contextmanager
def _computed(
    conn: Connection, described: MetricInfo, params: MetricParams, report: ReportSettings, mappings: Mappings
) -> Iterator[tuple[Measure, Question, list[Note]]]:
    """The measure, its question, and notes on what of it cannot be known. ValueUnusable where a value is to blame."""
    kind = measure_of(described.name)
    question = ask(params, report, described, kind.default_by)
    with (
        blamed(conn),
        workspace_of(params.engine, conn) as space,
        as_known(space, question, mappings, report) as limits,
    ):
        people = read_people(space)
        filters = resolve(question.where, described.filters, described.name, space, people, mappings.funnels)
        rates = RateBook.read(space.conn, report.base_currency, mappings.rates)
        scope = scope_of(mappings.funnels, question.by, filters.passing.get(PIPELINE, ()))
        calendar = FiscalCalendar(report)
        population = Population(space, question, people, filters, rates, report.zone, scope, calendar)
        measure = kind(population, mappings)
        refuse_what_is_no_sum(conn, described.columns, measure.rows)
        yield measure, question, limits


def _asked(measure: Measure, question: Question, report: ReportSettings) -> dict[str, Any]:
    """The question as an answer repeats it, with what the measure took where nothing was said."""
    spelled = question.spelled(report)
    return {**spelled, **{flag: value for flag, value in measure.assumed.items() if flag not in spelled}}


def _chosen(rows: list[dict[str, Any]], columns: tuple[str, ...], row_filter: dict[str, str]) -> list[int]:
    """The rows whose columns show these values; none is an error that tells what there is."""
    chosen = list(range(len(rows)))
    for column, value in row_filter.items():
        if column not in columns:
            raise UsageError(
                f"--row {column}={value}: there is no column {column!r}.", hint=f"There is: {', '.join(columns)}."
            )
        there = sorted({_shown(rows[index][column]) for index in chosen})
        chosen = [index for index in chosen if fold(_shown(rows[index][column])) == fold(value)]
        if not chosen:
            shown = ", ".join(each for each in there if each)
            hint = f"There is: {shown}." if shown else "The rows show nothing in this column; --by groups them."
            raise UsageError(f"--row {column}={value}: no row shows that.", hint=hint)
    return chosen


def _shown(value: object) -> str:
    return "" if value is None else str(value)

"""Runs or explains one measure over a store: the door that the command line uses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connector.errors import UsageError
from connector.metrics.catalog import MetricInfo, info
from connector.metrics.engines import workspace_of
from connector.metrics.filters import resolve
from connector.metrics.measures import measure_of
from connector.metrics.parameters import MetricParams, Question, ask
from connector.metrics.people import fold, read_people
from connector.metrics.population import Population
from connector.metrics.result import Explanation, RecordUrl, Result
from connector.metrics.scope import scope_of
from connector.metrics.valuation import RateBook

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from connector.mapping import Mappings
    from connector.metrics.measure import Measure
    from connector.metrics.workspace import Workspace
    from connector.settings import ReportSettings


def run_metric(conn: Connection, name: str, params: MetricParams, report: ReportSettings, mappings: Mappings) -> Result:
    """The figures of a measure. ``conn`` needs one unchanging view of the store; only temporary tables are made."""
    with workspace_of(params.engine, conn) as space:
        measure, question = _compute(space, info(name), params, report, mappings)
        shown = (question.spelled(report), measure.columns, measure.rows, measure.notes)
        return Result(name, *shown, measure.exit_code, measure.population.scope)


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
    with workspace_of(params.engine, conn) as space:
        measure, question = _compute(space, described, params, report, mappings)
        chosen = _chosen(measure.rows, measure.columns, row_filter)
        return Explanation(
            metric=name,
            definition=described.definition,
            formula=described.formula,
            sql=described.sql,
            params=question.spelled(report),
            policies=measure.policies,
            rows=[(measure.rows[index], measure.contributions(index)) for index in chosen],
            record_url=record_url,
        )


def _compute(
    space: Workspace, described: MetricInfo, params: MetricParams, report: ReportSettings, mappings: Mappings
) -> tuple[Measure, Question]:
    kind = measure_of(described.name)
    question = ask(params, report, described, kind.default_by)
    people = read_people(space)
    filters = resolve(question.where, described.filters, described.name, space, people, mappings.funnels)
    rates = RateBook.read(space.conn, report.base_currency, mappings.rates)
    scope = scope_of(mappings.funnels, question.by, filters)
    population = Population(space, question, people, filters, rates, report.zone, scope)
    return kind(population, mappings), question


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
            raise UsageError(f"--row {column}={value}: no row shows that.", hint=f"There is: {', '.join(there)}.")
    return chosen


def _shown(value: object) -> str:
    return "" if value is None else str(value)

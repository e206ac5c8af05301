"""How measures show: the catalog, an answer with its notes, and an explanation with the records behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from connector.iso4217 import exponent
from connector.metrics import info
from connector.metrics.catalog import MONEY
from connector.metrics.words import ENGLISH
from connector.plaintext import one_line
from connector.report.persian import catalog_in_persian, explanation_in_persian, result_in_persian
from connector.report.render import as_csv, as_json, as_table, as_words, is_id_of_another

if TYPE_CHECKING:
    from connector.metrics import Explanation, MetricInfo, Result
    from connector.report.answer import Answer


def render_catalog(measures: Sequence[MetricInfo], format_: str, language: str = ENGLISH) -> str:
    """Every measure with the question it answers."""
    if format_ == "table" and language != ENGLISH:
        return catalog_in_persian(measures)
    rows: list[dict[str, Any]] = [{"name": each.name, "question": each.question} for each in measures]
    if format_ == "json":
        return as_json(rows)
    return as_csv(("name", "question"), rows) if format_ == "csv" else as_table(("name", "question"), rows)


def render_result(answer: Answer, format_: str) -> str:
    """An answer: JSON as the contract has it, CSV the rows alone, a table as people read it."""
    result = answer.result
    if format_ == "json":
        return as_json(result.to_json())
    if format_ == "csv":
        return as_csv(result.columns, result.rows)
    if result.language != ENGLISH:
        return result_in_persian(result, _columns_shown(result))
    given = {name: value for name, value in result.params.items() if value not in (None, [], "")}
    params = ", ".join(f"{name} {_shown(value)}" for name, value in given.items())
    notes = [f"note: {one_line(note)}" for note in result.told()]
    return "\n".join([one_line(f"{result.metric}: {params}"), _table(answer) if result.rows else "no rows", *notes])


def render_explanation(explanation: Explanation, format_: str) -> str:
    """The definition, and under each row the records with what each adds to it."""
    if format_ == "table" and explanation.language != ENGLISH:
        return explanation_in_persian(explanation)
    whole = explanation.to_json()
    if format_ == "json":
        return as_json(whole)
    if format_ == "csv":
        lines = [
            {"row": index, "record": record["id"], "url": record["url"], "column": column, "adds": number}
            for index, row in enumerate(whole["rows"], 1)
            for record in row["records"]
            for column, number in record["contributes"].items()
        ]
        return as_csv(("row", "record", "column", "adds", "url"), lines)
    figures = _Figures(info(explanation.metric), str(explanation.params.get("base_currency", "")))
    text = [f"{whole['metric']}: {whole['definition']}", *(f"formula: {each}" for each in explanation.formula)]
    for index, row in enumerate(whole["rows"], 1):
        told = ", ".join(f"{figures.head(name)}: {_shown(figures.of(row['row'], name))}" for name in row["row"])
        text += ["", one_line(f"row {index}: {told}"), _records(row, figures) if row["records"] else "no records"]
    return "\n".join(text)


def _records(row: Mapping[str, Any], figures: _Figures) -> str:
    """A line for each record behind a row, with what it adds to each of the row's figures."""
    added = {column for record in row["records"] for column in record["contributes"]}
    adding = [column for column in row["row"] if column in added]
    lines = [
        {"record": each["id"], **{name: figures.of(each["contributes"], name) for name in adding}, "url": each["url"]}
        for each in row["records"]
    ]
    return as_table(["record", *adding, "url"], lines, {name: figures.head(name) for name in adding}, adding)


class _Figures:
    """The figures of one measure as people read them: money in major units, shares in percent."""

    def __init__(self, about: MetricInfo, currency: str) -> None:
        self._kinds = {column.name: column.kind for column in about.columns}
        self._currency = currency

    def head(self, name: str) -> str:
        """What stands above a column."""
        return f"{name.replace('_minor', '')} {self._currency}" if self._kinds.get(name) in MONEY else name

    def of(self, row: Mapping[str, Any], name: str) -> Any:
        """A figure of a row; what is decided is decided on the exact one."""
        value, kind = row.get(name), self._kinds.get(name)
        if value is None:
            return None
        if kind in MONEY:
            decimals = exponent(self._currency)
            return f"{value / 10**decimals:,.{decimals}f}"
        return f"{value * 100:.1f}%" if kind == "share" else value

    def is_right(self, name: str) -> bool:
        """Whether a column stands to the right."""
        return self._kinds.get(name) in (*MONEY, "share", "count", "days", "integer")


def _table(answer: Answer) -> str:
    """Names in place of ids and keys, money in major units, shares in percent; columns without any value left out."""
    result = answer.result
    figures = _Figures(answer.info, str(result.params.get("base_currency", "")))
    columns = _columns_shown(result)
    rows = [{name: figures.of(row, name) for name in columns} for row in result.rows]
    if "stage" in columns and result.scope is not None:
        for row, found in zip(rows, result.rows, strict=True):
            row["stage"] = result.scope.stage_name(found, found["stage"])
    right = [name for name in columns if figures.is_right(name)]
    return as_table(columns, rows, {name: figures.head(name) for name in columns}, right)


def _columns_shown(result: Result) -> list[str]:
    named = [name for name in result.columns if not is_id_of_another(name, result.columns)]
    return [name for name in named if any(row.get(name) not in (None, [], "") for row in result.rows)]


def _shown(value: Any) -> str:
    return "-" if value in (None, [], ()) else str(as_words(value))

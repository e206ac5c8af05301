"""How measures show: the catalog, an answer with its notes, and an explanation with the records behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from connector.report.render import as_csv, as_json, as_table

if TYPE_CHECKING:
    from connector.metrics import Explanation, MetricInfo, Result


def render_catalog(measures: Sequence[MetricInfo], format_: str) -> str:
    """Every measure with the question it answers."""
    rows: list[dict[str, Any]] = [{"name": each.name, "question": each.question} for each in measures]
    if format_ == "json":
        return as_json(rows)
    return as_csv(("name", "question"), rows) if format_ == "csv" else as_table(("name", "question"), rows)


def render_result(result: Result, format_: str) -> str:
    """An answer: JSON as the contract has it, CSV the rows alone, a table for people with money in major units."""
    if format_ == "json":
        return as_json(result.to_json())
    if format_ == "csv":
        return as_csv(result.columns, result.rows)
    columns, rows = _for_people(result)
    params = ", ".join(
        f"{name} {_shown(value)}" for name, value in result.params.items() if value not in (None, [], "")
    )
    return "\n".join(
        [
            f"{result.metric}: {params}",
            as_table(columns, rows) if rows else "no rows",
            *(f"note: {n}" for n in result.notes),
        ]
    )


def render_explanation(explanation: Explanation, format_: str) -> str:
    """The definition, and under each row the records with what each adds to it."""
    whole = explanation.to_json()
    if format_ == "json":
        return as_json(whole)
    lines = [
        {"row": index, "record": record["id"], "url": record["url"], "column": column, "adds": number}
        for index, row in enumerate(whole["rows"], 1)
        for record in row["records"]
        for column, number in record["contributes"].items()
    ]
    columns = ("row", "record", "column", "adds", "url")
    if format_ == "csv":
        return as_csv(columns, lines)
    text = [f"{whole['metric']}: {whole['definition']}", f"formula: {whole['formula']}"]
    for index, row in enumerate(whole["rows"], 1):
        figures = ", ".join(f"{name}={_shown(value)}" for name, value in row["row"].items())
        mine = [line for line in lines if line["row"] == index]
        text += ["", f"row {index}: {figures}", as_table(columns[1:], mine) if mine else "no records"]
    return "\n".join(text)


def _for_people(result: Result) -> tuple[list[str], list[dict[str, Any]]]:
    """Ids are left out where a name stands beside them; minor units become major ones of the base currency."""
    from connector.iso4217 import exponent

    currency = str(result.params.get("base_currency", ""))
    scale = 10 ** exponent(currency)
    columns = [name for name in result.columns if not (name.endswith("_id") and name[:-3] in result.columns)]
    names = {name: f"{name.removesuffix('_minor')} {currency}".strip() for name in columns if name.endswith("_minor")}
    rows = []
    for row in result.rows:
        shown = {names.get(name, name): row.get(name) for name in columns}
        for name, title in names.items():
            value = row.get(name)
            shown[title] = None if value is None else f"{value / scale:,.{exponent(currency)}f}"
        rows.append(shown)
    return [names.get(name, name) for name in columns], rows


def _shown(value: Any) -> str:
    if isinstance(value, list | tuple):
        return " ".join(str(item) for item in value)
    return "-" if value is None else str(value)

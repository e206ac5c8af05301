"""How measures show in Persian: an answer, an explanation and the catalog, with Persian heads, words, digits and days.

Figures are decided before; only what people read is made here. JSON and CSV never come here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from connector.metrics import info
from connector.metrics.words import measure_words, word
from connector.metrics.words.persian import day, isolated, number
from connector.metrics.words.telling import told
from connector.report.persian_cells import Cells
from connector.report.render import is_id_of_another
from connector.report.righttoleft import Cell, as_table, line

if TYPE_CHECKING:
    from connector.metrics import Explanation, MetricInfo, Result
    from connector.metrics.result import Contribution

_PERSIAN = "fa"
_DAYS = ("from", "to", "as_of", "known_at", "by_date")
#: parameters whose values are words of the product, and those that are said or not
_WORDS, _SWITCHES = ("by", "basis"), ("backtest", "record_payout")
_PLAIN_NUMBERS = ("horizon", "confidence", "minimum", "target")


def catalog_in_persian(measures: Sequence[MetricInfo]) -> str:
    """Every measure with the word for it on the command line and the question it answers."""
    heads = [_phrase(key) for key in ("title", "name", "question")]
    rows = [
        [
            Cell(measure_words(each.name, "title", _PERSIAN, each.title)),
            Cell(isolated(each.name)),
            Cell(measure_words(each.name, "question", _PERSIAN, each.question)),
        ]
        for each in measures
    ]
    return as_table(heads, rows)


def result_in_persian(result: Result, columns: Sequence[str]) -> str:
    """An answer: what was asked, the columns that are to be shown, and the notes."""
    about = info(result.metric)
    cells = Cells(about, str(result.params.get("base_currency", "")), result.scope)
    headline = f"{measure_words(about.name, 'title', _PERSIAN, about.title)}: {'، '.join(_asked(result.params))}"
    rows = [[cells.of(row, name) for name in columns] for row in result.rows]
    notes = [line(f"{_phrase('note')}: {told(note, _PERSIAN)}") for note in result.notes]
    table = as_table([cells.head(name) for name in columns], rows) if rows else line(_phrase("no_rows"))
    return "\n".join([line(headline), table, *notes])


def explanation_in_persian(explanation: Explanation) -> str:
    """The definition, what each column means, and under each row the records with what each adds to it."""
    about = info(explanation.metric)
    cells = Cells(about, str(explanation.params.get("base_currency", "")), explanation.scope)
    title = measure_words(about.name, "title", _PERSIAN, about.title)
    every = list(explanation.rows[0][0]) if explanation.rows else [column.name for column in about.columns]
    shown = [name for name in every if not is_id_of_another(name, every)]
    text = [line(f"{title}: {explanation.definition}"), line(f"{_phrase('columns')}:")]
    text += [line(f"{cells.name(name)}: {cells.meaning(name)}") for name in shown]
    for at, (row, records) in enumerate(explanation.rows, 1):
        figures = "، ".join(f"{cells.head(name)}: {cells.of(row, name).text}" for name in shown)
        text += ["", line(f"{_phrase('row')} {number(str(at))}: {figures}")]
        text.append(_records(explanation, row, records, cells) if records else line(_phrase("no_records")))
    return "\n".join(text)


def _records(explanation: Explanation, row: Mapping[str, Any], records: Sequence[Contribution], cells: Cells) -> str:
    """A line for each record behind a row, with what it adds to each of the row's figures."""
    adding = {column for record in records for column in record.contributes}
    columns = [column for column in row if column in adding]
    lines = []
    for record in records:
        url = record.to_json(explanation.record_url)["url"]
        adds = [cells.of(record.contributes, column) for column in columns]
        lines.append([Cell(isolated(record.id)), *adds, Cell(isolated(url) if url else "-")])
    return as_table([_phrase("record"), *map(cells.head, columns), _phrase("url")], lines)


def _phrase(key: str) -> str:
    return word("phrases", key) or key


def _asked(params: Mapping[str, Any]) -> Iterator[str]:
    """What was asked, in the words of the line above a table."""
    told = {
        name: f"{word('parameters', name) or isolated(name)} {_asked_value(name, value)}".rstrip()
        for name, value in params.items()
        if value not in (None, [], "") and name != "lang"
    }
    yield " ".join(told.pop(name) for name in ("from", "to") if name in told)
    yield from told.values()


def _asked_value(name: str, value: Any) -> str:
    if name in _SWITCHES:
        return ""
    if name in _DAYS:
        return day(str(value))
    if name in _PLAIN_NUMBERS:
        return number(str(value)) if str(value).replace(".", "", 1).isdecimal() else isolated(str(value))
    if isinstance(value, list | tuple):
        pairs = (str(each).partition("=") for each in value)
        return "، ".join(f"{word('cells', key) or isolated(key)}: {isolated(text)}" for key, _, text in pairs)
    known = word("cells", str(value)) if name in _WORDS else None
    return known or isolated(str(value))

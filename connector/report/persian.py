"""How measures show in Persian: an answer, an explanation and the catalog, with Persian heads, words, digits and days.

Figures are decided before; only what people read is made here. JSON and CSV never come here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from connector.metrics import info
from connector.metrics.words import column_words, measure_words, word
from connector.metrics.words.persian import day, isolated, number
from connector.metrics.words.telling import told
from connector.report.persian_cells import MONEY, Cells, figure
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
    about, currency = info(result.metric), str(result.params.get("base_currency", ""))
    kinds = {column.name: column.kind for column in about.columns}
    headline = f"{measure_words(about.name, 'title', _PERSIAN, about.title)}: {'، '.join(_asked(result.params))}"
    heads = [_head(about.name, name, kinds.get(name), currency) for name in columns]
    cells = Cells(about, currency, result.scope)
    rows = [[cells.of(row, name) for name in columns] for row in result.rows]
    notes = [line(f"{_phrase('note')}: {told(note, _PERSIAN)}") for note in result.notes]
    return "\n".join([line(headline), as_table(heads, rows) if rows else line(_phrase("no_rows")), *notes])


def explanation_in_persian(explanation: Explanation) -> str:
    """The definition, what each column means, and under each row the records with what each adds to it."""
    about, currency = info(explanation.metric), str(explanation.params.get("base_currency", ""))
    kinds = {column.name: column.kind for column in about.columns}
    title = measure_words(about.name, "title", _PERSIAN, about.title)
    text = [line(f"{title}: {explanation.definition}"), line(f"{_phrase('columns')}:")]
    every = list(explanation.rows[0][0]) if explanation.rows else [column.name for column in about.columns]
    shown = [name for name in every if not is_id_of_another(name, every)]
    text += [line(f"{_head(about.name, name, None, '')}: {_meaning(about, name)}") for name in shown]
    cells = Cells(about, currency, explanation.scope)
    for at, (row, records) in enumerate(explanation.rows, 1):
        figures = "، ".join(
            f"{_head(about.name, name, kinds.get(name), currency)}: {cells.of(row, name).text}" for name in shown
        )
        text += ["", line(f"{_phrase('row')} {number(str(at))}: {figures}")]
        text.append(_records(explanation, records, kinds, currency) if records else line(_phrase("no_records")))
    return "\n".join(text)


def _records(explanation: Explanation, records: Sequence[Contribution], kinds: Mapping[str, str], currency: str) -> str:
    rows = []
    for record in records:
        url = record.to_json(explanation.record_url)["url"]
        for column, adds in record.contributes.items():
            head = Cell(_head(explanation.metric, column, kinds.get(column), currency))
            adding = figure(adds, kinds.get(column), currency)
            rows.append([Cell(isolated(record.id)), head, adding, Cell(isolated(url)) if url else Cell("-")])
    return as_table([_phrase(key) for key in ("record", "column", "adds", "url")], rows)


def _meaning(about: MetricInfo, name: str) -> str:
    english = next((column.description for column in about.columns if column.name == name), name)
    return column_words(about.name, name, "means") or isolated(english)


def _phrase(key: str) -> str:
    return word("phrases", key) or key


def _head(measure: str, name: str, kind: str | None, currency: str) -> str:
    head = column_words(measure, name, "head") or isolated(name)
    return f"{head} ({isolated(currency)})" if kind in MONEY else head


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

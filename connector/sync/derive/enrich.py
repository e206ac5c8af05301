"""Derived columns of rows that are about to be inserted for the first time, so that one INSERT writes them.

It only spares the later pass its updates: whatever is missing or stale here, that pass puts right.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from connector.mapping.stages import StageBook
from connector.metrics.history import CLOSED
from connector.metrics.valuation import RateBook
from connector.sync.derive.context import DeriveContext
from connector.sync.derive.values import value_day

Row = tuple[Any, ...]

#: the column of the stage as the source shows it
SHOWN = "crm_stage"


def enrich(
    context: DeriveContext,
    book: StageBook,
    rates: RateBook,
    table: str,
    columns: Sequence[str],
    rows: Sequence[Row],
) -> tuple[tuple[str, ...], list[Row]]:
    """Columns and rows of a page with what can be derived from each row alone."""
    if table == "opportunity":
        return _deals(context, book, rates, columns, rows)
    if table == "stage_event":
        return _events(book, columns, rows)
    return tuple(columns), list(rows)


def _deals(
    context: DeriveContext, book: StageBook, rates: RateBook, columns: Sequence[str], rows: Sequence[Row]
) -> tuple[tuple[str, ...], list[Row]]:
    names = ("source", "source_stage", "status", "pipeline", "amount_minor", "currency", "close_on")
    sources, staged, statuses, pipelines, amounts, currencies, days = (_column(columns, rows, name) for name in names)
    stood = list(zip(sources, staged, statuses, pipelines, strict=True))
    stages = {key: _stages(book, *key) for key in set(stood)}
    told = map(stages.__getitem__, stood)
    base, value = context.report.base_currency, rates.value
    worths = [
        amount
        if amount is None or currency == base
        else value(amount, currency, source, value_day(context, status, day, None))
        for amount, currency, source, status, day in zip(amounts, currencies, sources, statuses, days, strict=True)
    ]
    # what the source shows stays in its place under the name that the store keeps it by
    named = tuple(SHOWN if name == "source_stage" else name for name in columns)
    derived = ("stage", "source_stage", "base_minor")
    if SHOWN not in named:
        named, rows = (*named, SHOWN), [(*row, None) for row in rows]
    return (*named, *derived), [
        (*row, stage, stood_in, worth) for row, (stage, stood_in), worth in zip(rows, told, worths, strict=True)
    ]


def _stages(
    book: StageBook, source: str | None, shown: str | None, status: str | None, pipeline: str | None
) -> tuple[str | None, str | None]:
    """The canonical stage of a deal, and the source's own that it stands in: what a closed one shows is none."""
    if shown is None:
        return None, None
    means = book.meaning(source, shown, pipeline)
    return means.stage, None if status in CLOSED and means.status != "open" else shown


def _events(book: StageBook, columns: Sequence[str], rows: Sequence[Row]) -> tuple[tuple[str, ...], list[Row]]:
    """The status that an event's stage tells; closing facts bring their own. Whose event it is, no row tells."""
    if "status" in columns or "source_stage" not in columns:
        return tuple(columns), list(rows)
    source, staged = columns.index("source"), columns.index("source_stage")
    meaning = book.meaning
    return (*columns, "status"), [
        (*row, meaning(row[source], row[staged], None).status if row[staged] is not None else None) for row in rows
    ]


def _column(columns: Sequence[str], rows: Sequence[Row], name: str) -> Sequence[Any]:
    """One column; of one that is not mapped, NULLs."""
    if name not in columns:
        return [None] * len(rows)
    return list(map(itemgetter(columns.index(name)), rows))

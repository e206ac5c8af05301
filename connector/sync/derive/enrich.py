"""Derived columns of rows that are about to be inserted for the first time, so that one INSERT writes them.

It only spares the later pass its updates: whatever is missing or stale here, that pass puts right.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connector.metrics.valuation import RateBook
from connector.sync.derive.context import DeriveContext
from connector.sync.derive.history import CLOSED
from connector.sync.derive.stages import StageBook
from connector.sync.derive.values import value_day

Row = tuple[Any, ...]


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
    source, staged, status, amount, currency, close_on = (
        _place(columns, name) for name in ("source", "source_stage", "status", "amount_minor", "currency", "close_on")
    )
    meaning, value = book.meaning, rates.value
    base, enriched = context.report.base_currency, []
    for row in rows:
        padded = (*row, None)
        shown, stage, known = padded[staged], None, row
        if shown is not None:
            means = meaning(padded[source], shown)
            stage = means.stage
            if padded[status] in CLOSED and means.status != "open":
                # the stage that a closed deal shows is none that it stood in
                known = (*row[:staged], None, *row[staged + 1 :])
        worth = padded[amount]
        if worth is not None and padded[currency] != base:
            day = value_day(context, padded[status], padded[close_on], None)
            worth = value(worth, padded[currency], padded[source], day)
        enriched.append((*known, stage, worth, shown))
    return (*columns, "stage", "base_minor", "crm_stage"), enriched


def _events(book: StageBook, columns: Sequence[str], rows: Sequence[Row]) -> tuple[tuple[str, ...], list[Row]]:
    """The status that an event's stage tells; closing facts bring their own."""
    if "status" in columns or "source_stage" not in columns:
        return tuple(columns), list(rows)
    source, staged = columns.index("source"), columns.index("source_stage")
    meaning = book.meaning
    return (*columns, "status"), [
        (*row, meaning(row[source], row[staged]).status if row[staged] is not None else None) for row in rows
    ]


def _place(columns: Sequence[str], name: str) -> int:
    """Place of a column in the padded tuple; a column that is not mapped is the NULL at its end."""
    return columns.index(name) if name in columns else -1

"""What stage values mean may change under deals that did not: then these deals, and only these, are due again."""

from __future__ import annotations

import json
from collections.abc import Mapping

from sqlalchemy import Connection

from connector.mapping.funnel import DEFAULT
from connector.mapping.stages import Declared, Meaning, StageBook
from connector.store.settings import get_setting, set_setting
from connector.sync.derive.context import DeriveContext
from connector.sync.derive.rows import fetch, run, set_columns

SETTING = "derive.stages"

_ROWS = "SELECT id, source, value, position, is_won, is_closed, stage FROM source_stage WHERE value IS NOT NULL"
_CONCERNED = """
    INSERT OR IGNORE INTO pending_deal (opportunity_id)
    SELECT id FROM opportunity WHERE source IS ? AND (crm_stage = ? OR source_stage = ?)
    UNION
    SELECT e.opportunity_id FROM stage_event AS e JOIN opportunity AS o ON o.id = e.opportunity_id
    WHERE o.source IS ? AND e.source_stage = ?
"""

#: (source, value, pipeline) -> stage and status; the pipeline is that of the funnel which tells
Told = Mapping[tuple[str | None, str, str], tuple[str | None, str | None]]


def restage(conn: Connection, context: DeriveContext, book: StageBook) -> None:
    """Fills source_stage.stage and notes the deals that a changed meaning concerns."""
    _fill_source_stages(conn, book)
    declared = _told(book)
    before = _read(get_setting(conn, SETTING))
    undeclared = StageBook(context.funnels, context.kinds)
    concerned: dict[tuple[str | None, str], None] = {}
    for source, value, pipeline in sorted({*declared, *before}, key=str):
        # a value that nobody declared was told by funnel.yaml alone, and so were the deals that had it then
        alone = _plain(undeclared.meaning(source, value, pipeline))
        key = (source, value, pipeline)
        if declared.get(key, alone) != before.get(key, alone):
            concerned[source, value] = None
    for source, value in concerned:
        run(conn, _CONCERNED, (source, value, value, source, value))
    set_setting(conn, SETTING, _spelt(declared))


def note_told(conn: Connection, book: StageBook) -> None:
    """Remembers the meanings by which the deals of an empty store begin to be derived."""
    set_setting(conn, SETTING, _spelt(_told(book)))


def _told(book: StageBook) -> Told:
    return {
        (source, value, funnel.pipeline): _plain(book.meaning(source, value, funnel.pipeline))
        for source, value in book.declared()
        for funnel in book.funnels
    }


def _plain(meaning: Meaning) -> tuple[str | None, str | None]:
    return meaning.stage, meaning.status


def _spelt(told: Told) -> str:
    """As JSON; what a store remembers that knew of one funnel only lacks the pipeline at the end."""
    return json.dumps(
        [[source, value, *told[source, value, line], line] for source, value, line in sorted(told, key=str)]
    )


def _read(text: str | None) -> dict[tuple[str | None, str, str], tuple[str | None, str | None]]:
    return {
        (source, value, line[0] if line else DEFAULT): (stage, status)
        for source, value, stage, status, *line in json.loads(text or "[]")
    }


def _fill_source_stages(conn: Connection, book: StageBook) -> None:
    found = []
    for row, source, value, position, is_won, is_closed, stored in fetch(conn, _ROWS):
        stage = book.stage_of_row(source, value, Declared(position, is_won, is_closed))
        if stage != stored:
            found.append((row, stage))
    set_columns(conn, "source_stage", ("stage",), found)

"""What stage values mean may change under deals that did not: then these deals, and only these, are due again."""

from __future__ import annotations

import json
from collections.abc import Mapping

from sqlalchemy import Connection

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

Told = Mapping[tuple[str | None, str], tuple[str | None, str | None]]


def restage(conn: Connection, context: DeriveContext, book: StageBook) -> None:
    """Fills source_stage.stage and notes the deals that a changed meaning concerns."""
    _fill_source_stages(conn, book)
    declared = {key: _plain(meaning) for key, meaning in book.declared_meanings().items()}
    before = _read(get_setting(conn, SETTING))
    undeclared = StageBook(context.funnel, context.kinds)
    for source, value in sorted({*declared, *before}, key=str):
        # a value that nobody declared was told by funnel.yaml alone, and so were the deals that had it then
        alone = _plain(undeclared.meaning(source, value))
        if declared.get((source, value), alone) != before.get((source, value), alone):
            run(conn, _CONCERNED, (source, value, value, source, value))
    set_setting(conn, SETTING, _spelt(declared))


def note_told(conn: Connection, book: StageBook) -> None:
    """Remembers the meanings by which the deals of an empty store begin to be derived."""
    set_setting(conn, SETTING, _spelt({key: _plain(meaning) for key, meaning in book.declared_meanings().items()}))


def _plain(meaning: Meaning) -> tuple[str | None, str | None]:
    return meaning.stage, meaning.status


def _spelt(told: Told) -> str:
    return json.dumps([[*key, *told[key]] for key in sorted(told, key=str)])


def _read(text: str | None) -> dict[tuple[str | None, str], tuple[str | None, str | None]]:
    return {(source, value): (stage, status) for source, value, stage, status in json.loads(text or "[]")}


def _fill_source_stages(conn: Connection, book: StageBook) -> None:
    found = []
    for row, source, value, position, is_won, is_closed, stored in fetch(conn, _ROWS):
        stage = book.stage_of_row(source, value, Declared(position, is_won, is_closed))
        if stage != stored:
            found.append((row, stage))
    set_columns(conn, "source_stage", ("stage",), found)

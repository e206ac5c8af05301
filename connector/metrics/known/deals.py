"""Which deals were not known as they are now, and the views of deals, events and visits that show them as they were.

Only deals of which something came or changed later are told again (teller.py). It must not know any measure.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from connector.metrics.known.limits import setting
from connector.metrics.known.shadows import Shadows, columns_of
from connector.metrics.known.teller import SHOWN, Teller
from connector.metrics.stage_book import read_stage_book
from connector.metrics.valuation import RateBook
from connector.store.chunks import chunks
from connector.store.tables import table

if TYPE_CHECKING:
    from connector.mapping import Mappings
    from connector.mapping.stages import StageBook
    from connector.metrics.parameters import Question
    from connector.settings import ReportSettings

#: setting under which derivations note of which kind each source is
_KINDS = "derive.mark.kinds"
#: the tables whose views are put up here
RETOLD = tuple(SHOWN)
#: deals told again, and deals that were not known at all: of neither does anything show as it is now
_OUT = "known_deal"

#: deals of which a state was superseded since, or an event came, changed or went
_TOUCHED = """
    SELECT id FROM known_opportunity WHERE version_id IS NOT NULL
    UNION
    SELECT e.opportunity_id FROM known_stage_event c JOIN {store}.stage_event e ON e.id = c.id
    UNION
    SELECT v.opportunity_id FROM known_stage_event c JOIN {store}.stage_event_version v ON v.id = c.id
"""
#: deals that carry, or carried, a value that meant something else then
_OF_VALUE = """
    SELECT id FROM {store}.opportunity WHERE source IS NOT DISTINCT FROM ? AND (crm_stage = ? OR source_stage = ?)
    UNION
    SELECT e.opportunity_id FROM {store}.stage_event e JOIN {store}.opportunity o ON o.id = e.opportunity_id
    WHERE o.source IS NOT DISTINCT FROM ? AND e.source_stage = ?
"""
#: deals put in by hand that had not closed, and visits that had not begun or not ended
_BY_HAND = """
    SELECT o.id FROM {store}.opportunity o
    WHERE o.source_object IS NULL AND o.synced_at IS NULL AND o.status IN ('won', 'lost') AND {closed}
    UNION
    SELECT x.opportunity_id FROM {store}.stage_visit x JOIN {store}.opportunity o ON o.id = x.opportunity_id
    WHERE o.source_object IS NULL AND ({entered} OR {left})
"""


def recall_deals(shadows: Shadows, question: Question, mappings: Mappings, report: ReportSettings) -> None:
    """Puts up the views of deals, events and visits where any deal was not known as now; all others stand already."""
    kinds: Mapping[str, str] = json.loads(setting(shadows.space, _KINDS) or "{}")
    then = read_stage_book(shadows.space.conn, mappings.funnels, kinds)
    now = read_stage_book(shadows.space.conn, mappings.funnels, kinds, table=f"{shadows.space.store}.source_stage")
    unknown = set(_ids(shadows, "SELECT id FROM known_opportunity WHERE version_id IS NULL"))
    told_again = sorted(_touched(shadows, then, now) - unknown)
    for name, shown in SHOWN.items():
        shadows.keep(shown, columns_of(name))
    rates = RateBook.read(shadows.space.conn, report.base_currency, mappings.rates)
    teller = Teller(shadows, then, now, rates, report.zone, question.as_of)
    for deals in chunks(told_again):
        teller.tell(deals)
    if told_again or unknown:
        _show(shadows, told_again)


def _ids(shadows: Shadows, sql: str, parameters: Sequence[Any] = ()) -> Iterator[str]:
    spelt = sql.replace("{store}", shadows.space.store)
    return (each for (each,) in shadows.space.rows(spelt, parameters) if each is not None)


def _touched(shadows: Shadows, then: StageBook, now: StageBook) -> set[str]:
    moment = shadows.moment
    later = _BY_HAND.format(
        store=shadows.space.store,
        closed=moment.is_before("COALESCE(o.closed_at, o.close_on, '')"),
        entered=moment.is_before("COALESCE(x.entered_at, x.entered_on, '')"),
        left=moment.is_before("COALESCE(x.left_at, x.left_on, '')"),
    )
    found = {*_ids(shadows, _TOUCHED), *_ids(shadows, later)}
    pipelines = (None, *(funnel.pipeline for funnel in then.funnels.own.values()))
    for source, value in {*then.declared(), *now.declared()}:
        meanings = ((then.meaning(source, value, each), now.meaning(source, value, each)) for each in pipelines)
        if any((before.stage, before.status) != (after.stage, after.status) for before, after in meanings):
            found.update(_ids(shadows, _OF_VALUE, (source, value, value, source, value)))
    return found


def _show(shadows: Shadows, told_again: list[str]) -> None:
    shadows.keep(_OUT, "id TEXT PRIMARY KEY", ((deal,) for deal in told_again))
    shadows.add(_OUT, "SELECT id FROM known_opportunity WHERE version_id IS NULL")
    for name, shown in SHOWN.items():
        columns = ", ".join(column.name for column in table(name).columns)
        deal = "id" if name == "opportunity" else "opportunity_id"
        shadows.replace(
            name,
            f"SELECT {columns} FROM {shadows.space.store}.{name} WHERE {deal} NOT IN (SELECT id FROM {_OUT}) "
            f"UNION ALL SELECT {columns} FROM {shown}",
        )

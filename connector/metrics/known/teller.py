"""Tells deals again, with their stages, visits and events, from the rows that were known at a moment.

It writes rows of the same columns as the store's tables; who shows them, and of which deals, it must not know.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from connector.instants import day_of
from connector.metrics.asof import Event as Move
from connector.metrics.history import Deal, Event, Held, History, Visit, settle, tell
from connector.metrics.known.by_hand import Row, as_it_stood, completed
from connector.store.chunks import marks
from connector.store.tables import table

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from connector.mapping.stages import Meaning, StageBook
    from connector.metrics.known.shadows import Shadows
    from connector.metrics.valuation import RateBook

#: table -> temporary table of the rows that are shown instead
SHOWN = {"opportunity": "known_deal_row", "stage_event": "known_event_row", "stage_visit": "known_visit_row"}
#: all events as they were known
_EVENTS = "known_events"
#: every event of a deal, also those not known yet
_EVER = """
    SELECT opportunity_id, occurred_on, status FROM {store}.stage_event
    WHERE opportunity_id IN ({ids}) AND is_deleted = 0 ORDER BY opportunity_id, occurred_at, seq, source_id, id
"""
_VERSIONS = (
    "SELECT * FROM {store}.opportunity_version WHERE id IN ({ids}) ORDER BY id, known_to IS NULL, known_to, version_id"
)


class Teller:
    """One question's teller; ``tell`` adds to the temporary tables of ``SHOWN``."""

    def __init__(
        self, shadows: Shadows, then: StageBook, now: StageBook, rates: RateBook, zone: ZoneInfo, as_of: str
    ) -> None:
        self.shadows = shadows
        self.then = then
        self.now = now
        self.rates = rates
        self.zone = zone
        self.as_of = as_of
        shadows.view(_EVENTS, shadows.rows_of("stage_event"))

    def tell(self, deals: Sequence[str]) -> None:
        """Tells these deals again; each was known."""
        events = self._by_deal(f"SELECT * FROM {_EVENTS} WHERE opportunity_id IN ({{ids}}) ORDER BY id", deals)
        visits = self._by_deal("SELECT * FROM {store}.stage_visit WHERE opportunity_id IN ({ids})", deals)
        ever = self._by_deal(_EVER, deals)
        shown: dict[str, list[Row]] = {name: [] for name in SHOWN}
        for row in self._rows(deals, ever):
            deal = row["id"]
            counted = [event for event in events[deal] if row["is_deleted"] or not event["is_deleted"]]
            history, told = self._told(row, counted)
            shown["opportunity"].append(told)
            shown["stage_event"] += [self._event(history, event) for event in events[deal]]
            if _is_managed(row) or events[deal] or ever[deal]:
                shown["stage_visit"] += [
                    self._visit(deal, *numbered) for numbered in enumerate(history.visits, start=1)
                ]
            else:
                shown["stage_visit"] += self._begun(visits[deal])
        for name, rows in shown.items():
            self._write(name, rows)

    def _told(self, row: Row, events: Sequence[Row]) -> tuple[History, Row]:
        def means(value: str) -> Meaning:
            return self.then.meaning(row["source"], value, row["pipeline"])

        deal = Deal(row["status"], row["crm_stage"])
        history = tell(deal, [self._untold(row, event) for event in events], means)
        held = Held(row["source_stage"], row["stage"], row["closed_at"], managed=_is_managed(row))
        found = settle(deal, held, history, means, has_events=bool(events))
        told = {**row, **dict(zip(("source_stage", "stage", "closed_at"), found, strict=True))}
        if row["amount_minor"] is not None:
            day = row["close_on"] if deal.is_closed else self.as_of
            told["base_minor"] = self.rates.value(row["amount_minor"], row["currency"], row["source"], day)
        return history, told

    def _untold(self, deal: Row, event: Row) -> Event:
        """An event without the status that only the present meaning of its stage value has told."""
        value, status = event["source_stage"], event["status"]
        if value is not None and event["evidence"] != "close":
            told = self.now.meaning(deal["source"], value, deal["pipeline"]).status
            status = None if told == status else status
        return Event(*({**event, "status": status}[field] for field in Event._fields))

    def _event(self, history: History, event: Row) -> Row:
        status = history.statuses.get(event["id"], event["status"])
        return {**event, "status": status, "occurred_on": event["occurred_on"] or self._day(event["occurred_at"])}

    def _visit(self, deal: str, ordinal: int, visit: Visit) -> Row:
        return {
            "opportunity_id": deal,
            "ordinal": ordinal,
            "stage": visit.stage,
            "source_stage": visit.source_stage,
            "entered_at": visit.entered_at,
            "entered_on": self._day(visit.entered_at),
            "left_at": visit.left_at,
            "left_on": self._day(visit.left_at),
            "coverage": visit.coverage,
            "is_deleted": 0,
        }

    def _begun(self, visits: Iterable[Row]) -> Iterator[Row]:
        """Visits put in by hand, as far as they had begun and ended."""
        for visit in visits:
            if not self._is_later(visit["entered_at"] or visit["entered_on"]):
                is_over = not self._is_later(visit["left_at"] or visit["left_on"])
                yield visit if is_over else {**visit, "left_at": None, "left_on": None}

    def _is_later(self, text: str | None) -> bool:
        return text is not None and self.shadows.moment.precedes(text)

    def _day(self, instant: str | None) -> str | None:
        return None if instant is None else day_of(instant, self.zone)

    def _rows(self, deals: Sequence[str], ever: Mapping[str, Sequence[Row]]) -> Iterator[Row]:
        """The deals as they were known; what is computed from events is still as it was stored."""
        now = {row["id"]: row for row in self._read("SELECT * FROM {store}.opportunity WHERE id IN ({ids})", deals)}
        listed = self._read("SELECT id, version_id FROM known_opportunity WHERE id IN ({ids})", deals)
        known = {row["id"]: row["version_id"] for row in listed}
        versions = self._by_deal(_VERSIONS, list(known), key="id")
        for deal in deals:
            if deal in known:
                yield self._state(versions[deal], known[deal], now.get(deal))
            elif deal in now:
                yield self._present(now[deal], ever[deal])

    def _present(self, row: Row, events: Sequence[Row]) -> Row:
        """A deal that was known as it is now, or of which nothing says when it was."""
        if row["source_object"] is not None or row["synced_at"] is not None:
            return row
        moves = [Move(event["occurred_on"], event["status"] or "open") for event in events if event["occurred_on"]]
        return as_it_stood(row, moves, self.shadows.moment.day, self.zone)

    def _state(self, versions: Sequence[Row], version_id: int, now: Row | None) -> Row:
        until = next(at for at, version in enumerate(versions, start=1) if version["version_id"] == version_id)
        version = versions[until - 1]
        if version["source_object"] is None and now is not None and now["source_object"] is None:
            return completed(versions[:until], now, self.zone)
        told = {column.name: version.get(column.name) for column in table("opportunity").columns}
        return {**told, "is_deleted": version["is_deleted"] or 0, "synced_at": version["known_from"]}

    def _by_deal(self, sql: str, deals: Sequence[str], key: str = "opportunity_id") -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = defaultdict(list)
        for row in self._read(sql, deals):
            found[row[key]].append(row)
        return found

    def _read(self, sql: str, ids: Sequence[str]) -> list[dict[str, Any]]:
        space = self.shadows.space
        return space.records(sql.format(store=space.store, ids=marks(len(ids))), ids) if ids else []

    def _write(self, name: str, rows: Sequence[Row]) -> None:
        columns = [column.name for column in table(name).columns]
        self.shadows.space.append(SHOWN[name], ([row.get(column) for column in columns] for row in rows))


def _is_managed(row: Row) -> bool:
    """Whether a sync wrote the deal, and not a person."""
    return row["source_object"] is not None or row["crm_stage"] is not None

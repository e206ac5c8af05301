"""Runs the derivations in their order: for the deals of a page, and for the whole store at the end of a run.

Responsible for what is due when; each derivation has a file of its own. Never commits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Connection

from connector.mapping.stages import StageBook
from connector.metrics.blame import blamed
from connector.metrics.stage_book import read_stage_book
from connector.metrics.valuation import RateBook
from connector.store.handwork import TOUCHED, is_watched, unwatch, watch
from connector.store.indexes import build_indexes
from connector.store.misfits import refuse_misfits
from connector.store.pending import all_pending, clear_pending, has_pending, mark_pending
from connector.store.settings import BASE_CURRENCY, get_setting, set_setting
from connector.sync.derive import rowmarks
from connector.sync.derive.context import DeriveContext, fingerprint
from connector.sync.derive.currencies import derive_currencies
from connector.sync.derive.days import fill_days
from connector.sync.derive.drift import record_drift
from connector.sync.derive.enrich import enrich
from connector.sync.derive.eventful import derive_eventful
from connector.sync.derive.memberships import derive_memberships
from connector.sync.derive.observed import observe
from connector.sync.derive.people import derive_people
from connector.sync.derive.quiet import add_present_visits, derive_quiet
from connector.sync.derive.restage import note_told, restage
from connector.sync.derive.rows import fetch, one
from connector.sync.derive.span import calendar_reaches, derive_calendar
from connector.sync.derive.values import derive_quota_values, derive_values, revalue_open

MARK = "derive.mark."
VALUED_ON = "derive.valued_on"
RATES = "derive.rates"
STEP = 2_000

#: tables that derivations reach by an index
READ_BY = ("stage_event", "opportunity_version", "membership", "crm_user")

#: with more deals due than this, and more than a fifth of the store, one pass over all is faster
MANY = 10_000

_RATE_ROWS = "SELECT source, currency, valid_from, valid_to, units_per_base, dated, is_deleted FROM fx_rate ORDER BY id"


class Deriver:
    """One run's derivations. Remembers the stage book and the rates while their tables stay as they are."""

    def __init__(self, context: DeriveContext) -> None:
        self.context = context
        self._books: tuple[StageBook, RateBook] | None = None
        self._books_state: tuple[Any, ...] = ()
        #: all that is in the store came in this run, and no deal of it yet
        self._is_empty = False
        #: before the run, rows had changed that nobody had derived
        self._had_news = False
        #: all deals in the store are told by their own row
        self._settled = False

    def begin(self, conn: Connection) -> None:
        """At the start of a run: in an empty store, what comes now is mapped and derived by today's files.

        In another, what changed since the last derivation was changed by hand, and is looked through at the end.
        """
        self._is_empty = not any(rowmarks.highest(conn).values())
        self._had_news = not self._is_empty and self._has_news(conn)
        if self._is_empty:
            unwatch(conn)
            self._note_marks(conn)

    def enrich(
        self, conn: Connection, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
    ) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        """For a page of rows that are not stored yet: the page with the derived columns that one INSERT can take."""
        book, rates = self._current_books(conn)
        if self._is_empty and table == "opportunity":
            self._is_empty, self._settled = False, True
            note_told(conn, book)
            self._note_values(conn)
        return enrich(self.context, book, rates, table, columns, rows)

    def settle(self, conn: Connection, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> bool:
        """Derives the rest of enriched deals that were all inserted; False where more than their rows would be needed.

        That is so in a store that was empty, until the first event comes: then all deals are due.
        """
        self._settled = self._settled and one(conn, "SELECT 1 FROM stage_event LIMIT 1") is None
        if self._settled:
            add_present_visits(conn, self._current_books(conn)[0], columns, rows)
        return self._settled

    def deals(self, conn: Connection, deals: Iterable[str]) -> None:
        """Rebuilds everything derived of these deals, in the transaction that changed them."""
        book, rates = self._current_books(conn)
        # a first run that died before its end left none, and without them each deal would cost a scan
        build_indexes(conn, READ_BY)
        due = sorted(set(deals))
        with blamed(conn):
            for start in range(0, len(due), STEP):
                self._some(conn, book, rates, due[start : start + STEP])
        if due:
            self.touch(conn)

    def touch(self, conn: Connection) -> None:
        """Notes, with the page that changed some row, that ``finish`` is due: a run that dies before it is noticed."""
        set_setting(conn, TOUCHED, "1")

    def finish(self, conn: Connection) -> None:
        """Brings every derived row up to date, doing only what is due; run again, it changes nothing.

        ValueUnusable where a value that a person put in makes that impossible.
        """
        with blamed(conn):
            if self._had_news:
                refuse_misfits(conn, by_hand=True)
            self._finish(conn)

    def _finish(self, conn: Connection) -> None:
        self._books = None
        book, rates = self._current_books(conn)
        stale = self._stale_marks(conn)
        is_busy = bool(stale) or self._has_news(conn)
        build_indexes(conn, READ_BY)
        if not is_watched(conn):
            mark_pending(conn, rowmarks.deals_by_hand(conn))
        unwatch(conn)
        if is_busy:
            fill_days(conn, self.context, anew=bool(stale & {"zone", "version"}))
        # small tables, whose rows also change without a new one: always
        restage(conn, self.context, book)
        derive_people(conn, self.context)
        derive_memberships(conn, self.context)
        is_busy = is_busy or has_pending(conn)
        valued = self._due_deals(conn, book, rates, everything=bool(stale & {"zone", "version", "funnel"}))
        self._values(conn, rates, everything=bool(stale & {"base", "version"}), done=valued)
        if is_busy or not calendar_reaches(conn, self.context):
            derive_currencies(conn, self.context)
            derive_calendar(conn, self.context, anew=bool(stale & {"calendar", "version"}))
            derive_quota_values(conn, rates)
            record_drift(conn, self.context)
        self._note(conn)

    def is_due(self, conn: Connection) -> bool:
        """Whether ``finish`` has rows to bring up to date. That a new day moves open deals' values is no reason."""
        return bool(self._stale_marks(conn)) or self._has_news(conn) or not calendar_reaches(conn, self.context)

    def _some(self, conn: Connection, book: StageBook, rates: RateBook, deals: list[str]) -> None:
        observe(conn, self.context, book, deals)
        derive_eventful(conn, self.context, book, deals)
        derive_quiet(conn, book, deals)
        derive_values(conn, self.context, rates, deals)

    def _due_deals(self, conn: Connection, book: StageBook, rates: RateBook, *, everything: bool) -> bool:
        """Derives the deals that are due; returns whether these were all of the store."""
        due = int(one(conn, "SELECT count(*) FROM pending_deal"))
        everything = everything or all_pending(conn) or _is_much(conn, due)
        if everything:
            self._all(conn, book, rates)
        else:
            for deals in _keyset(conn, "pending_deal", "opportunity_id"):
                self._some(conn, book, rates, deals)
        clear_pending(conn)
        return everything

    def _all(self, conn: Connection, book: StageBook, rates: RateBook) -> None:
        for deals in _keyset(conn, "opportunity_version", "id"):
            observe(conn, self.context, book, deals)
        for deals in _keyset(conn, "stage_event", "opportunity_id"):
            derive_eventful(conn, self.context, book, deals)
        derive_quiet(conn, book, None)
        derive_values(conn, self.context, rates)

    def _values(self, conn: Connection, rates: RateBook, *, everything: bool, done: bool) -> None:
        """Rates that changed move every deal, a new day the open ones; ``done`` where all were valued just now."""
        if not done and (everything or get_setting(conn, RATES) != self._rates_state(conn)):
            derive_values(conn, self.context, rates)
        elif not done and get_setting(conn, VALUED_ON) != self.context.today:
            revalue_open(conn, self.context, rates)
        self._note_values(conn)

    def _rates_state(self, conn: Connection) -> str:
        return fingerprint([list(row) for row in fetch(conn, _RATE_ROWS)] + [self.context.marks["rates"]])

    def _note_values(self, conn: Connection) -> None:
        set_setting(conn, RATES, self._rates_state(conn))
        set_setting(conn, VALUED_ON, self.context.today)
        set_setting(conn, BASE_CURRENCY, self.context.report.base_currency)

    def _stale_marks(self, conn: Connection) -> set[str]:
        return {name for name, mark in self.context.marks.items() if get_setting(conn, MARK + name) != mark}

    def _has_news(self, conn: Connection) -> bool:
        """Deals noted or touched, or new rows, since the last ``finish``; or nobody watched what happened since."""
        return (
            not is_watched(conn)
            or has_pending(conn)
            or get_setting(conn, TOUCHED) is not None
            or rowmarks.noted(conn) != rowmarks.highest(conn)
        )

    def _note(self, conn: Connection) -> None:
        self._note_marks(conn)
        set_setting(conn, TOUCHED, None)
        rowmarks.note(conn)
        watch(conn)

    def _note_marks(self, conn: Connection) -> None:
        for name, mark in self.context.marks.items():
            set_setting(conn, MARK + name, mark)

    def _current_books(self, conn: Connection) -> tuple[StageBook, RateBook]:
        """Reference rows may come in while deals already do, from another object or source."""
        state = tuple(
            next(iter(fetch(conn, f"SELECT count(*), max(rowid), max(synced_at), sum(is_deleted) FROM {table}")))
            for table in ("source_stage", "fx_rate")
        )
        if self._books is None or state != self._books_state:
            book = read_stage_book(conn, self.context.funnels, self.context.kinds)
            rates = RateBook.read(conn, self.context.report.base_currency, self.context.rates)
            self._books, self._books_state = (book, rates), state
        return self._books


def _is_much(conn: Connection, due: int) -> bool:
    return due > MANY and due * 5 > int(one(conn, "SELECT count(*) FROM opportunity"))


def _keyset(conn: Connection, table: str, column: str) -> Iterator[list[str]]:
    """Distinct ids of a column in order, in bounded lists; the table may be written while iterating."""
    last = ""
    query = f"SELECT DISTINCT {column} FROM {table} WHERE {column} > ? ORDER BY {column} LIMIT {STEP}"
    while found := [row[0] for row in islice(fetch(conn, query, (last,)), STEP)]:
        yield found
        last = found[-1]

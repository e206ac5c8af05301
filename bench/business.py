"""A generated store of any size, the same for the same seed and size: what `bench.measures` asks its questions of.

Rows go straight into the tables, derived ones too: deriving a million deals has a bench of its own.
"""

from __future__ import annotations

import hashlib
import random
import sqlite3
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

from connector.metrics.calendar import calendar_rows
from connector.metrics.valuation import RateBook
from connector.settings import ReportSettings
from connector.store.engine import open_store
from connector.store.indexes import build_indexes

FIRST, LAST = date(2023, 1, 1).toordinal(), date(2026, 6, 30).toordinal()
STAGES = ("qualify", "develop", "propose", "close")
VALUES = {"qualify": "Prospecting", "develop": "Needs Analysis", "propose": "Proposal/Price Quote",
          "close": "Negotiation/Review"}  # fmt: skip
PROBABILITY = {"qualify": 0.1, "develop": 0.25, "propose": 0.5, "close": 0.75}
REGIONS, SOURCES = ("EMEA", "AMER", "APAC", None), ("Web", "Partner", "Phone", "Event", None)
TYPES = ("New Business", "Existing Business", None)
USERS, TEAMS = 500, 40
#: per deal: how many of them
LEADS, ACTIVITIES, CONTACTS, ANSWERS = 0.5, 1.5, 0.2, 0.1
EUR_PER_USD = Fraction(9, 10)
_BATCH = 20_000
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

Row = tuple[Any, ...]
_COLUMNS = {
    "opportunity": "id source source_id source_object name owner_id pipeline type lead_source region source_stage "
    "stage status amount_minor currency base_minor created_at created_on close_on closed_at next_step "
    "source_modified_at probability",
    "stage_visit": "opportunity_id ordinal stage source_stage entered_at entered_on left_at left_on coverage",
    "stage_event": "id source source_id source_object opportunity_id occurred_at occurred_on seq source_stage evidence "
    "status",
    "lead": "id source source_id source_object name email owner_id status lead_source created_at created_on "
    "converted_at opportunity_id",
    "contact": "id source source_id source_object name email opted_out source_modified_at",
    "activity": "id source source_id source_object kind direction subject_hash occurred_at occurred_on owner_id "
    "opportunity_id contact_id counterpart_email",
    "satisfaction": "id source source_id source_object score score_max given_at given_on owner_id",
    "crm_user": "id source source_id name email is_active manager_id team_id person_id",
    "person": "id name email",
    "team": "id source source_id name",
    "membership": "id crm_user_id team_id valid_from valid_to",
    "quota": "id source source_id owner_id person_id period_start period_end amount_minor currency kind",
    "fx_rate": "id source currency units_per_base dated",
    "calendar": "day epoch_day week_start month_start quarter_start year_start fiscal_quarter fiscal_year",
    "store_setting": "name value",
}


def store_of(folder: Path, deals: int, seed: int = 7) -> Path:
    """The store's file under ``folder``, generated where it is not there yet."""
    path = folder / f"business-{deals}-{seed}.db"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".unfinished.db")
        for stale in folder.glob(f"{unfinished.name}*"):
            stale.unlink()
        _write(unfinished, _Business(deals, seed))
        unfinished.rename(path)
        for left in folder.glob(f"{unfinished.name}*"):
            left.unlink()
    with open_store(path) as store, store.write() as conn:
        build_indexes(conn)
    return path


def _write(path: Path, business: _Business) -> None:
    open_store(path).close()
    raw = sqlite3.connect(path, isolation_level=None)
    # the file is made anew if this fails
    raw.execute("PRAGMA synchronous = OFF")
    raw.execute("PRAGMA journal_mode = OFF").fetchall()
    raw.execute("BEGIN")
    rows = business.rows()
    while batch := list(islice(rows, _BATCH)):
        by_table: dict[str, list[Row]] = {}
        for table, row in batch:
            by_table.setdefault(table, []).append(row)
        for table, found in by_table.items():
            names = _COLUMNS[table].split()
            raw.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})", found)
    raw.execute("COMMIT")
    raw.execute("PRAGMA journal_mode = WAL").fetchall()
    raw.close()


class _Business:
    """Draws the rows. Two CRMs: one whose ids come in their order, one whose ids do not."""

    def __init__(self, deals: int, seed: int) -> None:
        self.deals = deals
        self.draw = random.Random(seed)
        report = ReportSettings()
        self.rates = RateBook(
            report.base_currency, ((source, "EUR", 0, "", None, EUR_PER_USD) for source in ("acme", "contoso"))
        )
        self.days = [date.fromordinal(day).isoformat() for day in range(FIRST, LAST + 1)]
        self.users = [f"{_source(n, USERS)}:005{n:012d}" for n in range(USERS)]
        self.contacts = max(1, int(deals * CONTACTS))
        self.report = report

    def rows(self) -> Iterator[tuple[str, Row]]:
        yield from self._small()
        yield from self._people()
        for number in range(self.deals):
            yield from self._deal(number)
        yield from self._contacts()
        yield from self._answers()

    def _small(self) -> Iterator[tuple[str, Row]]:
        for row in calendar_rows("2021-01-01", "2032-12-31", self.report):
            yield "calendar", row
        for source in ("acme", "contoso"):
            yield "fx_rate", (f"{source}:EUR", source, "EUR", str(EUR_PER_USD), 0)
        yield "store_setting", ("base_currency", self.report.base_currency)

    def _people(self) -> Iterator[tuple[str, Row]]:
        for n in range(TEAMS):
            source = _source(n, TEAMS)
            yield "team", (f"{source}:team{n:04d}", source, f"team{n:04d}", f"Team {n}")
        for n, user in enumerate(self.users):
            source, own = user.split(":")
            person = "person:" + hashlib.sha256(own.encode()).hexdigest()
            teams = [f"{_source(t, TEAMS)}:team{t:04d}" for t in (n % TEAMS, (n * 7 + 1) % TEAMS)]
            manager = self.users[n - n % 25] if n % 25 else None
            yield "person", (person, f"Person {n}", f"p{n}@example.test")
            yield "crm_user", (user, source, own, f"Person {n}", f"p{n}@example.test", 1, manager, teams[1], person)
            moved = self.days[self.draw.randrange(len(self.days))]
            yield "membership", (f"{user}@", user, teams[0], None, moved)
            yield "membership", (f"{user}@{moved}", user, teams[1], moved, None)
            for year in range(2023, 2027):
                for quarter, end in enumerate(("03-31", "06-30", "09-30", "12-31")):
                    start = f"{year}-{3 * quarter + 1:02d}-01"
                    amount = self.draw.randrange(5_000_000, 50_000_000)
                    yield "quota", (
                        f"{user}q{start}", source, f"{own}q{start}", user, person, start, f"{year}-{end}", amount,
                        "USD", "revenue",
                    )  # fmt: skip

    def _deal(self, number: int) -> Iterator[tuple[str, Row]]:
        draw, days = self.draw, self.days
        source, own = self._id("006", number)
        deal, owner = f"{source}:{own}", self.users[int(draw.random() ** 2 * USERS)]
        # ids in their order are given out day by day
        first = min(int(number / self.deals * len(days)), len(days) - 1)
        visits, status, last = self._visits(first)
        last_day, is_closed = days[last], status != "open"
        for ordinal, (stage, entered, left) in enumerate(visits, 1):
            value = VALUES[stage]
            since, until = days[entered], None if left is None else days[left]
            yield "stage_visit", (
                deal, ordinal, stage, value, f"{since}T10:00:00Z", since, until and f"{until}T10:00:00Z", until,
                "recorded",
            )  # fmt: skip
            yield "stage_event", self._event(deal, source, own, ordinal, since, value, "open")
        if is_closed:
            value = "Closed Won" if status == "won" else "Closed Lost"
            yield "stage_event", self._event(deal, source, own, len(visits) + 1, last_day, value, status)
        amount = None if draw.random() < 0.02 else draw.randrange(100_000, 9_000_000)
        currency = "EUR" if draw.random() < 0.2 else "USD"
        stage = visits[-1][0] if visits else None
        lead_source = draw.choice(SOURCES)
        close_on = last_day if is_closed else days[min(last + 60, len(days) - 1)]
        created = days[first]
        yield "opportunity", (
            deal, source, own, "Opportunity", f"Deal {number} with a customary name", owner, "default",
            draw.choice(TYPES), lead_source, draw.choice(REGIONS), stage and VALUES[stage], stage, status, amount,
            currency, self.rates.value(amount, currency, source, close_on), f"{created}T09:00:00Z", created, close_on,
            f"{last_day}T10:00:00Z" if is_closed else None, "Call again" if draw.random() < 0.7 else None,
            f"{last_day}T10:00:00Z", PROBABILITY.get(stage or "", 0.0) if status == "open" else float(status == "won"),
        )  # fmt: skip
        if draw.random() < LEADS:
            yield "lead", self._lead(number, first, owner, lead_source, deal)
        for _ in range(int(draw.random() * (2 * ACTIVITIES + 1))):
            yield "activity", self._activity(number, draw.randint(first, last), owner, deal)

    def _visits(self, first: int) -> tuple[list[tuple[str, int, int | None]], str, int]:
        """A walk through the stages, seldom back or born closed; four visits on average."""
        draw, end = self.draw, len(self.days) - 1
        visits: list[tuple[str, int, int | None]] = []
        at, day = 0, first
        if draw.random() < 0.01:
            return visits, "won" if draw.random() < 0.5 else "lost", day
        while True:
            left = day + int(draw.expovariate(1 / 40))
            if left > end:
                return [*visits, (STAGES[at], day, None)], "open", end
            visits.append((STAGES[at], day, left))
            day, chance = left, draw.random()
            if chance < 0.135:
                return visits, "lost", day
            if chance < 0.335 and at > 0:
                at -= 1
            elif at == len(STAGES) - 1:
                return visits, "won", day
            else:
                at += 1

    def _event(self, deal: str, source: str, own: str, seq: int, day: str, value: str, status: str) -> Row:
        return (
            f"{deal}h{seq}", source, f"{own}h{seq}", "OpportunityHistory", deal, f"{day}T10:00:00Z", day, seq, value,
            "history", status,
        )  # fmt: skip

    def _lead(self, number: int, first: int, owner: str, lead_source: str | None, deal: str) -> Row:
        source, own = self._id("00Q", number)
        created, chance = self.days[max(0, first - self.draw.randrange(30))], self.draw.random()
        status = "qualified" if chance < 0.4 else "disqualified" if chance < 0.7 else "open"
        is_converted = status == "qualified"
        return (
            f"{source}:{own}", source, own, "Lead", f"Lead {number}", f"lead{number}@example.test", owner, status,
            lead_source, f"{created}T08:00:00Z", created, f"{self.days[first]}T09:00:00Z" if is_converted else None,
            deal if is_converted else None,
        )  # fmt: skip

    def _activity(self, number: int, day: int, owner: str, deal: str) -> Row:
        draw, on = self.draw, self.days[day]
        source, own = self._id("00T", number * 8 + draw.randrange(8), draw.getrandbits(24))
        kind = "email" if draw.random() < 0.5 else draw.choice(("meeting", "call", "task"))
        address = f"contact{draw.randrange(self.contacts)}@example.test" if kind == "email" else None
        at = f"{on}T{draw.randrange(24):02d}:{draw.randrange(60):02d}:00Z"
        return (
            f"{source}:{own}", source, own, "Task", kind, "out" if draw.random() < 0.8 else "in",
            f"{draw.getrandbits(12):064x}", at, on, owner, deal, None, address,
        )  # fmt: skip

    def _contacts(self) -> Iterator[tuple[str, Row]]:
        for n in range(self.contacts):
            source, own = self._id("003", n)
            yield "contact", (
                f"{source}:{own}", source, own, "Contact", f"Contact {n}", f"contact{n}@example.test",
                int(self.draw.random() < 0.03), "2026-01-01T00:00:00Z",
            )  # fmt: skip

    def _answers(self) -> Iterator[tuple[str, Row]]:
        for n in range(int(self.deals * ANSWERS)):
            source, own = self._id("500", n)
            on = self.draw.choice(self.days)
            score, owner = self.draw.randint(1, 5), self.draw.choice(self.users)
            yield "satisfaction", (
                f"{source}:{own}", source, own, "Case", score, 5, f"{on}T10:00:00Z", on, owner
            )  # fmt: skip

    def _id(self, prefix: str, number: int, more: int = 0) -> tuple[str, str]:
        if number % 10 < 7:
            return "acme", prefix + _spelled(number << 24 | more, 15)
        bits = f"{self.draw.getrandbits(128):032x}"
        return "contoso", "-".join((bits[:8], bits[8:12], bits[12:16], bits[16:20], bits[20:]))


def _source(number: int, of: int) -> str:
    return "acme" if number < 0.7 * of else "contoso"


def _spelled(number: int, width: int) -> str:
    """A number in the digits of Salesforce's ids."""
    digits = ""
    while number:
        number, digit = divmod(number, 62)
        digits = _BASE62[digit] + digits
    return digits.rjust(width, "0")

"""Deals of the made-up business, drawn chunk by chunk from the seed, so that a million need no memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from random import Random

from connector.sandbox.business import words
from connector.sandbox.business.model import Company, Currency, Deal, Deletion, Lead, Move, Person, Rep, Stage, System
from connector.sandbox.business.money import CURRENCIES, CURRENCY_WEIGHTS, amount, rounded
from connector.sandbox.business.prospects import Span
from connector.sandbox.business.transitions import TRANSITIONS, walk

_CHUNK = 1_000
_TYPES = (*words.DEAL_TYPES, None)
_SOURCES = (*words.LEAD_SOURCES, None)
_NEXT_STEPS = (*words.NEXT_STEPS, None)
_INTERESTS = (*(f"Interested in {product}." for product in words.PRODUCTS), *(None for _ in words.PRODUCTS))
_DAYS_LATE = (0, 0, 0, 0, 0, 0, 0, 0, 0, 3)
_DETAILS = range(4)
_PLANNED_DAYS = range(20, 120)


@dataclass(frozen=True)
class Market:
    """What the deals of one system refer to."""

    system: System
    first_key: int
    count: int
    companies: Sequence[Company]
    people: Mapping[int, Person]
    leads: Sequence[Lead]
    owners: Sequence[Rep]

    @cached_property
    def people_by_company(self) -> dict[int, list[Person]]:
        """Those who are still there."""
        by_company: dict[int, list[Person]] = {}
        for person in self.people.values():
            if person.deleted is None:
                by_company.setdefault(person.company, []).append(person)
        return by_company

    @cached_property
    def leads_by_deal(self) -> dict[int, Lead]:
        return {lead.deal: lead for lead in self.leads if lead.deal is not None}


@dataclass(frozen=True)
class DrawnDeals:
    """All deals of all markets, drawn anew, and alike, at each iteration."""

    seed: int
    span: Span
    history: bool
    markets: tuple[Market, ...]
    long_text: bool = False

    def __len__(self) -> int:
        return sum(market.count for market in self.markets)

    def __iter__(self) -> Iterator[Deal]:
        for market in self.markets:
            for chunk in range(0, market.count, _CHUNK):
                rng = Random(f"{self.seed}:deals:{market.system}:{chunk}")
                for index in range(chunk, min(chunk + _CHUNK, market.count)):
                    yield self._draw(rng, market, index)

    def _draw(self, rng: Random, market: Market, index: int) -> Deal:
        key = market.first_key + index
        lead = market.leads_by_deal.get(key)
        company, person, owner = _parties(rng, market, lead)
        currency = rng.choices(CURRENCIES, CURRENCY_WEIGHTS)[0]
        created = lead.closed_at if lead and lead.closed_at else self._birth(rng)
        asked = amount(rng, currency) if rng.random() > 0.03 else None
        moves = self._moves(rng, created, asked, currency)
        last = moves[-1]
        gone = None if lead else self._deletion(rng, index, last.at)
        touched = last.at if rng.random() < 0.6 else self.span.draw(rng, after=last.at)
        return Deal(
            key=key,
            system=market.system,
            name=words.awkward_line(index) or f"{company.name[:60]} - {words.pick(rng, words.PRODUCTS)} {key}",
            company=company.key,
            person=person,
            lead=lead.key if lead else None,
            owner=owner,
            type=words.pick(rng, _TYPES),
            source=lead.source if lead else words.pick(rng, _SOURCES),
            region=words.pick(rng, words.REGIONS),
            currency=currency.code,
            amount=last.amount,
            actual=_actual(rng, last, currency),
            close_on=last.close_on,
            next_step=words.awkward_block(index) or words.pick(rng, _NEXT_STEPS),
            description=self._description(rng, index),
            created_at=created,
            modified_at=gone.at if gone else touched,
            moves=moves,
            deleted=gone,
        )

    def _birth(self, rng: Random) -> datetime:
        """The business grows: one deal in four is of the last ten weeks."""
        return self.span.draw(rng, after=self.span.end - timedelta(days=70) if rng.random() < 0.25 else None)

    def _deletion(self, rng: Random, index: int, after: datetime) -> Deletion | None:
        """At fixed places, so that even a small business has both kinds; hard ones may lie long back.

        Without history nothing is deleted: a load test counts what it asked for.
        """
        if not self.history:
            return None
        if index % 40 == 17:
            return Deletion(self.span.draw(rng, after=after))
        if index % 40 == 37:
            recent = max(after, self.span.end - timedelta(days=5))
            return Deletion(self.span.draw(rng, after=recent if index % 80 == 37 else after), hard=True)
        return None

    def _moves(self, rng: Random, created: datetime, asked: Decimal | None, currency: Currency) -> tuple[Move, ...]:
        path = list(walk(rng, created, self.span.end, TRANSITIONS))
        if not self.history:
            path = _without_history(path)
        planned = (created + timedelta(days=words.pick(rng, _PLANNED_DAYS))).date()
        moves: list[Move] = []
        for place, (at, stage) in enumerate(path):
            if stage in ("won", "lost"):
                planned = _closing_day(rng, at)
            moves.append(Move(at, stage, asked, planned, words.pick(rng, _DETAILS)))
            leaves = path[place + 1][0] if place + 1 < len(path) else self.span.end
            if self.history and stage not in ("won", "lost") and rng.random() < 0.2:
                asked, planned = _haggle(rng, asked, planned, currency)
                midway = at + timedelta(seconds=int((leaves - at).total_seconds()) // 2)
                if at < midway < leaves:
                    moves.append(Move(midway, stage, asked, planned, moves[-1].detail))
        if moves[-1].stage not in ("won", "lost") and planned < self.span.end.date() and rng.random() < 0.8:
            late = moves.pop()
            planned = self.span.end.date() + timedelta(days=rng.randrange(1, 90))
            moves.append(Move(late.at, late.stage, late.amount, planned, late.detail))
        return tuple(moves)

    def _description(self, rng: Random, index: int) -> str | None:
        if self.long_text and index == 3:
            return "A long note. " * 10_000
        return words.awkward_block(index, 6) or words.pick(rng, _INTERESTS)


def _parties(rng: Random, market: Market, lead: Lead | None) -> tuple[Company, int | None, int]:
    if lead and lead.person:
        person = market.people[lead.person]
        company = market.companies[person.company - market.companies[0].key]
        return company, person.key, person.owner
    company = words.pick(rng, market.companies)
    contacts = market.people_by_company.get(company.key, ())
    person_key = words.pick(rng, contacts).key if contacts and rng.random() < 0.7 else None
    return company, person_key, company.owner if rng.random() < 0.8 else words.pick(rng, market.owners).key


def _without_history(path: list[tuple[datetime, Stage]]) -> list[tuple[datetime, Stage]]:
    """Creation in the present stage; a closed deal in its last open stage, then the closing move."""
    created, last = path[0][0], path[-1]
    if last[1] not in ("won", "lost"):
        return [(created, last[1])]
    return (
        [(created, path[-2][1]), last] if len(path) > 1 and path[-2][1] not in ("won", "lost") else [(created, last[1])]
    )


def _closing_day(rng: Random, at: datetime) -> date:
    """Mostly the day itself; now and then a rep enters it late."""
    return at.date() - timedelta(days=words.pick(rng, _DAYS_LATE))


def _haggle(rng: Random, asked: Decimal | None, planned: date, currency: Currency) -> tuple[Decimal | None, date]:
    if asked is not None and rng.random() < 0.6:
        return rounded(asked * Decimal(rng.randint(80, 130)) / 100, currency), planned
    return asked, planned + timedelta(days=rng.randrange(5, 45))


def _actual(rng: Random, last: Move, currency: Currency) -> Decimal | None:
    if last.stage != "won" or last.amount is None:
        return None
    return last.amount if rng.random() < 0.8 else rounded(last.amount * Decimal(rng.randint(90, 108)) / 100, currency)

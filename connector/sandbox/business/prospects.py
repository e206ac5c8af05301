"""Companies, people and leads of the made-up business, with conversions, deletes and awkward text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from connector.sandbox.business import words
from connector.sandbox.business.model import Company, Deletion, Lead, Person, Rep, System


@dataclass(frozen=True)
class Span:
    """The time in which the business happens."""

    start: datetime
    end: datetime

    def draw(self, rng: Random, *, after: datetime | None = None) -> datetime:
        first = max(after or self.start, self.start)
        return first + timedelta(seconds=int(rng.random() * max(1, int((self.end - first).total_seconds()))))


def companies(
    rng: Random, system: System, first_key: int, count: int, owners: list[Rep], span: Span
) -> Iterator[Company]:
    for index in range(count):
        key = first_key + index
        name = f"{rng.choice(words.COMPANY_HEADS)} {rng.choice(words.COMPANY_TAILS)} {key}"
        created = span.draw(rng)
        place = rng.randrange(len(words.COUNTRIES))
        website = f"https://www.{name.lower().replace(' ', '-')}.example"
        yield Company(
            key=key,
            system=system,
            name=words.awkward_line(index) or name,
            website=rng.choice((website, website, None)),
            industry=rng.choice((*words.INDUSTRIES, None)),
            country=words.COUNTRIES[place],
            city=words.CITIES[place],
            owner=rng.choice(owners).key,
            parent=rng.randrange(first_key, key) if index and rng.random() < 0.1 else None,
            created_at=created,
            modified_at=span.draw(rng, after=created),
            deleted=None,
        )


def people(rng: Random, firms: list[Company], first_key: int, count: int, span: Span) -> Iterator[Person]:
    for index in range(count):
        key = first_key + index
        firm = firms[index % len(firms)]
        first, last = rng.choice(words.FIRST_NAMES), rng.choice(words.LAST_NAMES)
        created = span.draw(rng, after=firm.created_at)
        gone = _deletion(rng, span, created, soft=0.02, hard=0.01)
        yield Person(
            key=key,
            system=firm.system,
            company=firm.key,
            first_name=rng.choice((first, first, first, None)),
            last_name=words.awkward_line(index) or last,
            email=rng.choice((f"{first}.{last}.{key}@post.example".lower(), None)),
            phone=rng.choice((f"00{rng.randrange(10, 99)} {rng.randrange(10**6, 10**7)}", None)),
            title=rng.choice((*words.TITLES, None)),
            owner=firm.owner,
            opted_out=rng.random() < 0.1,
            created_at=created,
            modified_at=gone.at if gone else span.draw(rng, after=created),
            deleted=gone,
        )


def leads(
    rng: Random, contacts: list[Person], first_key: int, count: int, owners: list[Rep], span: Span, deal_keys: range
) -> Iterator[Lead]:
    """A qualified lead became a person who is there; nine in ten also a deal, from the front of ``deal_keys``."""
    system = contacts[0].system
    spare_deals = iter(deal_keys)
    spare_people = iter([person for person in contacts if person.deleted is None])
    for index in range(count):
        key = first_key + index
        created = span.draw(rng)
        closed = created + timedelta(seconds=3600 + int(rng.expovariate(1 / 10) * 86_400))
        chance = rng.random() if closed < span.end else 1.0
        person = next(spare_people, None) if chance < 0.35 else None
        status = "qualified" if person else "disqualified" if chance < 0.6 else "open"
        gone = _deletion(rng, span, created, soft=0.02, hard=0.01) if status == "open" else None
        first, last = rng.choice(words.FIRST_NAMES), rng.choice(words.LAST_NAMES)
        settled = closed if status != "open" else None
        yield Lead(
            key=key,
            system=system,
            first_name=person.first_name if person else first,
            last_name=person.last_name if person else words.awkward_line(index, 3) or last,
            email=person.email if person else rng.choice((f"{first}.{last}.{key}@lead.example".lower(), None)),
            phone=rng.choice((f"0{rng.randrange(10**8, 10**9)}", None)),
            company_name=f"{rng.choice(words.COMPANY_HEADS)} {rng.choice(words.COMPANY_TAILS)}",
            title=rng.choice((*words.TITLES, None)),
            owner=person.owner if person else rng.choice((*(rep.key for rep in owners), None)),
            source=rng.choice((*words.LEAD_SOURCES, None)),
            country=rng.choice(words.COUNTRIES),
            status=status,  # type: ignore[arg-type]
            created_at=created,
            modified_at=gone.at if gone else settled or span.draw(rng, after=created),
            closed_at=settled,
            company=person.company if person else None,
            person=person.key if person else None,
            deal=next(spare_deals, None) if person and rng.random() < 0.9 else None,
            deleted=gone,
        )


def _deletion(rng: Random, span: Span, after: datetime, *, soft: float, hard: float) -> Deletion | None:
    """Soft, hard or none; a hard one falls in the last days, while systems still tell of it."""
    chance = rng.random()
    if chance < soft:
        return Deletion(span.draw(rng, after=after))
    if chance < soft + hard:
        return Deletion(span.draw(rng, after=max(after, span.end - timedelta(days=5))), hard=True)
    return None

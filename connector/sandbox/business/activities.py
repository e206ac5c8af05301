"""Mails, calls, meetings and tasks of the made-up business, drawn from its deals and leads: alike at each reading."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from random import Random

from connector.sandbox.business import words
from connector.sandbox.business.model import Activity, ActivityKind, Business, Deal, Person, Stage, System

#: keys of one deal's or lead's activities begin here, so that each has a key of its own
_PER_RECORD = 100
_MOST = 40
#: by stage: how likely each kind happens in it, up to twice
_HABITS: dict[Stage, tuple[tuple[ActivityKind, float], ...]] = {
    "qualify": (("call", 0.8), ("meeting", 0.6), ("email", 0.6)),
    "develop": (("email", 0.7), ("meeting", 0.4), ("task", 0.3)),
    "propose": (("email", 0.6), ("call", 0.4)),
    "close": (("call", 0.5), ("task", 0.3)),
}
_SUBJECTS: dict[ActivityKind, tuple[str, ...]] = {
    "email": ("Our offer", "Data sheet", "Next steps", "Following up"),
    "call": ("First call", "Call about prices", "Call back"),
    "meeting": ("Demonstration", "Site visit", "Terms"),
    "task": ("Prepare the quote", "Check the stock"),
}
#: what is said in all of them: text that no connector has to ask for
BODY = "What was said is nobody else's business."
#: only these may come from the other side
_TALKS = ("email", "call")


def activities(business: Business, system: System) -> Iterator[Activity]:
    """All of one system, deal by deal, then lead by lead; none where deals carry no history (load tests)."""
    if not business.history:
        return
    people = {person.key: person for person in business.people if person.deleted is None}
    end = datetime.combine(business.today, time(), UTC)
    last = 0
    for deal in business.deals_of(system):
        last = max(last, deal.key)
        if deal.deleted is None:
            person = people.get(deal.person) if deal.person is not None else None
            yield from _about_deal(Random(f"{business.seed}:activities:{deal.key}"), deal, person, end)
    yield from _to_leads(business, system, (last + 1) * _PER_RECORD, end)


def _about_deal(rng: Random, deal: Deal, person: Person | None, end: datetime) -> Iterator[Activity]:
    key = deal.key * _PER_RECORD
    for place, move in enumerate(deal.moves):
        leaves = deal.moves[place + 1].at if place + 1 < len(deal.moves) else end
        for kind, odds in _HABITS.get(move.stage, ()):
            if rng.random() < odds and key < deal.key * _PER_RECORD + _MOST:
                key += 1
                at = move.at + timedelta(seconds=int(rng.random() * max(0, int((leaves - move.at).total_seconds()))))
                yield _held(rng, key, deal, person, kind, at)
    if deal.status == "open" and rng.random() < 0.3:
        planned = end + timedelta(hours=rng.randrange(9, 400))
        yield Activity(key + 1, deal.system, "task", None, "Call again", planned, deal.owner, done=False, deal=deal.key)


def _held(rng: Random, key: int, deal: Deal, person: Person | None, kind: ActivityKind, at: datetime) -> Activity:
    """Mostly about the deal; now and then only about the company, or the person, as people log it."""
    chance = rng.random()
    address = person.email if person is not None and kind == "email" else None
    about_person = person is not None and chance > 0.9
    about_company = chance < 0.08
    return Activity(
        key=key,
        system=deal.system,
        kind=kind,
        direction=("in" if rng.random() < 0.25 else "out") if kind in _TALKS else None,
        subject=words.pick(rng, _SUBJECTS[kind]),
        at=at,
        owner=deal.owner,
        deal=None if about_person or about_company else deal.key,
        person=person.key if person is not None and not about_company else None,
        company=deal.company if about_company else None,
        address=address,
    )


def _to_leads(business: Business, system: System, first: int, end: datetime) -> Iterator[Activity]:
    """A mail to every second lead that has an address, and to some of them a second one."""
    key = first
    for lead in business.leads:
        if lead.system != system or lead.deleted is not None or lead.owner is None or not lead.email or lead.key % 2:
            continue
        for number in range(1 + lead.key % 3 % 2):
            at = lead.created_at + timedelta(days=3 * number, hours=2)
            key += 1
            if at < end:
                subject = _SUBJECTS["email"][number]
                yield Activity(key, system, "email", "out", subject, at, lead.owner, lead=lead.key, address=lead.email)

"""Draws the whole made-up business from a seed: the same seed, size and day give the same business, value for value."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from connector.sandbox.business import staff
from connector.sandbox.business.deals import DrawnDeals, Market
from connector.sandbox.business.model import SYSTEMS, Business, Company, Lead, Person, Rep, System
from connector.sandbox.business.money import CURRENCIES, dated_rates
from connector.sandbox.business.prospects import Span, companies, leads, people
from connector.sandbox.business.quotas import quotas
from connector.sandbox.business.transitions import TRANSITIONS

DAYS = 730
#: more deals than this do not bring more companies, people and leads
_MOST_PROSPECTS = {True: 50_000, False: 1_000}


def generate(
    seed: int = 7,
    deals: int = 300,
    *,
    today: date | None = None,
    history: bool = True,
    systems: Sequence[System] = SYSTEMS,
    long_text: bool = False,
) -> Business:
    """``deals`` per system. Nothing happens after the first instant of ``today`` (default: the present UTC day).

    ``history=False`` leaves out the moves in between: a large business in seconds, for load tests.
    """
    today = today or datetime.now(UTC).date()
    opened_on = today - timedelta(days=DAYS)
    span = Span(_midnight(opened_on + timedelta(days=1)), _midnight(today))
    reps = staff.reps(opened_on)
    firms: list[Company] = []
    contacts: list[Person] = []
    prospects: list[Lead] = []
    markets: list[Market] = []
    for place, system in enumerate(systems):
        market = _market(seed, system, place, deals, history=history, reps=reps, span=span)
        markets.append(market)
        firms += market.companies
        contacts += market.people.values()
        prospects += market.leads
    return Business(
        seed=seed,
        today=today,
        opened_on=opened_on,
        history=history,
        transitions=TRANSITIONS,
        currencies=CURRENCIES,
        rates=dated_rates(seed, opened_on, today),
        teams=staff.teams(),
        reps=reps,
        companies=firms,
        people=contacts,
        leads=prospects,
        deals=DrawnDeals(seed, span, history, tuple(markets), long_text),
        quotas=list(quotas(seed, reps, tuple(systems), today)),
    )


def _market(seed: int, system: System, place: int, count: int, *, history: bool, reps: list[Rep], span: Span) -> Market:
    most = _MOST_PROSPECTS[history]
    firm_count, person_count, lead_count = (min(most, max(1, size)) for size in (count // 2, count, count))
    owners = staff.sellers(reps, system)
    rng = Random(f"{seed}:prospects:{system}")
    firms = list(companies(rng, system, 1 + place * firm_count, firm_count, owners, span))
    contacts = list(people(rng, firms, 1 + place * person_count, person_count, span))
    first_key = 1 + place * count
    keys = range(first_key, first_key + count)
    return Market(
        system=system,
        first_key=first_key,
        count=count,
        companies=firms,
        people={person.key: person for person in contacts},
        leads=list(leads(rng, contacts, 1 + place * lead_count, lead_count, owners, span, keys)),
        owners=owners,
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)

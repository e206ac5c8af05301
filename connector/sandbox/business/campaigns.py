"""Campaigns of the made-up business and whom they reached: a function of its leads and people, always alike."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from connector.sandbox.business.model import SYSTEMS, Business, Campaign, CampaignMember, System

_NAMES = ("Spring Mailing", "Trade Fair", "Webinar", "Re-engagement")
_KINDS = ("Direct Marketing", "Event", "Event", "Direct Marketing")
_LASTS = timedelta(days=60)


def campaigns(business: Business, system: System) -> list[Campaign]:
    """Those of one system, spread over the years of the business; none where deals carry no history (load tests)."""
    if not business.history:
        return []
    owners = [rep for rep in business.reps_of(system) if rep.active]
    apart = (business.today - business.opened_on) // (len(_NAMES) + 1)
    return [
        Campaign(
            key=_key(system, place),
            system=system,
            name=name,
            kind=_KINDS[place],
            starts_on=business.opened_on + apart * (place + 1),
            ends_on=business.opened_on + apart * (place + 1) + _LASTS,
            cost=Decimal(1_000 * (place + 1)) if place else None,
            owner=owners[place].key,
        )
        for place, name in enumerate(_NAMES)
    ]


def campaign_of(system: System, lead: int | None) -> int | None:
    """The campaign that reached a lead, by their keys; None where none did."""
    return None if lead is None or lead % 3 else _key(system, lead // 3 % len(_NAMES))


def members(business: Business, system: System) -> Iterator[CampaignMember]:
    """Every third lead, and every fifth contact, that is still there."""
    if not business.history:
        return
    key = 0
    for lead in business.leads:
        campaign = campaign_of(system, lead.key)
        if lead.system == system and lead.deleted is None and campaign is not None:
            key += 1
            yield CampaignMember(key, campaign, lead.status != "open", lead.email, lead=lead.key)
    for person in business.people:
        if person.system == system and person.deleted is None and person.key % 5 == 0:
            key += 1
            campaign = _key(system, person.key // 5 % len(_NAMES))
            yield CampaignMember(key, campaign, key % 4 == 0, person.email, person=person.key)


def _key(system: System, place: int) -> int:
    return SYSTEMS.index(system) * len(_NAMES) + place + 1

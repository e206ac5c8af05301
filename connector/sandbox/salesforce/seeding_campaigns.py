"""Campaigns of the made-up business, and whom they reached, as records of a Salesforce org. Knows no HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

from connector.sandbox.business.campaigns import campaigns, members
from connector.sandbox.business.model import Business
from connector.sandbox.salesforce.ids import make_id
from connector.sandbox.salesforce.org import Org
from connector.sandbox.salesforce.schema import standard_schema
from connector.sandbox.salesforce.settings import Row, load, stamps

_PREFIXES = {name: sobject.prefix for name, sobject in standard_schema().items()}


def load_campaigns(org: Org, business: Business) -> None:
    """Adds all campaigns and their members."""
    load(org, "Campaign", _campaigns(org, business))
    load(org, "CampaignMember", _members(org, business))


def _campaigns(org: Org, business: Business) -> Iterator[Row]:
    for campaign in campaigns(business, "salesforce"):
        starts = datetime.combine(campaign.starts_on, time(8), UTC)
        yield {
            "Id": _id("Campaign", campaign.key),
            "IsDeleted": False,
            "Name": campaign.name,
            "Type": campaign.kind,
            "Status": "Completed" if campaign.ends_on < business.today else "In Progress",
            "StartDate": campaign.starts_on,
            "EndDate": campaign.ends_on,
            "ActualCost": campaign.cost,
            "IsActive": campaign.ends_on >= business.today,
            "OwnerId": _id("User", campaign.owner),
            "CurrencyIsoCode": "USD",
            **stamps(org, starts),
        }


def _members(org: Org, business: Business) -> Iterator[Row]:
    starts = {campaign.key: campaign.starts_on for campaign in campaigns(business, "salesforce")}
    for member in members(business, "salesforce"):
        who = _id("Lead", member.lead) or _id("Contact", member.person)
        reached = datetime.combine(starts[member.campaign], time(9), UTC)
        yield {
            "Id": _id("CampaignMember", member.key),
            "IsDeleted": False,
            "CampaignId": _id("Campaign", member.campaign),
            "LeadId": _id("Lead", member.lead),
            "ContactId": _id("Contact", member.person),
            "LeadOrContactId": who,
            "Status": "Responded" if member.responded else "Sent",
            "HasResponded": member.responded,
            "FirstRespondedDate": (reached + timedelta(days=2)).date() if member.responded else None,
            "Email": member.email,
            "CurrencyIsoCode": "USD",
            **stamps(org, reached),
        }


def _id(kind: str, key: int | None) -> str | None:
    return None if key is None else make_id(_PREFIXES[kind], key)

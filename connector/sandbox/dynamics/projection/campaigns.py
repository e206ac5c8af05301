"""Campaigns of the made-up business as campaigns of an organization. Their members are in no table here."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal

from connector.sandbox.business.campaigns import campaigns
from connector.sandbox.business.model import Business
from connector.sandbox.dynamics.projection.identity import guid, spelt
from connector.sandbox.dynamics.projection.parties import Row, owned_by
from connector.sandbox.dynamics.projection.setup import currency_keys, exchange_rates
from connector.sandbox.dynamics.tables.campaigns import KIND_OF
from connector.sandbox.dynamics.wording import ZONE

_CURRENCY = "USD"


def campaign_rows(business: Business) -> Iterator[Row]:
    """One row a campaign; days are local midnights, as users enter them."""
    currency, rate = currency_keys(business)[_CURRENCY], exchange_rates(business)[_CURRENCY]
    for campaign in campaigns(business, "dynamics"):
        begun, over = campaign.starts_on <= business.today, campaign.ends_on < business.today
        cost = campaign.cost
        yield {
            "campaignid": guid("campaign", campaign.key), "name": campaign.name, "codename": f"C-{campaign.key:04d}",
            "typecode": KIND_OF[campaign.kind], "istemplate": 0, "proposedstart": _midnight(campaign.starts_on),
            "proposedend": _midnight(campaign.ends_on), "actualstart": _midnight(campaign.starts_on) if begun else None,
            "actualend": _midnight(campaign.ends_on) if over else None,
            "totalactualcost": None if cost is None else f"{cost:.4f}",
            "totalactualcost_base": None if cost is None else f"{cost / rate:.4f}",
            "_transactioncurrencyid_value": currency, "exchangerate": f"{Decimal(rate):.10f}",
            "createdon": _midnight(campaign.starts_on), "modifiedon": _midnight(campaign.starts_on),
            "statecode": 0, "statuscode": 3 if over else 2, **owned_by(campaign.owner),
        }  # fmt: skip


def _midnight(day: date) -> str:
    return spelt(datetime.combine(day, time(), ZONE).astimezone(UTC))

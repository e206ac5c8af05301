"""Splits of the made-up business's deals as records of a Salesforce org. Knows no HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time
from decimal import Decimal

from connector.sandbox.business.model import Business
from connector.sandbox.business.splits import splits
from connector.sandbox.salesforce.ids import make_id
from connector.sandbox.salesforce.org import Org
from connector.sandbox.salesforce.schema import standard_schema
from connector.sandbox.salesforce.settings import Row, load, stamps

_PREFIXES = {name: sobject.prefix for name, sobject in standard_schema().items()}
#: the two types that an org has as soon as splits are on; only those of revenue must add up to 100 %
_TYPES = {"revenue": ("Revenue", True), "overlay": ("Overlay", False)}


def load_splits(org: Org, business: Business) -> None:
    """Adds the two split types and all splits."""
    load(org, "OpportunitySplitType", _types(org, business))
    load(org, "OpportunitySplit", _splits(org, business))


def split_type_id(kind: str) -> str:
    """The id of the split type that renders a kind of credit."""
    return make_id(_PREFIXES["OpportunitySplitType"], list(_TYPES).index(kind) + 1)


def _types(org: Org, business: Business) -> Iterator[Row]:
    for kind, (label, validated) in _TYPES.items():
        yield {
            "Id": split_type_id(kind),
            "IsDeleted": False,
            "DeveloperName": label,
            "Language": "en_US",
            "MasterLabel": label,
            "IsActive": True,
            "IsTotalValidated": validated,
            "SplitEntity": "Opportunity",
            "SplitField": "Amount",
            **stamps(org, datetime.combine(business.opened_on, time(), UTC)),
        }


def _splits(org: Org, business: Business) -> Iterator[Row]:
    deals = {deal.key: deal for deal in business.deals_of("salesforce")} if business.history else {}
    for split in splits(business):
        deal = deals[split.deal]
        amount = deal.actual if deal.actual is not None else deal.amount
        yield {
            "Id": make_id(_PREFIXES["OpportunitySplit"], split.key),
            "IsDeleted": False,
            "OpportunityId": make_id(_PREFIXES["Opportunity"], split.deal),
            "SplitOwnerId": make_id(_PREFIXES["User"], split.owner),
            "SplitTypeId": split_type_id(split.kind),
            "Split": f"S-{split.key:06d}",
            "SplitPercentage": Decimal(split.percent),
            "SplitAmount": None if amount is None else amount * split.percent / 100,
            "CurrencyIsoCode": deal.currency,
            **stamps(org, deal.created_at),
        }

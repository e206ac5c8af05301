"""Which objects and fields one org has: the standard ones, less what its edition lacks, and its picklists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from connector.sandbox.salesforce.fields import Field
from connector.sandbox.salesforce.objects import SObject
from connector.sandbox.salesforce.standard_reference import MULTI_CURRENCY_OBJECTS, REFERENCE
from connector.sandbox.salesforce.standard_sales import SALES


@dataclass(frozen=True)
class StageSetting:
    """One value of the stage picklist and what it implies."""

    name: str
    probability: int
    forecast: str
    is_closed: bool = False
    is_won: bool = False


#: the ten stages that a new org has (recorded), with the defaults of the setup page
STAGES = (
    StageSetting("Prospecting", 10, "Pipeline"),
    StageSetting("Qualification", 10, "Pipeline"),
    StageSetting("Needs Analysis", 20, "Pipeline"),
    StageSetting("Value Proposition", 50, "Pipeline"),
    StageSetting("Id. Decision Makers", 60, "Pipeline"),
    StageSetting("Perception Analysis", 70, "Pipeline"),
    StageSetting("Proposal/Price Quote", 75, "Pipeline"),
    StageSetting("Negotiation/Review", 90, "Pipeline"),
    StageSetting("Closed Won", 100, "Closed", is_closed=True, is_won=True),
    StageSetting("Closed Lost", 0, "Omitted", is_closed=True),
)
LEAD_STATUSES = ("Open - Not Contacted", "Working - Contacted", "Closed - Converted", "Closed - Not Converted")

PICKLISTS: Mapping[str, Sequence[str]] = {
    "stage": [stage.name for stage in STAGES],
    "forecast": ["Omitted", "Pipeline", "BestCase", "MostLikely", "Forecast", "Closed"],
    "forecast_name": ["Omitted", "Pipeline", "Best Case", "Most Likely", "Commit", "Closed"],
    "lead_status": LEAD_STATUSES,
    "type": ["Existing Customer - Upgrade", "Existing Customer - Replacement", "New Customer"],
    "source": ["Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other"],
    "account_type": ["Prospect", "Customer - Direct", "Channel Partner / Reseller", "Other"],
    "industry": [
        "Agriculture",
        "Apparel",
        "Chemicals",
        "Electronics",
        "Energy",
        "Engineering",
        "Shipping",
        "Utilities",
    ],
    "rating": ["Hot", "Warm", "Cold"],
    "salutation": ["Mr.", "Ms.", "Mx.", "Dr.", "Prof."],
    "region": ["North", "South", "East", "West"],
    "currency": ["USD", "EUR", "GBP", "JPY", "KWD"],
}

Schema = dict[str, SObject]


def standard_schema(*, multi_currency: bool = True, without: Iterable[str] = ()) -> Schema:
    """The standard objects by name; a single-currency org has neither currency objects nor ``CurrencyIsoCode``."""
    gone = set(without) | (set() if multi_currency else MULTI_CURRENCY_OBJECTS)
    schema = {sobject.name: sobject for sobject in (*SALES, *REFERENCE) if sobject.name not in gone}
    if multi_currency:
        return schema
    return {
        name: sobject.without(field.name for field in sobject.fields if field.multi_currency)
        for name, sobject in schema.items()
    }


def with_fields(sobject: SObject, fields: Sequence[Field]) -> SObject:
    """The object with more fields (custom ones, as a rule)."""
    return replace(sobject, fields=(*sobject.fields, *fields))

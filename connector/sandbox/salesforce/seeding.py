"""The made-up business rendered as the records of a Salesforce org. Knows no HTTP.

Record numbers behind ids are the keys of the business, so that both can be told apart and matched:
``record_id("Opportunity", deal.key)``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from connector.sandbox.business.campaigns import campaign_of
from connector.sandbox.business.model import Business, Deal, Lead, Move, Stage
from connector.sandbox.salesforce.edits import deal_values, stage_values
from connector.sandbox.salesforce.ids import make_id
from connector.sandbox.salesforce.org import Org
from connector.sandbox.salesforce.picklists import LEAD_STATUSES, StageSetting
from connector.sandbox.salesforce.schema import standard_schema
from connector.sandbox.salesforce.seeding_activities import load_activities
from connector.sandbox.salesforce.seeding_campaigns import load_campaigns
from connector.sandbox.salesforce.seeding_splits import load_splits
from connector.sandbox.salesforce.settings import CHUNK, Row, fill_settings, load, stamps, user_row
from connector.sandbox.salesforce.values import store

_STAGE_NAMES: dict[Stage, tuple[str, ...]] = {
    "qualify": ("Prospecting", "Qualification"),
    "develop": ("Needs Analysis", "Value Proposition", "Id. Decision Makers", "Perception Analysis"),
    "propose": ("Proposal/Price Quote",),
    "close": ("Negotiation/Review",),
    "won": ("Closed Won",),
    "lost": ("Closed Lost",),
}
_LEAD_STATUS = {"qualified": "Closed - Converted", "disqualified": "Closed - Not Converted"}
_PREFIXES = {name: sobject.prefix for name, sobject in standard_schema().items()}
_LONGEST_DESCRIPTION = 32_000
_FOR_EVER = date(9999, 12, 31)


def record_id(kind: str, key: int) -> str:
    """The id of the record that renders the business's ``key``-th one."""
    return make_id(_PREFIXES[kind], key)


def stage_name(stage: Stage, detail: int = 0) -> str:
    """The stage value that renders a stage of the business."""
    names = _STAGE_NAMES[stage]
    return names[detail % len(names)]


class Seeding:
    """Fills one org. ``sandbox_org``: users' addresses end in ``.invalid``, as in copies of a production org."""

    def __init__(self, org: Org, business: Business, *, sandbox_org: bool = False) -> None:
        self._org = org
        self._business = business
        self._suffix = ".invalid" if sandbox_org else ""
        self._start = datetime.combine(business.opened_on, time(), UTC)
        self._stages = {stage.name: stage for stage in org.stages}
        self._history_number = 0

    def fill(self) -> None:
        """Loads everything in one transaction."""
        with self._org.records.writing():
            fill_settings(self._org, self._start, self._business.organization)
            self._load("CurrencyType", self._currencies())
            self._load("DatedConversionRate", self._rates())
            self._load("UserRole", self._roles())
            self._load("User", self._users())
            self._load("Account", self._accounts())
            self._load("Contact", self._contacts())
            self._load("Lead", self._leads())
            self._deals()
            load_activities(self._org, self._business)
            load_campaigns(self._org, self._business)
            load_splits(self._org, self._business)
            self._load("Period", self._periods())
            self._load("ForecastingType", self._forecasting_types())
            self._load("ForecastingQuota", self._quotas())
        for kind in (
            "Account",
            "Campaign",
            "CampaignMember",
            "Contact",
            "Lead",
            "Opportunity",
            "OpportunitySplit",
            "User",
        ):
            self._org.records.reserve(_PREFIXES[kind], 10_000_000)
        for kind in ("Task", "Event"):
            self._org.records.reserve(_PREFIXES[kind], 10_000_000_000)

    def _load(self, kind: str, rows: Iterable[Row]) -> None:
        load(self._org, kind, rows)

    def _currencies(self) -> Iterator[Row]:
        for number, currency in enumerate(self._business.currencies, 1):
            yield {
                "Id": record_id("CurrencyType", number),
                "IsoCode": currency.code,
                "ConversionRate": currency.units_per_usd,
                "DecimalPlaces": currency.exponent,
                "IsActive": True,
                "IsCorporate": currency.code == "USD",
                **self._stamps(self._start),
            }

    def _rates(self) -> Iterator[Row]:
        for number, rate in enumerate(self._business.rates, 1):
            yield {
                "Id": record_id("DatedConversionRate", number),
                "IsoCode": rate.currency,
                "StartDate": rate.valid_from,
                "NextStartDate": rate.valid_to or _FOR_EVER,
                "ConversionRate": rate.units_per_usd,
                **self._stamps(self._start),
            }

    def _roles(self) -> Iterator[Row]:
        for team in self._business.teams_of("salesforce"):
            yield {
                "Id": record_id("UserRole", team.key),
                "Name": team.name,
                "ParentRoleId": _id("UserRole", team.parent),
                "OpportunityAccessForAccountOwner": "Edit",
                "MayForecastManagerShare": False,
                "DeveloperName": team.name.replace(" ", "_"),
                "PortalType": "None",
                "LastModifiedDate": self._start,
                "LastModifiedById": self._org.user_id,
                "SystemModstamp": self._start,
            }

    def _users(self) -> Iterator[Row]:
        for rep in self._business.reps_of("salesforce"):
            yield user_row(
                record_id("User", rep.key),
                rep.first_name,
                rep.last_name,
                rep.email + self._suffix,
                Title=rep.title,
                IsActive=rep.active,
                UserRoleId=_id("UserRole", rep.team),
                ManagerId=_id("User", rep.manager),
                ForecastEnabled=True,
                DefaultCurrencyIsoCode="USD",
                CurrencyIsoCode="USD",
                **self._stamps(rep.created_at),
            )

    def _accounts(self) -> Iterator[Row]:
        for company in self._business.companies:
            if company.system == "salesforce":
                yield {
                    "Id": record_id("Account", company.key),
                    "Name": company.name,
                    "Type": "Prospect",
                    "ParentId": _id("Account", company.parent),
                    "BillingCity": company.city,
                    "BillingCountry": company.country,
                    "Website": company.website,
                    "Industry": company.industry,
                    "OwnerId": record_id("User", company.owner),
                    "CurrencyIsoCode": "USD",
                    **self._stamps(company.created_at, company.modified_at),
                }

    def _contacts(self) -> Iterator[Row]:
        for person in self._business.people:
            if person.system == "salesforce" and self._kept("Contact", person):
                yield {
                    "Id": record_id("Contact", person.key),
                    "AccountId": record_id("Account", person.company),
                    "LastName": person.last_name,
                    "FirstName": person.first_name,
                    "Name": _whole_name(person.first_name, person.last_name),
                    "Phone": person.phone,
                    "Email": person.email,
                    "Title": person.title,
                    "OwnerId": record_id("User", person.owner),
                    "HasOptedOutOfEmail": person.opted_out,
                    "CurrencyIsoCode": "USD",
                    "IsDeleted": person.deleted is not None,
                    **self._stamps(person.created_at, person.modified_at),
                }

    def _leads(self) -> Iterator[Row]:
        for lead in self._business.leads:
            if lead.system == "salesforce" and self._kept("Lead", lead):
                yield self._lead(lead)

    def _lead(self, lead: Lead) -> Row:
        converted = lead.status == "qualified"
        waiting = LEAD_STATUSES[lead.key % 2]
        return {
            "Id": record_id("Lead", lead.key),
            "LastName": lead.last_name,
            "FirstName": lead.first_name,
            "Name": _whole_name(lead.first_name, lead.last_name),
            "Title": lead.title,
            "Company": lead.company_name,
            "Country": lead.country,
            "Phone": lead.phone,
            "Email": lead.email,
            "LeadSource": lead.source,
            "Status": _LEAD_STATUS.get(lead.status, waiting),
            "OwnerId": record_id("User", lead.owner) if lead.owner else self._org.queue_id,
            "IsConverted": converted,
            "ConvertedDate": lead.closed_at.date() if converted and lead.closed_at else None,
            "ConvertedAccountId": _id("Account", lead.company),
            "ConvertedContactId": _id("Contact", lead.person),
            "ConvertedOpportunityId": _id("Opportunity", lead.deal),
            "CurrencyIsoCode": "USD",
            "IsDeleted": lead.deleted is not None,
            **self._stamps(lead.created_at, lead.modified_at),
        }

    def _deals(self) -> None:
        """Deals with their history, chunk by chunk."""
        deals: list[Row] = []
        moves: list[Row] = []
        for deal in self._business.deals_of("salesforce"):
            if not self._kept("Opportunity", deal):
                continue
            deals.append(self._deal(deal))
            if self._business.history:
                moves.extend(self._history(deal))
            if len(deals) == CHUNK:
                self._load("Opportunity", deals)
                self._load("OpportunityHistory", moves)
                deals, moves = [], []
        self._load("Opportunity", deals)
        self._load("OpportunityHistory", moves)
        self._org.records.reserve(_PREFIXES["OpportunityHistory"], self._history_number)

    def _deal(self, deal: Deal) -> Row:
        move = deal.moves[-1]
        description = deal.description or ""
        row = {
            "Id": record_id("Opportunity", deal.key),
            "AccountId": record_id("Account", deal.company),
            "IsPrivate": False,
            "Name": deal.name,
            "Description": description if len(description) <= _LONGEST_DESCRIPTION else None,
            "Notes__c": description if len(description) > _LONGEST_DESCRIPTION else None,
            "StageName": stage_name(move.stage, move.detail),
            "Amount": deal.actual if deal.actual is not None else deal.amount,
            "CloseDate": deal.close_on,
            "Type": deal.type,
            "NextStep": deal.next_step,
            "LeadSource": deal.source,
            "OwnerId": record_id("User", deal.owner),
            "CampaignId": _id("Campaign", campaign_of("salesforce", deal.lead)) if self._business.history else None,
            "ContactId": _id("Contact", deal.person),
            "Region__c": deal.region,
            "CurrencyIsoCode": deal.currency,
            "LastStageChangeDate": move.at if len(deal.moves) > 1 else None,
            "IsDeleted": deal.deleted is not None,
            **stage_values(self._stage(move)),
            **self._stamps(deal.created_at, deal.modified_at),
        }
        return row | deal_values(row)

    def _history(self, deal: Deal) -> Iterator[Row]:
        """One row per move; each is stamped again when the next one is written."""
        last = len(deal.moves) - 1
        before: Move | None = None
        for place, move in enumerate(deal.moves):
            self._history_number += 1
            stage = self._stage(move)
            amount = deal.actual if place == last and deal.actual is not None else move.amount
            yield {
                "Id": record_id("OpportunityHistory", self._history_number),
                "OpportunityId": record_id("Opportunity", deal.key),
                "CreatedById": record_id("User", deal.owner),
                "CreatedDate": move.at,
                "StageName": stage.name,
                "Amount": amount,
                "ExpectedRevenue": None if amount is None else amount * stage.probability / 100,
                "CloseDate": move.close_on,
                "Probability": Decimal(stage.probability),
                "ForecastCategory": stage.forecast,
                "CurrencyIsoCode": deal.currency,
                "PrevAmount": before.amount if before else None,
                "PrevCloseDate": before.close_on if before else None,
                "SystemModstamp": deal.moves[place + 1].at if place < last else move.at,
                "IsDeleted": deal.deleted is not None,
            }
            before = move

    def _periods(self) -> Iterator[Row]:
        for number, (start, end) in enumerate(self._quarters(), 1):
            yield {
                "Id": record_id("Period", number),
                "Type": "Quarter",
                "StartDate": start,
                "EndDate": end,
                "SystemModstamp": self._start,
                "IsForecastPeriod": True,
                "Number": (start.month + 2) // 3,
                "FullyQualifiedLabel": f"Q{(start.month + 2) // 3} FY {start.year}",
            }

    def _quarters(self) -> list[tuple[date, date]]:
        quotas = (quota for quota in self._business.quotas if quota.system == "salesforce")
        return sorted({(quota.period_start, quota.period_end) for quota in quotas})

    def _forecasting_types(self) -> Iterator[Row]:
        for number, (label, is_amount) in enumerate(
            (("Opportunity Revenue", True), ("Opportunity Quantity", False)), 1
        ):
            yield {
                "Id": record_id("ForecastingType", number),
                "IsDeleted": False,
                "DeveloperName": label.replace(" ", ""),
                "Language": "en_US",
                "MasterLabel": label,
                "IsActive": True,
                "IsAmount": is_amount,
                "IsQuantity": not is_amount,
                "DateType": "CloseDate",
                **self._stamps(self._start),
            }

    def _quotas(self) -> Iterator[Row]:
        """The revenue quotas, and for some a quantity quota beside them: whoever adds both is wrong."""
        periods = {start: number for number, (start, _) in enumerate(self._quarters(), 1)}
        number = 0
        for quota in self._business.quotas:
            if quota.system != "salesforce":
                continue
            for is_amount in (True, False) if quota.rep % 2 else (True,):
                number += 1
                yield {
                    "Id": record_id("ForecastingQuota", number),
                    "IsDeleted": False,
                    "QuotaOwnerId": record_id("User", quota.rep),
                    "PeriodId": record_id("Period", periods[quota.period_start]),
                    "StartDate": quota.period_start,
                    "QuotaAmount": quota.amount if is_amount else None,
                    "QuotaQuantity": None if is_amount else Decimal(12),
                    "IsAmount": is_amount,
                    "IsQuantity": not is_amount,
                    "ForecastingTypeId": record_id("ForecastingType", 1 if is_amount else 2),
                    "CurrencyIsoCode": quota.currency,
                    **self._stamps(self._start),
                }

    def _kept(self, kind: str, record: Any) -> bool:
        """Writes the delete log; False where nothing of the record is left."""
        if record.deleted is None:
            return True
        self._org.records.log_deletes([(kind, record_id(kind, record.key), str(store(record.deleted.at)))])
        return not record.deleted.hard

    def _stage(self, move: Move) -> StageSetting:
        return self._stages[stage_name(move.stage, move.detail)]

    def _stamps(self, created: datetime, modified: datetime | None = None) -> Row:
        return stamps(self._org, created, modified)


def _id(kind: str, key: int | None) -> str | None:
    return None if key is None else record_id(kind, key)


def _whole_name(first: str | None, last: str) -> str:
    return f"{first} {last}" if first else last

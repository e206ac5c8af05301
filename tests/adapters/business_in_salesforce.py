"""How the made-up business must look when an adapter has read it out of a Salesforce org. Knows no wire and no storage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from connector.sandbox.business import Business
from connector.sandbox.business.model import Company, Deal, Lead, Person, Rep
from connector.sandbox.salesforce import record_id
from tests.adapters.world import Record

#: stages of the business that have one name in Salesforce
_STAGES = {"propose": "Proposal/Price Quote", "close": "Negotiation/Review", "won": "Closed Won", "lost": "Closed Lost"}
_LONGEST_DESCRIPTION = 32_000


def business_truth(business: Business) -> Mapping[str, Mapping[str, Record]]:
    """What queryAll shows: the recycle bin too, but nothing that was deleted for good."""
    kept = {
        "Account": (_account(each) for each in business.companies if _shown(each)),
        "Contact": (_contact(each) for each in business.people if _shown(each)),
        "Lead": (_lead(each) for each in business.leads if _shown(each)),
        "Opportunity": (_deal(each) for each in business.deals if _shown(each)),
        "User": (_user(each) for each in business.reps_of("salesforce")),
        "OpportunityHistory": _moves(business),
        "ForecastingQuota": _quotas(business),
    }
    return {name: {str(record.pop("Id")): record for record in records} for name, records in kept.items()}


def _shown(record: Company | Person | Lead | Deal) -> bool:
    return record.system == "salesforce" and not (record.deleted and record.deleted.hard)


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _maybe(kind: str, key: int | None) -> str | None:
    return None if key is None else record_id(kind, key)


def _account(company: Company) -> Record:
    return {
        "Id": record_id("Account", company.key), "Name": company.name, "Website": company.website,
        "Industry": company.industry, "BillingCountry": company.country, "BillingCity": company.city,
        "OwnerId": record_id("User", company.owner), "ParentId": _maybe("Account", company.parent),
        "CreatedDate": _instant(company.created_at), "SystemModstamp": _instant(company.modified_at),
    }  # fmt: skip


def _contact(person: Person) -> Record:
    return {
        "Id": record_id("Contact", person.key), "FirstName": person.first_name, "LastName": person.last_name,
        "Email": person.email, "Phone": person.phone, "Title": person.title, "HasOptedOutOfEmail": person.opted_out,
        "AccountId": record_id("Account", person.company), "OwnerId": record_id("User", person.owner),
        "IsDeleted": person.deleted is not None, "SystemModstamp": _instant(person.modified_at),
    }  # fmt: skip


def _lead(lead: Lead) -> Record:
    converted = lead.status == "qualified"
    return {
        "Id": record_id("Lead", lead.key), "FirstName": lead.first_name, "LastName": lead.last_name,
        "Company": lead.company_name, "Email": lead.email, "Title": lead.title, "LeadSource": lead.source,
        "IsConverted": converted, "ConvertedOpportunityId": _maybe("Opportunity", lead.deal),
        "ConvertedDate": lead.closed_at.date().isoformat() if converted and lead.closed_at else None,
        "IsDeleted": lead.deleted is not None, "CreatedDate": _instant(lead.created_at),
    } | ({"OwnerId": record_id("User", lead.owner)} if lead.owner else {})  # fmt: skip


def _deal(deal: Deal) -> Record:
    long = deal.description is not None and len(deal.description) > _LONGEST_DESCRIPTION
    return {
        "Id": record_id("Opportunity", deal.key), "Name": deal.name, "IsDeleted": deal.deleted is not None,
        "AccountId": record_id("Account", deal.company), "OwnerId": record_id("User", deal.owner),
        "ContactId": _maybe("Contact", deal.person), "CurrencyIsoCode": deal.currency,
        "Amount": deal.actual if deal.status == "won" and deal.actual is not None else deal.amount,
        "CloseDate": deal.close_on.isoformat(), "FiscalYear": deal.close_on.year, "Type": deal.type,
        "LeadSource": deal.source, "NextStep": deal.next_step, "Region__c": deal.region,
        "Description": None if long else deal.description, "Notes__c": deal.description if long else None,
        "IsClosed": deal.status != "open", "IsWon": deal.status == "won",
        "CreatedDate": _instant(deal.created_at), "SystemModstamp": _instant(deal.modified_at),
    } | ({"StageName": _STAGES[deal.stage]} if deal.stage in _STAGES else {})  # fmt: skip


def _user(rep: Rep) -> Record:
    return {
        "Id": record_id("User", rep.key), "Name": rep.name, "Email": rep.email, "IsActive": rep.active,
        "UserRoleId": record_id("UserRole", rep.team), "ManagerId": _maybe("User", rep.manager),
    }  # fmt: skip


def _moves(business: Business) -> Iterable[Record]:
    """Numbered in the order of the deals; each is stamped again when the next one is written; gone with its deal."""
    number = 0
    for deal in business.deals:
        if not _shown(deal):
            continue
        for place, move in enumerate(deal.moves):
            number += 1
            last = place == len(deal.moves) - 1
            if deal.deleted is not None:
                continue
            yield {
                "Id": record_id("OpportunityHistory", number), "OpportunityId": record_id("Opportunity", deal.key),
                "CreatedDate": _instant(move.at), "CloseDate": move.close_on.isoformat(),
                "Amount": deal.actual if last and deal.actual is not None else move.amount,
                "SystemModstamp": _instant(move.at if last else deal.moves[place + 1].at),
            }  # fmt: skip


def _quotas(business: Business) -> Iterable[Record]:
    """Those of revenue; some have one of quantity right behind them."""
    number = 0
    for quota in business.quotas:
        if quota.system != "salesforce":
            continue
        number += 1
        yield {
            "Id": record_id("ForecastingQuota", number), "QuotaOwnerId": record_id("User", quota.rep),
            "QuotaAmount": quota.amount, "CurrencyIsoCode": quota.currency,
            "StartDate": quota.period_start.isoformat(), "IsAmount": True,
        }  # fmt: skip
        number += quota.rep % 2

"""Companies, people and leads of the made-up business as accounts, contacts and leads."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from connector.sandbox.business.model import Business, Company, Lead, Person
from connector.sandbox.dynamics.projection.identity import guid, maybe, spelt
from connector.sandbox.dynamics.projection.setup import BASE_CURRENCY, QUEUE_TEAM, currency_keys
from connector.sandbox.dynamics.tables.parties import INDUSTRY_OF
from connector.sandbox.dynamics.tables.sales import SOURCE_OF

Row = dict[str, object]
_STATES = {"open": 0, "qualified": 1, "disqualified": 2}


def owned_by(rep: int) -> Row:
    """The owner columns of a record that a user owns."""
    key = guid("systemuser", rep)
    return {"_ownerid_value": key, "_ownerid_value:type": "systemuser", "_owninguser_value": key}


def accounts(business: Business) -> Iterator[tuple[Row, bool]]:
    """Rows, each with whether it is still there."""
    gone = {item.key for item in business.companies if item.deleted}
    currency = currency_keys(business)[BASE_CURRENCY]
    for company in business.companies:
        if company.system == "dynamics":
            yield _account(company, gone, currency), company.deleted is None


def contacts(business: Business) -> Iterator[tuple[Row, bool]]:
    """Rows, each with whether it is still there."""
    gone = {item.key for item in business.companies if item.deleted}
    for person in business.people:
        if person.system == "dynamics":
            yield _contact(person, gone), person.deleted is None


def leads(business: Business) -> Iterator[tuple[Row, bool]]:
    """Rows, each with whether it is still there."""
    keys = currency_keys(business)
    gone = {item.key for item in business.people if item.deleted}, {x.key for x in business.companies if x.deleted}
    for lead in business.leads:
        if lead.system == "dynamics":
            yield _lead(lead, gone, keys[BASE_CURRENCY]), lead.deleted is None


def _account(company: Company, gone: set[int], currency: str) -> Row:
    parent = None if company.parent in gone else company.parent
    return {
        "accountid": guid("account", company.key), "name": company.name, "websiteurl": company.website,
        "accountnumber": f"A-{company.key:06d}", "industrycode": INDUSTRY_OF.get(company.industry or ""),
        "address1_country": company.country, "address1_city": company.city, "customertypecode": 3,
        "_parentaccountid_value": maybe("account", parent), "_transactioncurrencyid_value": currency,
        "exchangerate": f"{Decimal(1):.10f}", "donotbulkemail": 0, "donotemail": 0, "creditonhold": 0, "merged": 0,
        "createdon": spelt(company.created_at), "modifiedon": spelt(company.modified_at),
        "statecode": 0, "statuscode": 1, **owned_by(company.owner),
    }  # fmt: skip


def _contact(person: Person, gone: set[int]) -> Row:
    account = None if person.company in gone else guid("account", person.company)
    return {
        "contactid": guid("contact", person.key), "firstname": person.first_name, "lastname": person.last_name,
        "fullname": " ".join(filter(None, (person.first_name, person.last_name))),
        "emailaddress1": person.email, "telephone1": person.phone, "jobtitle": person.title,
        "_parentcustomerid_value": account, "_parentcustomerid_value:type": account and "account",
        "_accountid_value": account, "donotbulkemail": int(person.opted_out), "donotemail": 0,
        "createdon": spelt(person.created_at), "modifiedon": spelt(person.modified_at),
        "statecode": 0, "statuscode": 1, **owned_by(person.owner),
    }  # fmt: skip


def _lead(lead: Lead, gone: tuple[set[int], set[int]], currency: str) -> Row:
    queue: Row = {"_ownerid_value": QUEUE_TEAM, "_ownerid_value:type": "team", "_owningteam_value": QUEUE_TEAM}
    contact = None if lead.person in gone[0] else maybe("contact", lead.person)
    account = None if lead.company in gone[1] else maybe("account", lead.company)
    target, customer = ("contact", contact) if contact else ("account" if account else None, account)
    reasons = {"open": 1 + lead.key % 2, "qualified": 3, "disqualified": 4 + lead.key % 4}
    return {
        "leadid": guid("lead", lead.key), "firstname": lead.first_name, "lastname": lead.last_name,
        "fullname": " ".join(filter(None, (lead.first_name, lead.last_name))), "subject": lead.title,
        "companyname": lead.company_name, "emailaddress1": lead.email, "telephone1": lead.phone,
        "jobtitle": lead.title, "leadsourcecode": SOURCE_OF.get(lead.source or ""),
        "address1_country": lead.country, "leadqualitycode": 1 + lead.key % 3, "donotbulkemail": 0, "donotemail": 0,
        "_parentcontactid_value": contact, "_parentaccountid_value": account,
        "_customerid_value": customer, "_customerid_value:type": target,
        "_contactid_value": contact, "_accountid_value": None if contact else account,
        # often empty in real organizations: opportunity.originatingleadid is the reliable side
        "_qualifyingopportunityid_value": maybe("opportunity", lead.deal) if lead.key % 2 else None,
        "_transactioncurrencyid_value": currency, "exchangerate": f"{Decimal(1):.10f}",
        "createdon": spelt(lead.created_at), "modifiedon": spelt(lead.modified_at),
        "statecode": _STATES[lead.status], "statuscode": reasons[lead.status],
        **(queue if lead.owner is None else owned_by(lead.owner)),
    }  # fmt: skip

"""How the made-up business must look when an adapter has read it out of Dataverse. Knows no wire and no storage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal

from connector.sandbox.business import Business
from connector.sandbox.business.model import OPEN_STAGES, Company, Deal, Lead, Person, Quota, Rep
from connector.sandbox.dynamics.projection.identity import guid
from connector.sandbox.dynamics.wording import ZONE
from tests.adapters.world import Record

_STATES = {"open": 0, "won": 1, "lost": 2, "qualified": 1, "disqualified": 2}


def business_truth(business: Business) -> Mapping[str, Mapping[str, Record]]:
    """What is left: Dataverse has no recycle bin, and lookups to what was deleted are empty."""
    gone = {
        kind: {record.key for record in records if record.deleted}
        for kind, records in (("account", business.companies), ("contact", business.people), ("lead", business.leads))
    }
    kept = {
        "account": ((each.key, _account(each, gone)) for each in business.companies if _left(each)),
        "contact": ((each.key, _contact(each, gone)) for each in business.people if _left(each)),
        "lead": ((each.key, _lead(each)) for each in business.leads if _left(each)),
        "opportunity": ((each.key, _deal(each, gone)) for each in business.deals if _left(each)),
        "opportunityclose": _closes(business),
        "systemuser": ((each.key, _user(each)) for each in business.reps_of("dynamics")),
        "goal": ((each.key, _goal(each)) for each in business.quotas if each.system == "dynamics"),
    }
    return {name: {guid(name, key): record for key, record in records} for name, records in kept.items()}


def _left(record: Company | Person | Lead | Deal) -> bool:
    return record.system == "dynamics" and record.deleted is None


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _account(company: Company, gone: Mapping[str, set[int]]) -> Record:
    parent = company.parent
    return {
        "name": company.name, "websiteurl": company.website, "address1_country": company.country,
        "_parentaccountid_value": None if parent is None or parent in gone["account"] else guid("account", parent),
        "_ownerid_value": guid("systemuser", company.owner),
        "createdon": _instant(company.created_at), "modifiedon": _instant(company.modified_at),
    }  # fmt: skip


def _contact(person: Person, gone: Mapping[str, set[int]]) -> Record:
    lost = person.company in gone["account"]
    return {
        "firstname": person.first_name, "lastname": person.last_name, "emailaddress1": person.email,
        "telephone1": person.phone, "jobtitle": person.title, "donotbulkemail": person.opted_out,
        "_parentcustomerid_value": None if lost else guid("account", person.company),
        "modifiedon": _instant(person.modified_at),
    }  # fmt: skip


def _lead(lead: Lead) -> Record:
    owner = {} if lead.owner is None else {"_owninguser_value": guid("systemuser", lead.owner)}
    return {
        "firstname": lead.first_name, "lastname": lead.last_name, "companyname": lead.company_name,
        "emailaddress1": lead.email, "jobtitle": lead.title, "address1_country": lead.country,
        "statecode": _STATES[lead.status], "createdon": _instant(lead.created_at),
        **(owner or {"_owninguser_value": None}),
    }  # fmt: skip


def _deal(deal: Deal, gone: Mapping[str, set[int]]) -> Record:
    lost = deal.company in gone["account"]
    stage = deal.open_stage or "qualify"
    planned = next((move.close_on for move in reversed(deal.moves) if move.stage in OPEN_STAGES), deal.close_on)
    return {
        "name": deal.name, "description": deal.description, "new_nextstep": deal.next_step,
        "_parentaccountid_value": None if lost else guid("account", deal.company),
        "_ownerid_value": guid("systemuser", deal.owner), "statecode": _STATES[deal.status],
        "salesstage": OPEN_STAGES.index(stage), "estimatedvalue": deal.amount, "actualvalue": deal.actual,
        "estimatedclosedate": planned.isoformat(),
        "actualclosedate": None if deal.status == "open" else deal.close_on.isoformat(),
        "createdon": _instant(deal.created_at), "modifiedon": _instant(deal.modified_at),
    }  # fmt: skip


def _closes(business: Business) -> Iterable[tuple[int, Record]]:
    """One for every time that a deal was closed."""
    for deal in business.deals:
        for place, move in enumerate(deal.moves if _left(deal) else ()):
            if move.stage in ("won", "lost"):
                last = place == len(deal.moves) - 1
                won = deal.actual if last else move.amount
                yield 64 * deal.key + place, {
                    "_opportunityid_value": guid("opportunity", deal.key), "actualend": _instant(move.at),
                    "opportunitystatecode": _STATES[move.stage],
                    "actualrevenue": won if move.stage == "won" else Decimal(0),
                }  # fmt: skip


def _user(rep: Rep) -> Record:
    return {
        "fullname": rep.name, "internalemailaddress": rep.email, "isdisabled": not rep.active,
        "_parentsystemuserid_value": None if rep.manager is None else guid("systemuser", rep.manager),
        "_businessunitid_value": guid("businessunit", rep.team),
    }  # fmt: skip


def _goal(quota: Quota) -> Record:
    """A goal's days are instants: midnights where the org is."""
    first, last = (datetime.combine(day, datetime.min.time(), ZONE) for day in (quota.period_start, quota.period_end))
    return {
        "_goalownerid_value": guid("systemuser", quota.rep), "targetmoney": quota.amount,
        "goalstartdate": _instant(first), "goalenddate": _instant(last),
    }  # fmt: skip

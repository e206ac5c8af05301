"""The organization of the made-up business: its currencies, units, users, teams, stages and its one goal metric."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache

from connector.sandbox.business.model import Business
from connector.sandbox.dynamics.organization import ORGANIZATION_ID, ROOT_UNIT_ID, USER_ID
from connector.sandbox.dynamics.projection.identity import guid, spelt
from connector.sandbox.dynamics.schema import BASE_LANGUAGE

BASE_CURRENCY = "EUR"
#: owner of leads that nobody has taken yet
QUEUE_TEAM = guid("team", 1_000)
METRIC = guid("metric", 1)
PROCESSES = ("opportunitysalesprocess", "leadtoopportunitysalesprocess")
_PROCESS_NAMES = ("Opportunity Sales Process", "Lead to Opportunity Sales Process")
STAGE_NAMES = ("Qualify", "Develop", "Propose", "Close")

Rows = Iterator[tuple[str, dict[str, object]]]


def currency_keys(business: Business) -> dict[str, str]:
    """ISO code -> GUID."""
    return {item.code: guid("transactioncurrency", place) for place, item in enumerate(business.currencies, start=1)}


def exchange_rates(business: Business) -> dict[str, Decimal]:
    """ISO code -> units for one unit of the base currency, to the ten decimals that Dataverse keeps."""
    units = {item.code: item.units_per_usd for item in business.currencies}
    return {code: (value / units[BASE_CURRENCY]).quantize(Decimal("1e-10")) for code, value in units.items()}


@cache
def stage_key(process: int, stage: int) -> str:
    """The GUID of a process's stage; ``process`` and ``stage`` count from 0."""
    return guid("processstage", 10 * process + stage + 1)


def setup_rows(business: Business) -> Rows:
    """Everything that hardly ever changes, table by table."""
    opened = datetime(business.opened_on.year, business.opened_on.month, business.opened_on.day, tzinfo=UTC)
    for table, row in (*_organization(business), *_staff(business), *_processes()):
        yield table, {"createdon": spelt(opened), "modifiedon": spelt(opened), "statecode": 0, "statuscode": 1, **row}


def _organization(business: Business) -> Rows:
    keys, rates = currency_keys(business), exchange_rates(business)
    yield "organization", {
        "organizationid": ORGANIZATION_ID, "name": business.organization,
        "_basecurrencyid_value": keys[BASE_CURRENCY], "languagecode": BASE_LANGUAGE, "localeid": BASE_LANGUAGE,
        "fiscalcalendarstart": "2006-01-01T00:00:00Z", "fiscalperiodtype": 2002, "fiscalyeardisplaycode": 2,
        "fiscalsettingsupdated": 0, "expirechangetrackingindays": 7, "expiresubscriptionsindays": 90,
        "isauditenabled": 0, "schemanameprefix": "new",
    }  # fmt: skip
    for item in business.currencies:
        yield "transactioncurrency", {
            "transactioncurrencyid": keys[item.code], "isocurrencycode": item.code, "currencyname": item.name,
            "currencysymbol": item.symbol, "currencyprecision": item.exponent, "exchangerate": str(rates[item.code]),
            "_organizationid_value": ORGANIZATION_ID,
        }  # fmt: skip
    yield "metric", {"metricid": METRIC, "name": "Revenue", "isamount": 1, "amountdatatype": 0, "isstretchtracked": 0}


def _staff(business: Business) -> Rows:
    root = {"businessunitid": ROOT_UNIT_ID, "name": business.organization, "isdisabled": 0}
    yield "businessunit", {**root, "_organizationid_value": ORGANIZATION_ID}
    units = {team.key: guid("businessunit", team.key) for team in business.teams_of("dynamics")}
    for team in business.teams_of("dynamics"):
        above = units.get(team.parent or 0, ROOT_UNIT_ID)
        yield "businessunit", {
            "businessunitid": units[team.key], "name": team.name, "isdisabled": 0,
            "_parentbusinessunitid_value": above, "_organizationid_value": ORGANIZATION_ID,
        }  # fmt: skip
        yield "team", {
            "teamid": guid("team", team.key), "name": team.name, "teamtype": 0, "isdefault": 1,
            "_businessunitid_value": units[team.key],
        }  # fmt: skip
    yield "team", {
        "teamid": QUEUE_TEAM, "name": "New Leads", "teamtype": 0, "isdefault": 0, "_businessunitid_value": ROOT_UNIT_ID,
    }  # fmt: skip
    yield "systemuser", {
        "systemuserid": USER_ID, "fullname": "# crossfunnel", "lastname": "crossfunnel", "firstname": "#",
        "domainname": "crossfunnel@sandbox.invalid", "isdisabled": 0, "accessmode": 4, "islicensed": 0,
        "applicationid": "0d1d4a3e-1000-4000-8000-000000000009", "_businessunitid_value": ROOT_UNIT_ID,
    }  # fmt: skip
    here = {rep.key for rep in business.reps_of("dynamics")}
    for rep in business.reps_of("dynamics"):
        manager = guid("systemuser", rep.manager) if rep.manager in here and rep.manager is not None else None
        yield "systemuser", {
            "systemuserid": guid("systemuser", rep.key), "fullname": rep.name, "firstname": rep.first_name,
            "lastname": rep.last_name, "internalemailaddress": rep.email, "domainname": rep.email,
            "title": rep.title, "jobtitle": rep.title, "isdisabled": int(not rep.active), "accessmode": 0,
            "islicensed": 1, "azureactivedirectoryobjectid": f"aad00000-0000-4000-8000-{rep.key:012d}",
            "_parentsystemuserid_value": manager, "_businessunitid_value": units.get(rep.team, ROOT_UNIT_ID),
            "createdon": spelt(rep.created_at), "modifiedon": spelt(rep.created_at),
            "statecode": int(not rep.active),
        }  # fmt: skip


def _processes() -> Rows:
    for process, name in enumerate(_PROCESS_NAMES):
        yield "workflow", {
            "workflowid": guid("workflow", process + 1), "name": name, "uniquename": PROCESSES[process],
            "category": 4, "primaryentity": "lead" if process else "opportunity",
        }  # fmt: skip
        for stage, label in enumerate(STAGE_NAMES):
            yield "processstage", {
                "processstageid": stage_key(process, stage), "stagename": label, "stagecategory": stage,
                "_processid_value": guid("workflow", process + 1),
                "primaryentitytypecode": "lead" if process and stage == 0 else "opportunity",
            }  # fmt: skip

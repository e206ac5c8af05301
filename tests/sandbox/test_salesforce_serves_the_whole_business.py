"""simple-salesforce, which is none of ours, reads the whole business out of the sandbox, row for row."""

from __future__ import annotations

import csv
import io
import itertools
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from salesforce_clients import foreign
from simple_salesforce import Salesforce

from connector.sandbox import Sandbox
from connector.sandbox.business.model import Deal
from connector.sandbox.salesforce import record_id

FIELDS = (
    "Id", "IsDeleted", "AccountId", "OwnerId", "ContactId", "Name", "StageName", "Amount", "CurrencyIsoCode", "CloseDate",
    "Type", "LeadSource", "NextStep", "Description", "Notes__c", "Region__c", "IsClosed", "IsWon", "Probability",
    "FiscalYear", "CreatedDate", "SystemModstamp",
)  # fmt: skip
FIRST_NAMES_OF_STAGES = {
    "propose": "Proposal/Price Quote",
    "close": "Negotiation/Review",
    "won": "Closed Won",
    "lost": "Closed Lost",
}


@pytest.fixture(scope="module")
def client(shared: Sandbox) -> Salesforce:
    return foreign(shared, object_pairs_hook=dict, parse_float=Decimal)


def expected(deal: Deal) -> dict[str, Any]:
    """A deal as Salesforce should tell it, from the business alone."""
    amount = deal.actual if deal.status == "won" and deal.actual is not None else deal.amount
    long = deal.description is not None and len(deal.description) > 32_000
    return {
        "Id": record_id("Opportunity", deal.key),
        "IsDeleted": deal.deleted is not None,
        "AccountId": record_id("Account", deal.company),
        "OwnerId": record_id("User", deal.owner),
        "ContactId": record_id("Contact", deal.person) if deal.person else None,
        "Name": deal.name,
        "Amount": amount,
        "CurrencyIsoCode": deal.currency,
        "CloseDate": deal.close_on.isoformat(),
        "Type": deal.type,
        "LeadSource": deal.source,
        "NextStep": deal.next_step,
        "Description": None if long else deal.description,
        "Notes__c": deal.description if long else None,
        "Region__c": deal.region,
        "IsClosed": deal.status != "open",
        "IsWon": deal.status == "won",
        "FiscalYear": deal.close_on.year,
        "CreatedDate": told(deal.created_at),
        "SystemModstamp": told(deal.modified_at),
    }


def told(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def bulk_spelling(value: Any) -> str:
    """How Bulk writes what REST told."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return f"{value}.0"
    if isinstance(value, str) and value.endswith(".000+0000"):
        return value.replace("+0000", "Z")
    return str(value)


def told_deals(running: Sandbox) -> dict[str, Deal]:
    """The deals that queryAll shows: all but the hard-deleted."""
    assert running.business is not None
    deals = running.business.deals_of("salesforce")
    return {record_id("Opportunity", deal.key): deal for deal in deals if not (deal.deleted and deal.deleted.hard)}


@pytest.mark.parametrize("page_size", [2_000, 37])
def test_every_deal_arrives_by_rest(shared: Sandbox, client: Salesforce, page_size: int) -> None:
    shared.salesforce.org.page_size = page_size
    answer = client.query_all(f"SELECT {', '.join(FIELDS)} FROM Opportunity", include_deleted=True)
    deals = told_deals(shared)
    assert answer["totalSize"] == len(answer["records"]) == len(deals)
    for record in answer["records"]:
        deal = deals.pop(record["Id"])
        for name, value in expected(deal).items():
            assert record[name] == value, (deal.key, name)
        if deal.stage in FIRST_NAMES_OF_STAGES:
            assert record["StageName"] == FIRST_NAMES_OF_STAGES[deal.stage]
    assert deals == {}


@pytest.mark.parametrize("max_records", [50_000, 23])
def test_every_deal_arrives_by_bulk_with_the_same_values(shared: Sandbox, client: Salesforce, max_records: int) -> None:
    shared.salesforce.org.bulk_polls = 0
    query = f"SELECT {', '.join(FIELDS)} FROM Opportunity"
    pages = client.bulk2.Opportunity.query_all(query, max_records=max_records, wait=0.01)
    csv.field_size_limit(1_000_000)
    rows = [row for page in pages for row in csv.DictReader(io.StringIO(page, newline=""))]
    deals = told_deals(shared)
    assert len(rows) == len(deals)
    for row in rows:
        for name, value in expected(deals[row["Id"]]).items():
            if isinstance(value, Decimal):
                assert Decimal(row[name]) == value, name
            else:
                assert row[name] == bulk_spelling(value), name


def test_a_query_leaves_the_recycle_bin_out(client: Salesforce) -> None:
    everything = client.query("SELECT count() FROM Opportunity", include_deleted=True)["totalSize"]
    deleted = client.query("SELECT count() FROM Opportunity WHERE IsDeleted = true", include_deleted=True)["totalSize"]
    assert deleted > 0
    assert client.query("SELECT count() FROM Opportunity")["totalSize"] == everything - deleted


def test_history_has_every_move_and_bumped_stamps(shared: Sandbox, client: Salesforce) -> None:
    records = client.query_all(
        "SELECT OpportunityId, StageName, Amount, CloseDate, CreatedDate, SystemModstamp FROM OpportunityHistory ORDER BY CreatedDate"
    )["records"]
    by_deal: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        by_deal.setdefault(record["OpportunityId"], []).append(record)
    deals = {key: deal for key, deal in told_deals(shared).items() if deal.deleted is None}
    assert by_deal.keys() == deals.keys()
    for key, rows in by_deal.items():
        moves = deals[key].moves
        assert [row["CreatedDate"] for row in rows] == [told(move.at) for move in moves]
        assert [row["CloseDate"] for row in rows] == [move.close_on.isoformat() for move in moves]
        for row, following in itertools.pairwise(rows):
            assert row["SystemModstamp"] == following["CreatedDate"]


def test_leads_and_their_conversions_arrive(shared: Sandbox, client: Salesforce) -> None:
    assert shared.business is not None
    found = {
        record["Id"]: record
        for record in client.query_all_iter(
            "SELECT Id, Name, Status, IsConverted, ConvertedDate, ConvertedOpportunityId, OwnerId, Owner.Name, Email FROM Lead",
            include_deleted=True,
        )
    }
    leads = [each for each in shared.business.leads if not (each.deleted and each.deleted.hard)]
    assert len(found) == len(leads)
    for lead in leads:
        record = found[record_id("Lead", lead.key)]
        assert record["IsConverted"] == (lead.status == "qualified")
        assert record["Email"] == lead.email
        assert record["ConvertedOpportunityId"] == (record_id("Opportunity", lead.deal) if lead.deal else None)
        if lead.owner is None:
            assert record["OwnerId"].startswith("00G")
            assert record["Owner"]["Name"] == "Inbound Leads"


@pytest.mark.parametrize(
    "name", ["Account", "Contact", "User", "UserRole", "Group", "CurrencyType", "DatedConversionRate", "Period"]
)
def test_other_objects_are_read_whole(client: Salesforce, name: str) -> None:
    fields = [field["name"] for field in getattr(client, name).describe()["fields"] if field["type"] != "address"]
    records = client.query_all(f"SELECT {', '.join(fields)} FROM {name}")["records"]
    assert records
    assert all(set(record) == {"attributes", *fields} for record in records)


def test_quotas_of_revenue_lie_beside_quotas_of_quantity(shared: Sandbox, client: Salesforce) -> None:
    assert shared.business is not None
    records = client.query_all(
        "SELECT QuotaOwnerId, QuotaAmount, StartDate, Period.EndDate, CurrencyIsoCode, ForecastingType.IsAmount FROM ForecastingQuota "
        "WHERE ForecastingType.IsAmount = true"
    )["records"]
    told_quotas = {(r["QuotaOwnerId"], r["StartDate"], r["Period"]["EndDate"], r["QuotaAmount"]) for r in records}
    quotas = [each for each in shared.business.quotas if each.system == "salesforce"]
    assert len(records) == len(quotas)
    assert told_quotas == {
        (record_id("User", q.rep), q.period_start.isoformat(), q.period_end.isoformat(), q.amount) for q in quotas
    }
    assert client.query("SELECT count() FROM ForecastingQuota WHERE IsQuantity = true")["totalSize"] > 0


def test_describe_global_and_limits_answer_the_foreign_client(client: Salesforce) -> None:
    names = {each["name"] for each in client.describe()["sobjects"]}
    assert {"Opportunity", "Lead", "Account", "Contact", "User", "OpportunityHistory"} <= names
    limits = client.limits()
    assert limits["DailyApiRequests"]["Remaining"] < limits["DailyApiRequests"]["Max"]
    assert client.api_usage["api-usage"].total == limits["DailyApiRequests"]["Max"]


@pytest.mark.parametrize(("fraction", "found"), [("", 1), (".000", 1), (".000000", 1), (".000999", 1), (".001", 0)])
def test_an_instant_may_have_a_fraction_down_to_the_millisecond(client: Salesforce, fraction: str, found: int) -> None:
    """Singer's tap filters by microseconds, and its manual shows a start date of six digits."""
    last = client.query("SELECT Id, SystemModstamp FROM Opportunity ORDER BY SystemModstamp DESC LIMIT 1")["records"][0]
    moment = last["SystemModstamp"].replace(".000+0000", f"{fraction}Z")
    records = client.query_all(f"SELECT Id FROM Opportunity WHERE SystemModstamp >= {moment}")["records"]
    assert [record["Id"] for record in records] == [last["Id"]] * found


def test_a_long_text_comes_whole(shared: Sandbox, client: Salesforce) -> None:
    texts = [r["Notes__c"] for r in client.query_all("SELECT Notes__c FROM Opportunity")["records"] if r["Notes__c"]]
    assert [len(text) for text in texts] == [130_000]

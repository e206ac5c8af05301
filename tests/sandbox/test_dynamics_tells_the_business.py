"""The made-up business in Dynamics shape: every record is there with its truth, and every trap of the format too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from connector.sandbox.business.generator import generate
from connector.sandbox.business.model import OPEN_STAGES, Business, Deal
from connector.sandbox.dynamics.organization import Organization
from connector.sandbox.dynamics.projection.identity import guid, spelt
from connector.sandbox.dynamics.wording import ZONE
from tests.sandbox.dynamics_org import Client, organization


@pytest.fixture(scope="module")
def org() -> Iterator[Organization]:
    with organization(120, seed=11) as made:
        yield made


@pytest.fixture(scope="module")
def business() -> Business:
    return generate(seed=11, deals=120)


@pytest.fixture(scope="module")
def deals(business: Business) -> dict[str, Deal]:
    return {guid("opportunity", deal.key): deal for deal in business.deals_of("dynamics") if deal.deleted is None}


@pytest.fixture
def client(org: Organization) -> Client:
    return Client(org)


def rows(client: Client, url: str) -> dict[str, dict[str, Any]]:
    found, _ = client.whole(url, "odata.maxpagesize=50")
    return {next(reversed(row.values())) if "$select" in url else row["@odata.etag"]: row for row in found}


def test_every_living_deal_is_there_with_its_money_and_state(client: Client, deals: dict[str, Deal]) -> None:
    found = rows(client, "opportunities?$select=name,statecode,estimatedvalue,actualvalue,actualclosedate,createdon")
    assert found.keys() == deals.keys()
    for key, deal in deals.items():
        row = found[key]
        assert row["name"] == deal.name
        assert row["statecode"] == ("open", "won", "lost").index(deal.status)
        assert row["estimatedvalue"] == deal.amount
        assert row["actualvalue"] == deal.actual
        assert row["actualclosedate"] == (None if deal.status == "open" else str(deal.close_on))
        assert row["createdon"] == spelt(deal.created_at)


def test_deleted_records_are_tombstones_only(business: Business, org: Organization, client: Client) -> None:
    gone = {guid("opportunity", deal.key) for deal in business.deals_of("dynamics") if deal.deleted}
    assert gone and not gone & set(org.keys("opportunity"))
    token = "1000000%2101%2f01%2f2020%2000%3a00%3a00"
    org.update("organization", org.organization_id, expirechangetrackingindays=10_000)
    told, _ = client.whole(f"opportunities?$select=name&$deltatoken={token}", "odata.maxpagesize=40")
    assert {row["id"] for row in told if row.get("reason") == "deleted"} == gone
    assert {row["opportunityid"] for row in told if "opportunityid" in row} == set(org.keys("opportunity"))


def test_closes_and_paths_tell_the_moves(client: Client, deals: dict[str, Deal]) -> None:
    closes = Counter(
        (row["_opportunityid_value"], row["actualend"], row["opportunitystatecode"])
        for row in rows(
            client, "opportunitycloses?$select=_opportunityid_value,actualend,opportunitystatecode"
        ).values()
    )
    moves = Counter(
        (key, spelt(move.at), 1 if move.stage == "won" else 2)
        for key, deal in deals.items()
        for move in deal.moves
        if move.stage in ("won", "lost")
    )
    assert closes == moves
    stages = {row["processstageid"]: row for row in client.whole("processstages")[0]}
    for name, from_lead in (("opportunitysalesprocesses", False), ("leadtoopportunitysalesprocesses", True)):
        instances, _ = client.whole(name)
        wanted = {key for key, deal in deals.items() if deal.open_stage and (deal.lead is not None) == from_lead}
        assert {row["_opportunityid_value"] for row in instances} == wanted
        for row in instances:
            deal = deals[row["_opportunityid_value"]]
            path = [stages[stage]["stagecategory"] for stage in row["traversedpath"].split(",")]
            assert path[-1] == stages[row["_activestageid_value"]]["stagecategory"]
            assert OPEN_STAGES[path[-1]] == deal.open_stage
            assert path == sorted(set(path))
            assert row["statuscode"] == (1 if deal.status == "open" else 2)


def test_goals_name_the_rep_not_the_manager_and_begin_at_local_midnight(business: Business, client: Client) -> None:
    goals = rows(
        client,
        "goals?$select=_goalownerid_value,_ownerid_value,targetmoney,goalstartdate,goalenddate,isfiscalperiodgoal,"
        "fiscalperiod,fiscalyear,_parentgoalid_value",
    )
    quotas = {guid("goal", quota.key): quota for quota in business.quotas if quota.system == "dynamics"}
    assert goals.keys() == quotas.keys()
    for key, quota in quotas.items():
        row = goals[key]
        assert row["_goalownerid_value"] == guid("systemuser", quota.rep)
        assert row["targetmoney"] == quota.amount
        starts = datetime.fromisoformat(row["goalstartdate"])
        assert starts.astimezone(ZONE).date() == quota.period_start
        assert starts.date() != quota.period_start, "an instant, a few hours before that day in UTC"
        assert datetime.fromisoformat(row["goalenddate"]).astimezone(ZONE).date() == quota.period_end
        if row["isfiscalperiodgoal"]:
            assert (row["fiscalyear"], row["fiscalperiod"]) == (
                quota.period_start.year,
                (quota.period_start.month + 2) // 3,
            )
    assert {row["isfiscalperiodgoal"] for row in goals.values()} == {True, False}
    assert any(row["_ownerid_value"] != row["_goalownerid_value"] for row in goals.values())
    assert any(row["_parentgoalid_value"] in goals for row in goals.values())


def test_the_base_currency_is_not_the_dollar_and_bases_follow(client: Client) -> None:
    base = client.get("organizations?$select=_basecurrencyid_value")["value"][0]["_basecurrencyid_value"]
    currencies = {row["transactioncurrencyid"]: row for row in client.whole("transactioncurrencies")[0]}
    assert currencies[base]["isocurrencycode"] == "EUR"
    assert currencies[base]["exchangerate"] == 1
    for row in client.whole("opportunities?$select=estimatedvalue,estimatedvalue_base,exchangerate")[0]:
        if row["estimatedvalue"] is not None:
            rate = currencies[row["_transactioncurrencyid_value"]]["exchangerate"]
            assert row["exchangerate"] == rate
            assert abs(row["estimatedvalue"] / rate - row["estimatedvalue_base"]) <= Decimal("0.0001")


def test_owners_and_customers_lead_to_two_kinds_of_records(client: Client) -> None:
    target = "Microsoft.Dynamics.CRM.lookuplogicalname"
    prefer = f'odata.include-annotations="{target}"'
    leads = client.whole("leads?$select=_ownerid_value,_owningteam_value,_owninguser_value", prefer)[0]
    assert {row[f"_ownerid_value@{target}"] for row in leads} == {"systemuser", "team"}
    for row in leads:
        assert row["_ownerid_value"] in (row["_owningteam_value"], row["_owninguser_value"])
    select = "opportunities?$select=_customerid_value,_accountid_value,_contactid_value,_parentaccountid_value"
    found = client.whole(select, prefer)[0]
    assert {row.get(f"_customerid_value@{target}") for row in found} >= {"account", "contact"}
    assert all(row["_customerid_value"] in (row["_accountid_value"], row["_contactid_value"]) for row in found)


def test_people_carry_the_addresses_that_join_both_systems(business: Business, client: Client) -> None:
    users = rows(
        client, "systemusers?$select=internalemailaddress,isdisabled,_parentsystemuserid_value,_businessunitid_value"
    )
    reps = {guid("systemuser", rep.key): rep for rep in business.reps_of("dynamics")}
    assert {row["internalemailaddress"] for key, row in users.items() if key in reps} == {
        rep.email for rep in reps.values()
    }
    assert any(len(rep.systems) == 2 for rep in reps.values())
    assert all(row["isdisabled"] is not reps[key].active for key, row in users.items() if key in reps)
    assert all(row["_parentsystemuserid_value"] in (None, *users) for row in users.values())
    units = {row["businessunitid"] for row in client.whole("businessunits")[0]}
    assert {row["_businessunitid_value"] for row in users.values()} <= units


def test_the_same_seed_makes_the_same_organization(org: Organization, client: Client) -> None:
    with organization(120, seed=11) as again:
        select = "opportunities?$select=name,estimatedvalue,modifiedon,_ownerid_value"
        assert Client(again).whole(select)[0] == client.whole(select)[0]

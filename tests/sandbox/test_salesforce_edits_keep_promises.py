"""The handles of the sandbox org: every edit leaves the traces that the real system leaves."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from salesforce_clients import foreign

from connector.sandbox import Sandbox
from connector.sandbox.salesforce.edits import Edits
from connector.sandbox.salesforce.picklists import StageSetting

START = datetime(2026, 3, 1, 9, tzinfo=UTC)


@pytest.fixture
def edits(fresh: Sandbox) -> Edits:
    return fresh.salesforce.edits


def history(edits: Edits, deal: str) -> list[dict[str, object]]:
    rows = edits.rows("OpportunityHistory")
    return [
        {name: row[name] for name in ("StageName", "Amount", "SystemModstamp", "PrevAmount")}
        for row in rows
        if row["OpportunityId"] == deal
    ]


def test_a_stage_brings_what_it_implies(edits: Edits) -> None:
    deal = edits.insert(
        "Opportunity", START, Name="D", StageName="Prospecting", Amount=Decimal("100.5"), CloseDate=date(2026, 5, 1)
    )
    row = edits.row("Opportunity", deal)
    assert (row["Probability"], row["IsClosed"], row["ExpectedRevenue"], row["Fiscal"]) == (
        "10.0",
        0,
        "10.05",
        "2026 2",
    )
    edits.update("Opportunity", deal, START + timedelta(days=1), StageName="Closed Won")
    row = edits.row("Opportunity", deal)
    assert (row["Probability"], row["IsClosed"], row["IsWon"], row["ForecastCategory"]) == ("100.0", 1, 1, "Closed")
    assert row["SystemModstamp"] == row["LastStageChangeDate"] == "2026-03-02T09:00:00"


def test_history_follows_and_the_row_before_is_stamped_again(edits: Edits) -> None:
    deal = edits.insert(
        "Opportunity", START, Name="D", StageName="Prospecting", Amount=Decimal(10), CloseDate=date(2026, 5, 1)
    )
    edits.update("Opportunity", deal, START + timedelta(days=1), Amount=Decimal(20))
    edits.update("Opportunity", deal, START + timedelta(days=2), NextStep="no history for this")
    edits.update("Opportunity", deal, START + timedelta(days=3), StageName="Qualification")
    assert history(edits, deal) == [
        {"StageName": "Prospecting", "Amount": "10.0", "SystemModstamp": "2026-03-02T09:00:00", "PrevAmount": None},
        {"StageName": "Prospecting", "Amount": "20.0", "SystemModstamp": "2026-03-04T09:00:00", "PrevAmount": "10.0"},
        {"StageName": "Qualification", "Amount": "20.0", "SystemModstamp": "2026-03-04T09:00:00", "PrevAmount": "20.0"},
    ]


def test_history_vanishes_with_its_deal_and_comes_back_with_it(fresh: Sandbox, edits: Edits) -> None:
    client = foreign(fresh)
    deal = edits.insert("Opportunity", START, Name="D")
    count = f"SELECT count() FROM OpportunityHistory WHERE OpportunityId = '{deal}'"
    assert client.query(count)["totalSize"] == 1
    edits.delete("Opportunity", deal)
    assert client.query(count, include_deleted=True)["totalSize"] == 0
    edits.undelete("Opportunity", deal)
    assert client.query(count)["totalSize"] == 1
    edits.hard_delete("Opportunity", deal)
    assert client.query(count, include_deleted=True)["totalSize"] == 0


def test_a_merge_leaves_a_deleted_loser_that_names_the_master(fresh: Sandbox, edits: Edits) -> None:
    master, loser = (edits.insert("Account", Name=name) for name in ("Master", "Loser"))
    edits.merge("Account", master, loser)
    found = foreign(fresh).query(
        f"SELECT IsDeleted, MasterRecordId FROM Account WHERE Id = '{loser}'", include_deleted=True
    )
    (record,) = found["records"]
    assert (record["IsDeleted"], record["MasterRecordId"]) == (True, master)


def test_a_new_stage_is_in_the_picklist_and_in_its_object(fresh: Sandbox, edits: Edits) -> None:
    edits.add_stage(StageSetting("Pilot", 40, "Pipeline"))
    deal = edits.insert("Opportunity", Name="D", StageName="Pilot")
    client = foreign(fresh)
    fields = {field["name"]: field for field in client.Opportunity.describe()["fields"]}
    assert "Pilot" in [value["value"] for value in fields["StageName"]["picklistValues"]]
    assert client.query("SELECT count() FROM OpportunityStage WHERE MasterLabel = 'Pilot'")["totalSize"] == 1
    assert client.query(f"SELECT Probability FROM Opportunity WHERE Id = '{deal}'")["records"][0]["Probability"] == 40


def test_records_that_are_not_there_and_fields_that_do_not_exist_are_our_own_mistakes(edits: Edits) -> None:
    with pytest.raises(KeyError):
        edits.update("Lead", "00Q000000000000AAA", Title="x")
    with pytest.raises(KeyError, match="Nope"):
        edits.insert("Lead", LastName="x", Nope=1)


def test_many_rows_may_share_one_stamp(fresh: Sandbox, edits: Edits) -> None:
    ids = {edits.insert("Account", START, Name=f"Tie {number}") for number in range(25)}
    fresh.salesforce.org.page_size = 10
    stamp = START.strftime("%Y-%m-%dT%H:%M:%SZ")
    records = foreign(fresh).query_all(
        f"SELECT Id FROM Account WHERE SystemModstamp = {stamp} ORDER BY SystemModstamp, Id"
    )["records"]
    assert {record["Id"] for record in records} == ids
    assert len(records) == 25


def test_pages_show_values_of_the_moment_they_are_asked(fresh: Sandbox, edits: Edits) -> None:
    fresh.salesforce.org.page_size = 10
    client = foreign(fresh)
    first = client.query("SELECT Id, NextStep FROM Opportunity")
    last = client.query_all("SELECT Id FROM Opportunity")["records"][-1]["Id"]
    edits.update("Opportunity", last, NextStep="changed meanwhile")
    page = first
    while not page["done"]:
        page = client.query_more(page["nextRecordsUrl"], identifier_is_url=True)
    assert page["records"][-1]["NextStep"] == "changed meanwhile"
    assert page["totalSize"] == first["totalSize"]


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ("Name = 'ALPHA'", ["alpha"]),
        ("Name != 'alpha'", ["beta", "gamma %"]),
        ("Name LIKE '%a%'", ["alpha", "beta", "gamma %"]),
        ("Name LIKE '%\\%'", ["gamma %"]),
        ("Industry = null", ["beta"]),
        ("Industry != null", ["alpha", "gamma %"]),
        ("Industry != 'Energy'", ["beta", "gamma %"]),
        ("NOT Industry = 'Energy'", ["beta", "gamma %"]),
        ("NumberOfEmployees > 9", ["gamma %"]),
        ("AnnualRevenue >= 9.5 AND AnnualRevenue < 1e3", ["alpha", "gamma %"]),
        ("Name IN ('alpha', 'BETA') AND (Industry = 'Energy' OR Industry = null)", ["alpha", "beta"]),
        ("Name NOT IN ('alpha')", ["beta", "gamma %"]),
        ("CreatedDate >= 2026-03-01T10:00:00+01:00 AND CreatedDate <= 2026-03-01T09:00:00.000Z", ["alpha"]),
        ("CreatedDate > 2026-03-01T09:00:00.500Z", ["beta", "gamma %"]),
        ("Id IN (SELECT AccountId FROM Contact WHERE LastName = 'Only')", ["beta"]),
    ],
)
def test_conditions_mean_what_soql_says(fresh: Sandbox, edits: Edits, where: str, names: list[str]) -> None:
    edits.insert("Account", START, Name="alpha", Industry="Energy", NumberOfEmployees=9, AnnualRevenue=Decimal("10"))
    beta = edits.insert("Account", START + timedelta(hours=1), Name="beta", AnnualRevenue=Decimal("9"))
    edits.insert(
        "Account",
        START + timedelta(hours=2),
        Name="gamma %",
        Industry="Apparel",
        NumberOfEmployees=10,
        AnnualRevenue=Decimal("100"),
    )
    edits.insert("Contact", LastName="Only", AccountId=beta)
    soql = f"SELECT Name FROM Account WHERE ({where}) AND CreatedDate <= 2026-03-01T11:00:00Z AND CreatedDate >= 2026-03-01T09:00:00Z"
    records = foreign(fresh).query(soql + " ORDER BY CreatedDate")["records"]
    assert [record["Name"] for record in records if record["Name"] in ("alpha", "beta", "gamma %")] == names


def test_ids_are_found_in_fifteen_characters_and_told_apart_by_case(fresh: Sandbox, edits: Edits) -> None:
    ids = [edits.insert("Campaign", Name=str(number)) for number in range(80)]
    short = ids[61][:15]
    found = foreign(fresh).query(f"SELECT Id FROM Campaign WHERE Id = '{short}'")["records"]
    assert [record["Id"] for record in found] == [ids[61]]
    assert len({identity[:15].lower() for identity in ids}) < len(ids)
    assert len({identity.lower() for identity in ids}) == len(ids)


def test_aggregates_count_and_group(fresh: Sandbox, edits: Edits) -> None:
    for stage in ("Sent", "Sent", "Responded"):
        edits.insert("CampaignMember", Status=stage)
    client = foreign(fresh)
    rows = client.query("SELECT Status, COUNT(Id) total FROM CampaignMember GROUP BY Status ORDER BY Status")["records"]
    assert [(row["Status"], row["total"]) for row in rows] == [("Responded", 1), ("Sent", 2)]
    assert client.query("SELECT MAX(Amount), MIN(CloseDate) FROM Opportunity")["records"][0]["expr0"] > 0


def test_parents_are_nested_records_and_null_where_there_is_none(fresh: Sandbox, edits: Edits) -> None:
    top = edits.insert("Account", Name="Top")
    child = edits.insert("Account", Name="Child", ParentId=top, Website="https://child.example")
    soql = f"SELECT Name, Parent.Website, Parent.Parent.Name, Owner.Name FROM Account WHERE Id IN ('{top}', '{child}') ORDER BY Name"
    first, second = foreign(fresh, object_pairs_hook=dict).query(soql)["records"]
    url = f"/services/data/v59.0/sobjects/Account/{top}"
    assert first["Parent"] == {"attributes": {"type": "Account", "url": url}, "Parent": None, "Website": None}
    assert second["Parent"] is None
    assert first["Owner"]["Name"] == "Integration User"


def test_nul_bytes_and_quotes_travel_by_both_roads(fresh: Sandbox, edits: Edits) -> None:
    text = 'nul\x00inside, "quoted"\r\nand a second line'
    lead = edits.insert("Lead", LastName="N", Company="C", Title=text)
    client = foreign(fresh)
    assert client.query(f"SELECT Title FROM Lead WHERE Id = '{lead}'")["records"][0]["Title"] == text
    (page,) = client.bulk2.Lead.query(f"SELECT Title FROM Lead WHERE Id = '{lead}'", wait=0.01)
    without_nul = text.replace("\x00", "").replace('"', '""')
    assert page == f'"Title"\n"{without_nul}"\n', "the foreign client drops NUL bytes"

"""The handles of the sandbox org: every edit leaves the traces that the real system leaves."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from salesforce_clients import foreign
from simple_salesforce.exceptions import SalesforceError

from connector.sandbox import Sandbox
from connector.sandbox.salesforce.edits import Edits
from connector.sandbox.salesforce.ids import make_id
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


def test_what_hung_on_the_loser_hangs_on_the_master(fresh: Sandbox, edits: Edits) -> None:
    client = foreign(fresh)
    master, loser, other = (edits.insert("Account", START, Name=name) for name in ("Master", "Loser", "Other"))
    moved = edits.insert("Contact", START, LastName="Moved", AccountId=loser)
    stays = edits.insert("Contact", START, LastName="Stays", AccountId=other)
    deal = edits.insert("Opportunity", START, Name="D", AccountId=loser)
    later = START + timedelta(days=1)
    edits.merge("Account", master, loser, later)
    rows = {row["Id"]: row for row in edits.rows("Contact")}
    assert (rows[moved]["AccountId"], rows[moved]["SystemModstamp"]) == (master, "2026-03-02T09:00:00")
    assert (rows[stays]["AccountId"], rows[stays]["SystemModstamp"]) == (other, "2026-03-01T09:00:00")
    assert edits.row("Opportunity", deal)["AccountId"] == master
    assert client.query(f"SELECT count() FROM Account WHERE Id = '{loser}'")["totalSize"] == 0
    with fresh.salesforce.org.records.reading() as connection:
        assert connection.execute("SELECT object FROM _deleted WHERE id = ?", (loser,)).fetchall() == [("Account",)]


def test_deals_and_cases_are_never_merged_and_users_never_deleted(edits: Edits) -> None:
    deals = [edits.insert("Opportunity", Name=name) for name in "ab"]
    with pytest.raises(ValueError, match="Opportunity cannot be merged"):
        edits.merge("Opportunity", *deals)
    user = edits.rows("User")[-1]["Id"]
    with pytest.raises(ValueError, match="User cannot be deleted"):
        edits.delete("User", user)
    assert edits.row("User", user)


@pytest.mark.parametrize("kind", ["Task", "Event"])
def test_archived_activities_are_for_query_all_alone(fresh: Sandbox, edits: Edits, kind: str) -> None:
    of_ours = "Subject IN ('old', 'new')"
    client, count = foreign(fresh), f"SELECT count() FROM {kind} WHERE {of_ours}"
    old, _ = (edits.insert(kind, START, Subject=subject) for subject in ("old", "new"))
    stamp = edits.row(kind, old)["SystemModstamp"]
    edits.archive(kind, old)
    assert client.query(count)["totalSize"] == 1
    assert client.query(f"{count} AND IsArchived = true")["totalSize"] == 0
    assert client.query(count, include_deleted=True)["totalSize"] == 2
    assert client.query(f"{count} AND IsArchived = true", include_deleted=True)["totalSize"] == 1
    assert edits.row(kind, old)["SystemModstamp"] == stamp
    asked = f"SELECT Subject FROM {kind} WHERE {of_ours} ORDER BY Subject"
    (ours,) = getattr(client.bulk2, kind).query_all(asked, wait=0.01)
    assert ours == '"Subject"\n"new"\n"old"\n'


def test_a_formula_moves_no_stamp(edits: Edits) -> None:
    deal = edits.insert("Opportunity", START, Name="D", Amount=Decimal(10))
    edits.recalculate("Opportunity", deal, ExpectedRevenue=Decimal(7))
    row = edits.row("Opportunity", deal)
    assert (row["ExpectedRevenue"], row["SystemModstamp"]) == ("7.0", "2026-03-01T09:00:00")
    assert len(history(edits, deal)) == 1


def test_history_hides_what_its_deal_hides(fresh: Sandbox) -> None:
    org, client = fresh.salesforce.org, foreign(fresh)
    org.hide("Opportunity", "Amount")
    for name in ("Opportunity", "OpportunityHistory"):
        assert "Amount" not in [field["name"] for field in getattr(client, name).describe()["fields"]]
        with pytest.raises(SalesforceError, match="No such column 'Amount'"):
            client.query(f"SELECT Amount FROM {name}")
    org.reveal("Opportunity", "Amount")
    org.hide("OpportunityHistory", "Amount")
    client.query("SELECT Amount FROM Opportunity LIMIT 1")
    with pytest.raises(SalesforceError, match="No such column 'Amount'"):
        client.query("SELECT Amount FROM OpportunityHistory LIMIT 1")


@pytest.mark.parametrize("name", ["Id", "IsDeleted", "SystemModstamp", "CreatedDate"])
def test_what_the_system_keeps_cannot_be_hidden(fresh: Sandbox, name: str) -> None:
    with pytest.raises(ValueError, match=f"Lead.{name} cannot be hidden"):
        fresh.salesforce.org.hide("Lead", name)


def test_values_of_field_history_cannot_be_filtered(fresh: Sandbox, edits: Edits) -> None:
    deal = edits.insert("Opportunity", Name="D")
    edits.insert("OpportunityFieldHistory", OpportunityId=deal, Field="StageName", OldValue="a", NewValue="b")
    client = foreign(fresh)
    (row,) = client.query("SELECT Field, OldValue, NewValue, CreatedDate FROM OpportunityFieldHistory")["records"]
    assert (row["OldValue"], row["NewValue"]) == ("a", "b")
    with pytest.raises(SalesforceError, match="field 'NewValue' can not be filtered in a query call"):
        client.query("SELECT Id FROM OpportunityFieldHistory WHERE NewValue = 'b'")
    with pytest.raises(SalesforceError, match="No such column 'SystemModstamp'"):
        client.query("SELECT SystemModstamp FROM OpportunityFieldHistory")
    window = (fresh.salesforce.org.now() - timedelta(minutes=5), fresh.salesforce.org.now() + timedelta(minutes=5))
    assert len(client.OpportunityFieldHistory.updated(*window)["ids"]) == 1, "CreatedDate is its time of change"


def test_periods_are_not_told_to_old_versions(fresh: Sandbox) -> None:
    counts = [
        foreign(fresh, version=version).query("SELECT count() FROM Period")["totalSize"] for version in ("36.0", "37.0")
    ]
    assert counts[0] == 0 < counts[1]


def test_a_deal_has_a_contact_but_no_way_to_it(fresh: Sandbox) -> None:
    client = foreign(fresh)
    assert client.query("SELECT count() FROM Opportunity WHERE ContactId != null")["totalSize"] > 0
    with pytest.raises(SalesforceError, match="Didn't understand relationship 'Contact'"):
        client.query("SELECT Contact.Name FROM Opportunity")


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


NO_CAMPAIGN = make_id("701", 99_999_999)


def test_aggregates_count_and_group(fresh: Sandbox, edits: Edits) -> None:
    for stage in ("Sent", "Sent", "Responded"):
        edits.insert("CampaignMember", Status=stage, CampaignId=NO_CAMPAIGN)
    client = foreign(fresh)
    counted = f"SELECT Status, COUNT(Id) total FROM CampaignMember WHERE CampaignId = '{NO_CAMPAIGN}'"
    rows = client.query(f"{counted} GROUP BY Status ORDER BY Status")["records"]
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

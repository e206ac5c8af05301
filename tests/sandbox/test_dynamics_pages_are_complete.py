"""Reading a Dataverse set page by page: all rows, once, in the documented shape; altered links are refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from urllib.parse import parse_qsl, urlencode

import pytest

from connector.sandbox.dynamics.organization import Organization
from tests.sandbox.dynamics_org import ROOT, Client, organization


@pytest.fixture(scope="module")
def org() -> Iterator[Organization]:
    with organization() as made:
        yield made


@pytest.fixture
def client(org: Organization) -> Client:
    return Client(org)


def test_every_row_comes_once_whatever_the_page_size(org: Organization, client: Client) -> None:
    keys = org.keys("opportunity")
    for size in (1, 7, len(keys), 6000):
        rows, _ = client.whole("opportunities?$select=name", f"odata.maxpagesize={size}")
        assert [row["opportunityid"] for row in rows] == keys


def test_ties_wider_than_a_page_lose_nothing(client: Client) -> None:
    for order in ("statecode", "statecode desc", "_parentcontactid_value", "_parentcontactid_value desc"):
        rows, _ = client.whole(f"opportunities?$select=name&$orderby={order}", "odata.maxpagesize=3")
        assert len({row["opportunityid"] for row in rows}) == len(rows) == len(client.organization.keys("opportunity"))


def test_the_page_is_told_as_documented(client: Client) -> None:
    answer = client.ask("opportunities?$select=name,estimatedvalue", "odata.maxpagesize=2")
    page = json.loads(answer.body)
    assert answer.headers["OData-Version"] == "4.0"
    assert answer.headers["Preference-Applied"] == "odata.maxpagesize=2"
    assert page["@odata.context"] == f"{ROOT}/$metadata#opportunities(name,estimatedvalue)"
    assert list(page["value"][0]) == [
        "@odata.etag", "name", "estimatedvalue", "_transactioncurrencyid_value", "opportunityid",
    ]  # fmt: skip
    link = page["@odata.nextLink"]
    assert link.startswith(
        f"{ROOT}/opportunities?$select=name,estimatedvalue&$skiptoken=%3Ccookie%20pagenumber=%222%22"
    )
    assert "%20pagingcookie=%22%253ccookie%2520page%253d%25221%2522%253e%253copportunityid%2520last" in link
    assert link.endswith("%20istracking=%22False%22%20/%3E")


def test_a_link_decoded_and_encoded_again_is_still_the_same_link(client: Client) -> None:
    link = client.get("opportunities?$select=name", "odata.maxpagesize=2")["@odata.nextLink"]
    path, _, query = link.partition("?")
    again = client.get(f"{path}?{urlencode(parse_qsl(query))}", "odata.maxpagesize=2")
    assert again["value"] == client.get(link, "odata.maxpagesize=2")["value"]


def test_an_altered_cookie_query_or_page_size_is_refused(client: Client) -> None:
    link = client.get("opportunities?$select=name", "odata.maxpagesize=2")["@odata.nextLink"]
    assert client.refused(link.replace("pagenumber=%222%22", "pagenumber=%223%22"), "odata.maxpagesize=2")[0] == 400
    assert client.refused(link + "&$filter=statecode eq 1", "odata.maxpagesize=2")[0] == 400
    assert client.refused(link.replace("=name&", "=statecode&"), "odata.maxpagesize=2")[0] == 400
    assert "page size" in client.refused(link, "odata.maxpagesize=3")[2]
    assert client.get(link, "odata.maxpagesize=2")["value"]


def test_money_keeps_its_trailing_zeros_and_exact_digits(org: Organization, client: Client) -> None:
    key = org.upsert("opportunity", {"name": "Exact", "estimatedvalue": Decimal("90071992547409.93")})
    answer = client.ask(f"opportunities({key})?$select=estimatedvalue")
    assert b'"estimatedvalue":90071992547409.9300,' in answer.body
    org.delete("opportunity", key)


def test_awkward_text_survives(org: Organization, client: Client) -> None:
    for text in (
        'say "hi"\n\tC:\\x',
        "emoji \U0001f600 \u200f\u05e9\u05dc\u05d5\u05dd",
        "=1+1",
        "NULL",
        "%s %d",
        "x" * 131_072,
    ):
        key = org.upsert("account", {"name": text})
        assert client.get(f"accounts({key})?$select=name")["name"] == text
        org.delete("account", key)


def test_dates_come_as_their_behaviour_says(org: Organization, client: Client) -> None:
    row = client.get("opportunities?$select=createdon,estimatedclosedate,new_demoat&$filter=new_demoat ne null&$top=1")[
        "value"
    ][0]
    assert row["createdon"].endswith("Z") and len(row["createdon"]) == 20
    assert len(row["estimatedclosedate"]) == 10
    assert row["new_demoat"].endswith("T10:30:00Z")


def test_filters_mean_what_dataverse_says(client: Client) -> None:
    def count(condition: str) -> int:
        return len(client.whole(f"opportunities?$select=name&$filter={condition}")[0])

    everything = len(client.organization.keys("opportunity"))
    assert sum(count(f"statecode eq {state}") for state in (0, 1, 2)) == everything
    assert count("not (statecode eq 1)") == everything - count("statecode eq 1")
    assert count("statecode eq 0 or (statecode eq 1 and estimatedvalue gt 0)") <= everything
    assert count("_originatingleadid_value eq null") + count("_originatingleadid_value ne null") == everything
    assert count('Microsoft.Dynamics.CRM.In(PropertyName=\'statecode\',PropertyValues=["0","1","2"])') == everything
    middle = sorted(row["modifiedon"] for row in client.whole("opportunities?$select=modifiedon")[0])[everything // 2]
    assert count(f"modifiedon ge {middle}") + count(f"modifiedon lt {middle}") == everything
    owner = client.get("opportunities?$select=_ownerid_value&$top=1")["value"][0]["_ownerid_value"]
    assert count(f"_ownerid_value eq {owner}") == count(f"_ownerid_value eq '{owner}'") > 0
    some = client.get("opportunities?$select=name&$top=1")["value"][0]["name"].replace("'", "''")[:4]
    assert count(f"startswith(name,'{some.upper()}')") > 0 if some.isascii() else True


def test_counts_end_at_five_thousand(org: Organization, client: Client) -> None:
    with organization(0) as large:
        rows = ((f"{number:08x}-0000-4000-8000-000000000000", "x") for number in range(5003))
        large.database.load(large.tables["contact"], ("contactid", "fullname"), rows)
        asked = Client(large)
        page = asked.get(
            "contacts?$select=fullname&$count=true", 'odata.include-annotations="*",odata.maxpagesize=9000'
        )
        assert page["@odata.count"] == page["@Microsoft.Dynamics.CRM.totalrecordcount"] == 5000
        assert page["@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded"] is True
        assert len(page["value"]) == 5000
        assert asked.ask("contacts/$count").body == b"5000"
        assert asked.get("contacts?$apply=aggregate($count as n)")["value"] == [{"n": 5003}]
        assert len(asked.whole("contacts?$select=fullname", "odata.maxpagesize=9000")[0]) == 5003


def test_aggregates_end_at_fifty_thousand_rows() -> None:
    with organization(0) as large:
        asked, contacts = Client(large), large.tables["contact"]
        rows = ((f"{number:08x}-0000-4000-8000-000000000000", number % 2) for number in range(50_000))
        large.database.load(contacts, ("contactid", "statecode"), rows)
        assert asked.get("contacts?$apply=aggregate($count as n)")["value"] == [{"n": 50_000}]
        large.upsert("contact", {"fullname": "One more"})
        assert asked.refused("contacts?$apply=aggregate($count as n)") == (
            400, "0x8004E023", "AggregateQueryRecordLimit exceeded. Cannot perform this operation.",
        )  # fmt: skip
        half = asked.get("contacts?$apply=filter(statecode eq 1)/aggregate($count as n)")
        assert half["value"] == [{"n": 25_000}]
        assert asked.refused("contacts?$apply=filter(nope eq 1)/aggregate($count as n)")[0] == 400
        assert asked.ask("contacts/$count?$filter=statecode eq 1").body == b"5000"


def test_top_is_ignored_beside_a_page_size(client: Client) -> None:
    assert len(client.get("opportunities?$select=name&$top=2")["value"]) == 2
    assert len(client.whole("opportunities?$select=name&$top=2", "odata.maxpagesize=5")[0]) > 2


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("$select=nmae", "Could not find a property named 'nmae' on type 'Microsoft.Dynamics.CRM.opportunity'"),
        ("$select=ownerid", "Could not find a property named 'ownerid'"),
        ("$select=owneridname", "Could not find a property named 'owneridname'"),
        ("$skip=5", "Skip Clause is not supported"),
        ("$filter=modifiedon ge '2026-01-01T00:00:00Z'", "incompatible types"),
        ("$filter=statecode eq 'won'", "incompatible types"),
        ("$filter=nope(name)", "unknown function"),
        ("$filter=name eq", "Syntax error"),
        ("$orderby=nmae", "Could not find a property named 'nmae'"),
        ("$nonsense=1", "'$nonsense' is not supported"),
        ("$top=x", "Invalid value 'x'"),
    ],
)
def test_what_dataverse_refuses_is_refused(client: Client, query: str, words: str) -> None:
    status, _, message = client.refused(f"opportunities?{query}")
    assert status == 400
    assert words in message


def test_unknown_sets_and_records_are_not_found(client: Client) -> None:
    assert client.refused("deals?$select=name")[::2] == (404, "Resource not found for the segment 'deals'.")
    assert client.refused("opportunities(00000000-0000-0000-0000-000000000001)")[0] == 404
    assert client.refused("/api/data/v8.0/opportunities")[0] == 404

"""Every refusal of the query roads: status, code and the telling part of the message."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from salesforce_clients import Ask, asking, refused

from connector.sandbox import Sandbox
from connector.sandbox.salesforce.errors import Refusal
from connector.sandbox.salesforce.schema import standard_schema
from connector.sandbox.salesforce.soql.compiler import compile_query
from connector.sandbox.salesforce.soql.parser import parse

LONG = "x" * 4_001
SOQL_REFUSALS = [
    ("SELECT Id, Nope FROM Lead", "INVALID_FIELD", "No such column 'Nope' on entity 'Lead'"),
    ("SELECT Id FROM Nope", "INVALID_TYPE", "sObject type 'Nope' is not supported"),
    ("SELECT Id FROM Lead WHERE SystemModstamp > '2024-01-01T00:00:00Z'", "INVALID_FIELD", "must be of type dateTime"),
    ("SELECT Id FROM Lead WHERE SystemModstamp > 2024-01-01", "INVALID_FIELD", "must be of type dateTime"),
    ("SELECT Id FROM Opportunity WHERE CloseDate > 2024-01-01T00:00:00Z", "INVALID_FIELD", "must be of type date"),
    ("SELECT Id FROM Lead WHERE SystemModstamp > 2024-01-01T00:00:00", "MALFORMED_QUERY", "unexpected token"),
    ("SELECT Id FROM Lead WHERE SystemModstamp > 2024-13-01T00:00:00Z", "MALFORMED_QUERY", "Invalid date"),
    ("SELECT Id FROM Lead WHERE Description = 'x'", "INVALID_FIELD", "can not be filtered"),
    ("SELECT Id FROM Opportunity WHERE HasOpenActivity = true", "INVALID_FIELD", "can not be filtered"),
    ("SELECT Id FROM Lead WHERE Address = 'x'", "INVALID_FIELD", "Address fields can only be filtered using Distance"),
    (
        "SELECT Id FROM Contact WHERE Account.Description = 'x'",
        "INVALID_FIELD",
        "field 'Description' can not be filtered",
    ),
    (
        "SELECT Id FROM Opportunity ORDER BY HasOverdueTask",
        "MALFORMED_QUERY",
        "field 'HasOverdueTask' can not be sorted",
    ),
    ("SELECT Id FROM Lead ORDER BY Address", "MALFORMED_QUERY", "field 'Address' can not be sorted"),
    (f"SELECT Id FROM Lead ORDER BY {', '.join(['Name'] * 33)}", "MALFORMED_QUERY", "at most 32"),
    ("SELECT Id FROM Lead WHERE IsConverted > false", "INVALID_QUERY_FILTER_OPERATOR", "invalid operator"),
    ("SELECT Id FROM Lead WHERE Id = '00QQm0000000001XXX'", "INVALID_QUERY_FILTER_OPERATOR", "invalid ID field"),
    ("SELECT Id FROM Lead WHERE Id LIKE '00Q%'", "INVALID_QUERY_FILTER_OPERATOR", "invalid operator"),
    ("SELECT Id FROM Lead WHERE SystemModstamp > null", "MALFORMED_QUERY", "null"),
    ("SELECT Id FROM Lead WHERE SystemModstamp > 2024-01-01T00:00:00 00:00", "MALFORMED_QUERY", "unexpected token"),
    ("SELECT Id FROM Lead WHERE Name = 'a' OR Name = 'b' AND Name = 'c'", "MALFORMED_QUERY", "unexpected token: 'AND'"),
    ("SELECT Id FROM Lead WHERE (Name = 'a' OR Name = 'b') AND Name = 'c' OR Name = 'd'", "MALFORMED_QUERY", "'OR'"),
    ("SELECT * FROM Lead", "MALFORMED_QUERY", "unexpected token: '*'"),
    ('SELECT Id FROM Lead WHERE Name = "a"', "MALFORMED_QUERY", "unexpected token"),
    ("SELECT Id FROM Lead; DELETE FROM Lead", "MALFORMED_QUERY", "unexpected token"),
    ("UPDATE Lead SET Name = 'x'", "MALFORMED_QUERY", "unexpected token: 'UPDATE'"),
    ("SELECT Id FROM Lead LIMIT -1", "MALFORMED_QUERY", "unexpected token: '-1'"),
    ("SELECT Id FROM Lead LIMIT 2147483648", "MALFORMED_QUERY", "out of range"),
    ("SELECT Id FROM Lead WHERE IsConverted = 'true'", "INVALID_FIELD", "must be of type boolean"),
    ("SELECT Id FROM Lead WHERE Name = 5", "INVALID_FIELD", "should be enclosed in quotes"),
    ("SELECT Id FROM Lead WHERE OwnerId = 'short'", "INVALID_QUERY_FILTER_OPERATOR", "invalid ID field"),
    ("SELECT Id FROM Lead WHERE Name = 'a' AND Name = 'b' OR Name = 'c'", "MALFORMED_QUERY", "unexpected token: 'OR'"),
    ("SELECT Id FROM Lead WHERE Name = 'it's'", "MALFORMED_QUERY", "unexpected token"),
    ("SELECT Id FROM Lead WHERE Name = 'a\\q'", "MALFORMED_QUERY", "Illegal character sequence"),
    (f"SELECT Id FROM Lead WHERE Name = '{LONG}'", "MALFORMED_QUERY", "4000"),
    ("SELECT Id, Id FROM Lead", "INVALID_FIELD", "duplicate field selected: Id"),
    ("SELECT Id, FIELDS(ALL) FROM Lead LIMIT 5", "INVALID_FIELD", "duplicate field selected: Id"),
    ("SELECT FIELDS(ALL) FROM Lead", "MALFORMED_QUERY", "200"),
    ("SELECT FIELDS(CUSTOM) FROM Lead LIMIT 201", "MALFORMED_QUERY", "200"),
    ("SELECT FIELDS(SOME) FROM Lead LIMIT 5", "INVALID_FIELD", "ALL, CUSTOM or STANDARD"),
    ("SELECT Name, COUNT(Id) FROM Lead", "MALFORMED_QUERY", "Field must be grouped or aggregated: Name"),
    ("SELECT Name FROM Lead GROUP BY Status", "MALFORMED_QUERY", "Field must be grouped or aggregated: Name"),
    ("SELECT Status FROM Lead GROUP BY Status ORDER BY Name", "MALFORMED_QUERY", "Ordered field must be grouped"),
    ("SELECT AnnualRevenue FROM Lead GROUP BY AnnualRevenue", "MALFORMED_QUERY", "can not be grouped in a query call"),
    ("SELECT SystemModstamp FROM Lead GROUP BY SystemModstamp", "MALFORMED_QUERY", "can not be grouped"),
    ("SELECT SUM(Name) FROM Lead", "MALFORMED_QUERY", "does not support aggregate operator SUM"),
    ("SELECT MAX(IsConverted) FROM Lead", "MALFORMED_QUERY", "does not support aggregate operator MAX"),
    ("SELECT MAX(SystemModstamp) FROM Lead LIMIT 1", "MALFORMED_QUERY", "cannot also use LIMIT"),
    ("SELECT COUNT(), Id FROM Lead", "INVALID_FIELD", "must be the only element"),
    ("SELECT COUNT() FROM Lead GROUP BY Status", "MALFORMED_QUERY", "COUNT()"),
    ("SELECT Id FROM Lead LIMIT 5 OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE", "2000"),
    ("SELECT Id FROM Lead ALL ROWS", "MALFORMED_QUERY", "ALL ROWS not allowed"),
    ("SELECT Foo.Name FROM Opportunity", "INVALID_FIELD", "Didn't understand relationship 'Foo'"),
    ("SELECT IsDeleted FROM User", "INVALID_FIELD", "No such column 'IsDeleted'"),
    ("SELECT Parent.Parent.Parent.Parent.Parent.Parent.Name FROM Account", "MALFORMED_QUERY", "5 levels"),
    ("SELECT Name FROM Account WHERE Name IN (SELECT Name FROM Lead)", "MALFORMED_QUERY", "id or reference"),
    ("SELECT Id FROM Lead WHERE Id IN (SELECT Id FROM Lead)", "MALFORMED_QUERY", "same object type"),
    ("SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact LIMIT 5)", "MALFORMED_QUERY", "LIMIT"),
    ("SELECT Id FROM Account WHERE Id IN (SELECT AccountId, Id FROM Contact)", "MALFORMED_QUERY", "exactly one"),
    (
        "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact WHERE Id IN (SELECT ContactId FROM Opportunity))",
        "MALFORMED_QUERY",
        "Nesting",
    ),
    ("SELECT Id", "MALFORMED_QUERY", "unexpected end of query"),
    ("", "MALFORMED_QUERY", "unexpected end of query"),
]
BULK_REFUSALS = [
    ("SELECT COUNT(Id) FROM Lead", "INVALID_FIELD", "not supported in Bulk"),
    ("SELECT COUNT() FROM Lead", "INVALID_FIELD", "not supported in Bulk"),
    ("SELECT FIELDS(STANDARD) FROM Lead", "INVALID_FIELD", "not supported in Bulk"),
    ("SELECT Status FROM Lead GROUP BY Status", "API_ERROR", "GROUP BY"),
    ("SELECT Id FROM Lead LIMIT 5 OFFSET 5", "API_ERROR", "OFFSET"),
    ("SELECT Id, Address FROM Lead", "API_ERROR", "Selecting compound data not supported in Bulk Query"),
    ("SELECT Id, (SELECT Id FROM Contacts) FROM Account", "API_ERROR", "not supported in Bulk Query"),
    ("SELECT TYPEOF What WHEN Account THEN Phone END FROM Task", "API_ERROR", "TYPEOF"),
    ("SELECT Id FROM CaseStatus", "INVALIDENTITY", "is not supported by the Bulk API"),
    ("SELECT Id, Nope FROM Lead", "INVALID_FIELD", "No such column"),
]


@pytest.fixture
def ask(shared: Sandbox) -> Ask:
    return asking(shared)


@pytest.mark.parametrize(("soql", "code", "part"), SOQL_REFUSALS)
def test_rest_query(ask: Ask, soql: str, code: str, part: str) -> None:
    refused(ask("GET", "/query", params={"q": soql}), 400, code, part)


@pytest.mark.parametrize(("soql", "code", "part"), BULK_REFUSALS)
def test_bulk_query(ask: Ask, soql: str, code: str, part: str) -> None:
    refused(ask("POST", "/jobs/query", json={"operation": "query", "query": soql}), 400, code, part)


def test_a_statement_of_more_than_100000_characters_is_refused_by_bulk_which_alone_can_be_asked_that(ask: Ask) -> None:
    def create(length: int) -> requests.Response:
        query = "SELECT Id FROM Campaign WHERE Name = 'x'"
        return ask("POST", "/jobs/query", json={"operation": "query", "query": query.ljust(length)})

    assert create(100_000).status_code == 200
    refused(create(100_001), 400, "MALFORMED_QUERY", "100000")


def test_a_string_of_4000_characters_may_be_compared(ask: Ask) -> None:
    soql = "SELECT Id FROM Lead WHERE Name = '" + "x" * 4_000 + "'"
    assert ask("GET", "/query", params={"q": soql}).json()["totalSize"] == 0


def test_a_query_call_without_a_query(ask: Ask) -> None:
    refused(ask("GET", "/query"), 400, "MALFORMED_QUERY", "A query string has to be specified")


def test_a_plus_sign_in_an_address_is_a_space(ask: Ask) -> None:
    literal = "2024-01-01T00:00:00+00:00"
    query = "SELECT+COUNT()+FROM+Lead+WHERE+SystemModstamp+>+"
    refused(ask("GET", f"/query?q={query}{literal}"), 400, "MALFORMED_QUERY", "unexpected token")
    assert ask("GET", f"/query?q={query}{literal.replace('+', '%2B')}").status_code == 200


def test_a_day_is_that_of_the_users_clock(fresh: Sandbox) -> None:
    now = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    fresh.salesforce.org.clock = lambda: now
    ask = asking(fresh)
    for name, at in (("before", now - timedelta(minutes=31)), ("today", now - timedelta(minutes=29))):
        fresh.salesforce.edits.insert("Campaign", at, Name=name)
    records = ask("GET", "/query", params={"q": "SELECT Name FROM Campaign WHERE CreatedDate = TODAY"}).json()[
        "records"
    ]
    assert [record["Name"] for record in records] == ["today"], "in Berlin it is the second of March already"


def test_a_caret_points_at_the_unknown_column(ask: Ask) -> None:
    soql = "SELECT Id, Nope FROM Lead"
    (error,) = ask("GET", "/query", params={"q": soql}).json()
    lines = error["message"].split("\n")
    assert lines[1] == soql
    assert lines[2].index("^") == soql.index("Nope")
    assert lines[3] == f"ERROR at Row:1:Column:{soql.index('Nope') + 1}"


def test_a_hidden_field_is_as_if_it_did_not_exist(fresh: Sandbox) -> None:
    org, ask = fresh.salesforce.org, asking(fresh)
    org.hide("Lead", "Phone")
    names = [field["name"] for field in ask("GET", "/sobjects/Lead/describe").json()["fields"]]
    assert "Phone" not in names
    refused(
        ask("GET", "/query", params={"q": "SELECT Phone FROM Lead"}), 400, "INVALID_FIELD", "No such column 'Phone'"
    )
    org.reveal("Lead", "Phone")
    assert ask("GET", "/query", params={"q": "SELECT Phone FROM Lead"}).status_code == 200


def test_a_hidden_object_is_as_if_it_did_not_exist(fresh: Sandbox) -> None:
    org, ask = fresh.salesforce.org, asking(fresh)
    org.hide("ForecastingQuota")
    assert "ForecastingQuota" not in [each["name"] for each in ask("GET", "/sobjects").json()["sobjects"]]
    refused(ask("GET", "/sobjects/ForecastingQuota/describe"), 404, "NOT_FOUND")
    refused(ask("GET", "/query", params={"q": "SELECT Id FROM ForecastingQuota"}), 400, "INVALID_TYPE")


def test_a_single_currency_org_has_no_currency_fields() -> None:
    from connector import sandbox

    with sandbox.start(systems=("salesforce",), deals=5, multi_currency=False) as running:
        ask = asking(running)
        refused(ask("GET", "/query", params={"q": "SELECT CurrencyIsoCode FROM Opportunity"}), 400, "INVALID_FIELD")
        refused(ask("GET", "/query", params={"q": "SELECT Id FROM CurrencyType"}), 400, "INVALID_TYPE")
        refused(ask("GET", "/sobjects/DatedConversionRate/describe"), 404, "NOT_FOUND")


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            "SELECT FROM WHERE AND OR NOT IN LIKE ( ) , = != < 'a' 5 true null Id Name Lead Amount Opportunity LIMIT COUNT 2024-01-01 ORDER BY Owner.Name TODAY".split()
        ),
        max_size=14,
    )
)
def test_any_text_is_a_query_or_a_refusal(words: list[str]) -> None:
    try:
        compile_query(parse("SELECT " + " ".join(words)), standard_schema(), deleted=False)
    except Refusal as refusal:
        assert refusal.status in (400, 501)

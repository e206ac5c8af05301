"""Requests that Dataverse refuses, refused with its status, code and sentence; and their rightful neighbours, answered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connector.sandbox.dynamics.organization import Organization
from tests.sandbox.dynamics_org import Client, organization

PARSER = "0x80060888"
NOWHERE = "00000000-0000-0000-0000-000000000001"


@pytest.fixture(scope="module")
def org() -> Iterator[Organization]:
    with organization(20) as made:
        yield made


@pytest.fixture
def client(org: Organization) -> Client:
    return Client(org)


@pytest.fixture
def written() -> Iterator[Client]:
    """An empty organization that a test may write to."""
    with organization(0) as made:
        yield Client(made)


def unknown(name: str, kind: str) -> str:
    return f"Could not find a property named '{name}' on type 'Microsoft.Dynamics.CRM.{kind}'."


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("$select=name,nmae", unknown("nmae", "opportunity")),
        ("$select=Name", unknown("Name", "opportunity")),
        ("$select=parentaccountid", unknown("parentaccountid", "opportunity")),
        ("$select=ownerid", unknown("ownerid", "opportunity")),
        ("$filter=nmae eq 'x'", unknown("nmae", "opportunity")),
        ("$filter=ownerid eq null", unknown("ownerid", "opportunity")),
        ("$filter=nowhere/name eq 'x'", unknown("nowhere", "opportunity")),
        ("$orderby=nmae desc", unknown("nmae", "opportunity")),
        ("$expand=nmae", unknown("nmae", "opportunity")),
        ("$expand=parentaccountid($select=nmae)", unknown("nmae", "account")),
        ("$expand=ownerid($select=fullname)", unknown("fullname", "principal")),
        ("$expand=customerid", unknown("customerid", "opportunity")),
        (
            "$expand=name",
            "Property 'name' on type 'Microsoft.Dynamics.CRM.opportunity' is not a navigation property or complex "
            "property. Only navigation properties can be expanded.",
        ),
    ],
)
def test_unknown_properties_are_refused_wherever_they_stand(client: Client, query: str, sentence: str) -> None:
    assert client.refused(f"opportunities?{query}") == (400, PARSER, sentence)
    assert client.refused(f"opportunities?{query}", "odata.maxpagesize=2")[0] == 400


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [
        ("name eq 'O'Brien'", "There is an unterminated literal at position 17 in 'name eq 'O'Brien''."),
        ('name eq "x"', "Syntax error at token 3"),
        ("name EQ 'x'", "Syntax error"),
        ("name", "Syntax error"),
        ("(name eq 'x'", "Syntax error"),
        ("statecode in (0,1)", "Syntax error"),
        ("not name eq 'x'", "A unary operator with an incompatible type was detected."),
        ("name gt null", "Found operand types 'Edm.String' and 'null' for operator kind 'GreaterThan'"),
        ("statecode eq 'Open'", "Found operand types 'Edm.Int32' and 'Edm.String' for operator kind 'Equal'"),
        ("statecode eq Microsoft.Dynamics.CRM.State'Open'", "'Edm.Int32' and 'Microsoft.Dynamics.CRM.State'"),
        ("estimatedclosedate eq 2024-01-01T00:00:00Z", "Found operand types 'Edm.Date' and 'Edm.DateTimeOffset'"),
        ("modifiedon ge '2024-01-01T00:00:00Z'", "Found operand types 'Edm.DateTimeOffset' and 'Edm.String'"),
        ("_ownerid_value eq 5", "Found operand types 'Edm.Guid'"),
        ("_ownerid_value eq 'nobody'", "Found operand types 'Edm.Guid' and 'Edm.String'"),
        ("estimatedclosedate eq 2024-13-41", "Unrecognized 'Edm.Date' literal '2024-13-41'."),
        ("createdon ge 2024-01-01T25:00:00Z", "Unrecognized 'Edm.DateTimeOffset' literal"),
        (
            "Microsoft.Dynamics.CRM.In(PropertyName='statecode',PropertyValues=['Open'])",
            "Found operand types 'Edm.Int32' and 'Edm.String'",
        ),
        ("name eq statecode", "Found operand types 'Edm.String' and 'Edm.Int32' for operator kind 'Equal'"),
        ("contains(name,5)", "No function signature for the function with name 'contains' matches"),
        ("contains(statecode,'x')", "No function signature for the function with name 'contains' matches"),
        ("nope(name)", "An unknown function with name 'nope' was found. This may also be a function import"),
        ("In(PropertyName='name',PropertyValues=['a'])", "An unknown function with name 'In' was found."),
    ],
)
def test_filters_that_make_no_sense_are_refused(client: Client, condition: str, sentence: str) -> None:
    status, code, message = client.refused(f"opportunities?$select=name&$filter={condition}")
    assert (status, code) == (400, PARSER)
    assert sentence in message


def test_five_hundred_conditions_are_the_most_and_an_in_counts_as_one(client: Client) -> None:
    def joined(count: int) -> str:
        return " or ".join(["statecode eq 0"] * count)

    assert client.get(f"opportunities?$select=name&$filter={joined(500)}")["value"]
    assert client.refused(f"opportunities?$select=name&$filter={joined(501)}") == (
        400, "0x8004430C", "Number of conditions in query exceeded maximum limit.",
    )  # fmt: skip
    names = ",".join(['"x"'] * 600)
    client.get(f"opportunities?$filter=Microsoft.Dynamics.CRM.In(PropertyName='name',PropertyValues=[{names}])")
    for depth, fits in ((60, True), (61, False)):
        asked = f"opportunities?$select=name&$filter={'(' * depth}statecode eq 0{')' * depth}"
        if fits:
            client.get(asked)
        else:
            assert client.refused(asked)[2] == "Recursion depth exceeded allowed limit."


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("$skip=5", "Skip Clause is not supported in CRM"),
        ("$skip=0", "Skip Clause is not supported in CRM"),
        ("$search=x", "The query parameter '$search' is not supported."),
        ("$format=json", "The query parameter '$format' is not supported."),
        ("$SELECT=name", "The query parameter '$SELECT' is not supported."),
        ("$top=-1", "Invalid value '-1' for $top query option found."),
        ("$top=²", "Invalid value '²' for $top query option found."),
        ("$count=TRUE", "Invalid value 'TRUE' for $count query option found."),
        ("$orderby=name ascending", "Syntax error"),
        ("$select=", "An empty name was found in '$select'"),
        ("$select=name&$select=statecode", "must be specified at most once"),
        ("$skiptoken=", "Malformed XML in the Paging Cookie"),
    ],
)
def test_options_that_dataverse_lacks_are_refused(client: Client, query: str, sentence: str) -> None:
    status, _, message = client.refused(f"opportunities?{query}")
    assert status == 400
    assert sentence in message


def test_a_record_knows_no_options_of_sets(org: Organization, client: Client) -> None:
    key = org.keys("opportunity")[0]
    for option in ("$filter=statecode eq 0", "$top=1", "$orderby=name", "$count=true"):
        assert "can be applied only on collections" in client.refused(f"opportunities({key})?{option}")[2]
    for wrong in ("1", "'x'", "", key[:-1]):
        assert client.refused(f"opportunities({wrong})") == (400, PARSER, "Bad Request - Error in query syntax.")
    assert client.refused(f"opportunities({NOWHERE})") == (
        404, "0x80040217", f"opportunity With Id = {NOWHERE} Does Not Exist",
    )  # fmt: skip


def test_addresses_end_at_32_kilobytes(client: Client) -> None:
    fitting = f"opportunities?$select=name&$filter=name eq '{'x' * 32_000}'"
    assert client.get(fitting)["value"] == []
    assert client.refused(f"opportunities?$select=name&$filter=name eq '{'x' * 33_000}'")[0] == 414


def test_only_json_is_spoken(client: Client) -> None:
    status, code, message = client.refused("accounts?$select=name", Accept="application/xml")
    assert (status, code) == (415, PARSER)
    assert message.startswith("A supported MIME type could not be found that matches the acceptable MIME types")
    for accept in ("application/json;odata.metadata=minimal", "text/html, */*;q=0.1"):
        assert client.ask("accounts?$select=name", Accept=accept).status == 200


def test_nobody_acts_for_another_user_without_the_privilege(client: Client) -> None:
    for header in ("CallerObjectId", "MSCRMCallerID"):
        assert client.refused("accounts?$select=name", **{header: NOWHERE})[:2] == (403, "0x80040220")


def test_functions_and_methods_that_are_not_there(client: Client) -> None:
    assert client.refused("RetrieveNothing()")[::2] == (404, "Resource not found for the segment 'RetrieveNothing'.")
    assert client.refused("RetrieveNothing")[0] == client.refused("Opportunities")[0] == 404
    assert client.refused("/api/data/v9.2//opportunities")[0] == client.refused("/api/data/v9.3/accounts")[0] == 404
    for unspoken in ("$metadata", "RetrieveMetadataChanges(Query=@q)", "stringmaps", "GlobalOptionSetDefinitions"):
        assert client.refused(unspoken)[0] == 501, "never to be taken for what is not installed"
    for method, address in (("DELETE", "opportunities"), ("PATCH", "opportunities"), ("PUT", "opportunities")):
        assert client.ask(address, method=method, body={}).status == 405
    assert client.ask(f"opportunities({NOWHERE})", method="POST", body={}).status == 405


def test_parameter_aliases_stand_for_what_they_are_given(client: Client) -> None:
    plain = client.get("opportunities?$select=name&$filter=statecode eq 1&$orderby=name desc")["value"]
    asked = "opportunities?$select=name&$filter=@p1 eq @p2&$orderby=@p3 desc&@p1=statecode&@p2=1&@p3=name"
    assert client.get(asked)["value"] == plain
    assert client.get("opportunities?$select=name&$filter=name eq @unset")["value"] == []
    [first] = client.get("accounts?$select=name&$top=1")["value"]
    same = client.get("accounts?$select=name&$filter=name eq name&$top=1")["value"]
    assert same == [first]


def test_the_total_count_is_of_yesterday(written: Client) -> None:
    org, now = written.organization, [datetime.now(UTC)]
    org.clock = lambda: now[0]

    def total() -> Any:
        told = written.get("RetrieveTotalRecordCount(EntityNames=['account','contact'])")
        return told["EntityRecordCountCollection"]

    assert total() == {"Count": 2, "IsReadOnly": False, "Keys": ["account", "contact"], "Values": [0, 0]}
    org.upsert("account", {"name": "A"})
    assert total()["Values"] == [0, 0], "a snapshot does not know what happened since"
    now[0] += timedelta(hours=25)
    assert total()["Values"] == [1, 0]
    org.upsert("account", {"name": "B"})
    org.snapshot_totals()
    assert total()["Values"] == [2, 0]
    assert written.refused("RetrieveTotalRecordCount(EntityNames=['deal'])")[0] == 404


def test_a_related_record_comes_with_the_row_or_as_a_reference(org: Organization, client: Client) -> None:
    asked = "opportunities?$select=name&$expand=parentaccountid($select=name),ownerid,transactioncurrencyid/$ref"
    page = client.get(asked, "odata.maxpagesize=7")
    assert page["@odata.context"].endswith(
        "#opportunities(name,parentaccountid(name),ownerid(),transactioncurrencyid,transactioncurrencyid/$ref())"
    )
    rows = client.whole(asked, "odata.maxpagesize=7")[0]
    plain = client.whole(
        "opportunities?$select=name,_parentaccountid_value,_ownerid_value,_transactioncurrencyid_value"
    )
    for row, other in zip(rows, plain[0], strict=True):
        account = other["_parentaccountid_value"]
        assert row["opportunityid"] == other["opportunityid"]
        if account is None:
            assert row["parentaccountid"] is None
        else:
            name = org.find("account", account)
            assert name is not None
            assert row["parentaccountid"] == {"name": name["name"], "accountid": account}
        assert row["ownerid"]["ownerid"] == other["_ownerid_value"]
        assert row["transactioncurrencyid"]["@odata.id"].endswith(f"({other['_transactioncurrencyid_value']})")
    org.deny_read("account")
    assert client.refused(asked)[:2] == (403, "0x80040220")
    org.allow_read("account")
    many = ",".join(["parentaccountid"] * 16)
    assert client.refused(f"opportunities?$expand={many}")[0] == 400


def test_a_lookup_to_several_tables_expands_by_table(written: Client) -> None:
    org = written.organization
    account = org.upsert("account", {"name": "A"})
    contact = org.upsert("contact", {"contactid": account, "fullname": "C"})
    org.upsert("contact", {"fullname": "of A", "_parentcustomerid_value": ("account", account)})
    org.upsert("contact", {"fullname": "of C", "_parentcustomerid_value": ("contact", contact)})
    asked = "contacts?$select=fullname&$expand=parentcustomerid_account($select=name)&$filter=startswith(fullname,'of')"
    found = {row["fullname"]: row["parentcustomerid_account"] for row in written.get(asked)["value"]}
    assert found == {"of A": {"name": "A", "accountid": account}, "of C": None}


def test_single_properties_are_told_by_themselves(written: Client) -> None:
    org = written.organization
    contact = org.upsert("contact", {"fullname": "Ada"})
    account = org.upsert("account", {"name": "A", "_primarycontactid_value": contact, "revenue": 20_000})
    one = f"accounts({account})"
    assert written.get(f"{one}/name") == {
        "@odata.context": f"https://contoso.crm4.dynamics.com/api/data/v9.2/$metadata#{one}/name", "value": "A",
    }  # fmt: skip
    assert written.ask(f"{one}/revenue/$value").body == b"20000.0000"
    assert written.ask(f"{one}/fax").status == 204
    assert written.get(f"{one}/primarycontactid?$select=fullname")["fullname"] == "Ada"
    assert written.refused(f"{one}/nmae")[::2] == (404, "Resource not found for the segment 'nmae'.")
    assert written.refused(f"accounts({NOWHERE})/name")[0] == 404


@pytest.mark.parametrize(
    ("body", "status", "code", "words"),
    [
        ({"nmae": "x"}, 400, "0x80048d19", "Invalid property 'nmae' was found in entity"),
        ({"name": 5}, 400, "0x80048d19", "Cannot convert the literal '5' to the expected type 'Edm.String'"),
        ({"industrycode": "Energy"}, 400, "0x80048d19", "Cannot convert the literal 'Energy' to the expected type"),
        ({"industrycode": 99}, 400, "0x8004431a", "The value 99 of 'industrycode' on record of type 'account' is"),
        ({"name": "x" * 161}, 400, "0x80044331", "exceeded the maximum allowed length of '160'"),
        ({"accountid": "one"}, 400, "0x80048d19", "expected type 'Edm.Guid'"),
        ({"creditonhold": 1}, 400, "0x80048d19", "expected type 'Edm.Boolean'"),
        ({"revenue": "12"}, 400, "0x80048d19", "expected type 'Edm.Decimal'"),
        ({"primarycontactid": NOWHERE}, 400, "0x80048d19", "'PrimitiveValue'"),
        ({"_primarycontactid_value": NOWHERE}, 400, PARSER, "Use Navigation properties instead."),
        ({"primarycontactid@odata.bind": f"/contacts({NOWHERE})"}, 404, "0x80040217", "contact With Id ="),
        ({"primarycontactid@odata.bind": f"/accounts({NOWHERE})"}, 400, PARSER, "Resource not found"),
        ({"nobody@odata.bind": f"/contacts({NOWHERE})"}, 400, "0x80048d19", "An undeclared property 'nobody' which"),
        ([1], 400, "0x80048d19", "StartObject"),
        (b"{", 400, "0x80048d19", "Invalid JSON"),
    ],
)
def test_bodies_that_do_not_fit_are_refused(written: Client, body: Any, status: int, code: str, words: str) -> None:
    answer = written.ask("accounts", method="POST", body=body)
    assert isinstance(answer.body, bytes)
    error = json.loads(answer.body)["error"]
    assert (answer.status, error["code"]) == (status, code)
    assert words in error["message"]
    assert written.organization.keys("account") == []


def test_a_body_says_what_it_is_and_no_key_comes_twice(written: Client) -> None:
    for kind, status in (("", 400), ("text/plain", 415), ("application/json; charset=utf-8", 204)):
        answer = written.ask("accounts", method="POST", body={"name": "A"}, **{"Content-Type": kind})
        assert answer.status == status
    [key] = written.organization.keys("account")
    again = written.ask("accounts", method="POST", body={"accountid": key, "name": "B"})
    assert (again.status, json.loads(again.body)["error"]["code"]) == (412, "0x80040237")  # type: ignore[arg-type]
    before = written.get(f"accounts({key})?$select=modifiedon,name")
    written.ask(f"accounts({key})", method="PATCH", body={"modifiedon": "2001-01-01T00:00:00Z", "versionnumber": 1})
    after = written.get(f"accounts({key})?$select=modifiedon,name")
    assert after["modifiedon"] >= before["modifiedon"] > "2002"
    assert after["@odata.etag"] > before["@odata.etag"]

"""Whatever Dataverse writes becomes the one canonical value; odd values never lose their page."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from scripted_dataverse import ScriptedOrg, attribute

from connector.adapters.base import Page, Wanted
from connector.sandbox.exchange import Answer

GUID = "60c4e274-0d87-e711-80e5-00155db19e6d"
COLUMNS = {
    "name": "String",
    "description": "Memo",
    "ownerid": "Owner",
    "owninguser": "Lookup",
    "owningteam": "Lookup",
    "customerid": "Customer",
    "accountid": "Lookup",
    "stageid": "Uniqueidentifier",
    "estimatedvalue": "Money",
    "exchangerate": "Decimal",
    "score": "Double",
    "closeprobability": "Integer",
    "versionnumber": "BigInt",
    "salesstage": "Picklist",
    "statecode": "State",
    "statuscode": "Status",
    "new_flag": "Boolean",
    "createdon": "DateTime",
    "new_local": "DateTime",
    "new_wall": "DateTime",
    "estimatedclosedate": "DateTime",
}
BEHAVIORS = {"new_wall": "TimeZoneIndependent", "estimatedclosedate": "DateOnly"}


def read(org: ScriptedOrg, connect: Any, fields: tuple[str, ...], *answers: Any, tracked: bool = False) -> list[Page]:
    org.define("opportunity", "opportunities", COLUMNS, tracked=tracked, behaviors=BEHAVIORS)
    org.says("opportunities", *answers)
    adapter = connect()
    wanted = Wanted("opportunity", fields)
    shape = adapter.shape(wanted)
    assert shape.missing == ()
    assert shape.columns == ("opportunityid", "modifiedon", *fields)
    return list(adapter.pages(wanted, shape, None))


def one(org: ScriptedOrg, connect: Any, field: str, text: str) -> Any:
    """The canonical value of a field whose JSON text is given."""
    body = f'{{"value":[{{"opportunityid":"{GUID}","modifiedon":"2024-01-01T00:00:00Z","{field}":{text}}}]}}'
    answer = Answer(200, {"Content-Type": "application/json"}, body.encode())
    [page] = read(org, connect, (field,), answer)
    return page.rows[0][2]


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("name", '"Müller \\"& Söhne\\" \\n🚀 =1+1"', 'Müller "& Söhne" \n🚀 =1+1'),
        ("name", '""', None),
        ("name", '"NULL"', "NULL"),
        ("name", '"N/A"', "N/A"),
        ("name", '"a\\u0000b"', "ab"),
        ("name", '"half \\ud83d pair"', "half � pair"),
        ("name", "null", None),
        ("stageid", f'"{GUID.upper()}"', GUID),
        ("_ownerid_value", f'"{GUID.upper()}"', GUID),
        ("estimatedvalue", "20000.0000", Decimal("20000.0000")),
        ("estimatedvalue", "20000", Decimal(20000)),
        ("estimatedvalue", "-0.005", Decimal("-0.005")),
        ("estimatedvalue", "12345678901234567.8901", Decimal("12345678901234567.8901")),
        ("estimatedvalue", "1E+2", Decimal(100)),
        ("estimatedvalue", '"abc"', "abc"),
        ("exchangerate", "1.0834567891", Decimal("1.0834567891")),
        ("score", "0.1", Decimal("0.1")),
        ("closeprobability", "50", 50),
        ("closeprobability", "50.0", 50),
        ("versionnumber", "9007199254740993", 9007199254740993),
        ("salesstage", "0", 0),
        ("statecode", "2", 2),
        ("new_flag", "true", True),
        ("createdon", '"2024-03-31T22:30:05Z"', "2024-03-31T22:30:05Z"),
        ("createdon", '"2024-03-31T22:30:05.1234567Z"', "2024-03-31T22:30:05Z"),
        ("new_local", '"2024-03-31T22:30:05+02:00"', "2024-03-31T20:30:05Z"),
        ("new_wall", '"2024-03-31T22:30:05Z"', "2024-03-31T22:30:05"),
        ("estimatedclosedate", '"2024-03-15"', "2024-03-15"),
        ("estimatedclosedate", '"2024-03-15T00:00:00Z"', "2024-03-15"),
        ("createdon", '"soon"', "soon"),
        ("createdon", '"0001-01-01T00:00:00+14:00"', "0001-01-01T00:00:00+14:00"),
        ("createdon", '""', None),
        ("estimatedclosedate", '""', None),
        ("_ownerid_value", '""', None),
        ("estimatedvalue", "1E+999999999", Decimal("1E+999999999")),
        ("closeprobability", "1E+999999999", Decimal("1E+999999999")),
        ("closeprobability", '""', None),
        ("name", "[1]", "[1]"),
        ("new_flag", '{"a": 1}', "{'a': 1}"),
        ("createdon", "null", None),
    ],
)
def test_each_type_has_one_spelling(org: ScriptedOrg, connect: Any, field: str, text: str, value: Any) -> None:
    found = one(org, connect, field, text)
    assert found == value
    assert type(found) is type(value)


def test_columns_that_a_row_leaves_out_are_null(org: ScriptedOrg, connect: Any) -> None:
    rows = [{"opportunityid": GUID, "modifiedon": "2024-01-01T00:00:00Z", "name": "A"}, {"opportunityid": GUID}]
    [page] = read(org, connect, ("name", "statecode"), {"value": rows})
    assert page.rows == [(GUID, "2024-01-01T00:00:00Z", "A", None), (GUID, None, None, None)]


def test_metadata_hides_what_the_web_api_cannot_select(org: ScriptedOrg, connect: Any) -> None:
    org.define("lead", "leads", {"ownerid": "Owner"})
    org.columns["lead"] += [
        attribute("owneridname", "String", of="ownerid"),
        attribute("secret", "String", readable=False),
        attribute("entityimage", "Virtual", new="ImageType"),
        attribute("new_tags", "Virtual", new="MultiSelectPicklistType"),
    ]
    fields = ("owneridname", "ownerid", "secret", "entityimage", "new_tags", "_ownerid_value", "nope")
    shape = connect().shape(Wanted("lead", fields))
    assert shape.columns == ("leadid", "modifiedon", "new_tags", "_ownerid_value")
    assert shape.missing == ("owneridname", "ownerid", "secret", "entityimage", "nope")


def test_lookup_targets_are_told_apart_by_annotation_without_tracking(org: ScriptedOrg, connect: Any) -> None:
    note = "_customerid_value@Microsoft.Dynamics.CRM.lookuplogicalname"
    rows = [
        {"opportunityid": GUID, "modifiedon": None, "_customerid_value": "A", note: "account"},
        {"opportunityid": GUID, "modifiedon": None, "_customerid_value": "B", note: "contact"},
        {"opportunityid": GUID, "modifiedon": None, "_customerid_value": None},
    ]
    fields = ("_customerid_value", "_customerid_value.account", "_customerid_value.contact")
    [page] = read(org, connect, fields, {"value": rows})
    assert [row[2:] for row in page.rows] == [("a", "a", None), ("b", None, "b"), (None, None, None)]
    [asked] = org.asked("opportunities?")
    assert asked.headers["Prefer"] == (
        'odata.maxpagesize=5000,odata.include-annotations="Microsoft.Dynamics.CRM.lookuplogicalname"'
    )
    assert "$select=opportunityid,modifiedon,_customerid_value&" in asked.target


def test_lookup_targets_are_told_apart_by_companions_with_tracking(org: ScriptedOrg, connect: Any) -> None:
    body = {
        "value": [{"opportunityid": GUID, "modifiedon": None, "_owninguser_value": "U", "_owningteam_value": None}],
        "@odata.deltaLink": org.link("opportunities?$deltatoken=1"),
    }
    fields = ("_ownerid_value.systemuser", "_ownerid_value.team", "_customerid_value.account")
    [page] = read(org, connect, fields, body, tracked=True)
    assert page.rows[0][2:] == ("u", None, None)
    [asked] = org.asked("opportunities?")
    assert "$select=opportunityid,modifiedon,_owninguser_value,_owningteam_value,_accountid_value" in asked.target
    assert "annotations" not in asked.headers["Prefer"]
    shape = connect().shape(Wanted("opportunity", ("_customerid_value.contact", "name.account")))
    assert shape.missing == ("name.account",)

"""The documented Dataverse responses, member by member: same keys, same order, same kinds of values, from the sandbox."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from connector.sandbox.dynamics.organization import Organization
from tests.sandbox.dynamics_org import Client, organization

SAMPLES = Path(__file__).parents[3] / "shared/samples/dataverse/documented_samples.json"
pytestmark = pytest.mark.skipif(not SAMPLES.exists(), reason="the documented samples are not here")
CONTACT = "70bf4d48-34cb-ed11-b596-0022481d68cd"
LITWARE = "78914942-34cb-ed11-b596-0022481d68cd"
USD = "228f42f8-e646-e111-8eb7-78e7d162ced1"


@pytest.fixture
def org() -> Iterator[Organization]:
    with organization(0) as made:
        made.upsert(
            "transactioncurrency", {"transactioncurrencyid": USD, "currencyname": "US Dollar", "currencysymbol": "$"}
        )
        made.upsert(
            "contact", {"contactid": "49b0be2e-d01c-ed11-b83e-000d3a572421", "fullname": "Yvonne McKay (sample)"}
        )
        made.upsert("contact", {"contactid": CONTACT, "fullname": "Susanna Stubberod (sample)"})
        made.upsert("contact", {"contactid": "f0bf4d48-34cb-ed11-b596-0022481d68cd", "fullname": "One more"})
        litware = {"accountid": LITWARE, "name": "Litware", "revenue": 20_000, "customertypecode": 1}
        litware |= {"_primarycontactid_value": CONTACT, "_transactioncurrencyid_value": USD}
        made.upsert("account", litware, datetime(2023, 4, 7, 21, 59, 1, tzinfo=UTC))
        yield made


@pytest.fixture
def client(org: Organization) -> Client:
    return Client(org)


def sample(name: str) -> dict[str, Any]:
    return next(item for item in json.loads(SAMPLES.read_text())["samples"] if item["name"] == name)


def same_shape(told: Any, documented: Any, where: str = "$") -> None:
    """The same members in the same order, the same kinds of values."""
    assert isinstance(told, type(documented)) or documented is None or told is None, f"{where}: {told!r}"
    if isinstance(documented, dict):
        assert list(told) == list(documented), where
        for name in documented:
            same_shape(told[name], documented[name], f"{where}.{name}")
    if isinstance(documented, list):
        for one, other in zip(told, documented, strict=False):
            same_shape(one, other, where)


def ask(client: Client, documented: dict[str, Any], **replaced: str) -> dict[str, Any]:
    asked = documented["request"]
    path = asked["path"]
    for old, new in replaced.items():
        path = path.replace(old, new)
    answer = client.ask(path, **{"prefer": asked.get("headers", {}).get("Prefer", "")})
    assert answer.status == documented["status"]
    for name, value in documented.get("headers", {}).items():
        assert answer.headers[name] == value
    return json.loads(answer.body)


def test_the_first_page(client: Client) -> None:
    documented = sample("page_1")
    told = ask(client, documented)
    same_shape(told, documented["body"])
    ids = re.compile("%257b.*?%257d")
    link = "@odata.nextLink"
    theirs = documented["body"][link].replace("[Organization URI]", client.organization.origin)
    assert ids.sub("{}", told[link]) == ids.sub("{}", theirs)


def test_the_first_answer_of_change_tracking(client: Client) -> None:
    documented = sample("track_changes_initial")
    told = ask(client, documented)
    same_shape(told, documented["body"])
    digits = re.compile(r"\d+")
    link = "@odata.deltaLink"
    theirs = documented["body"][link].replace("[Organization URI]", client.organization.origin)
    assert digits.sub("#", told[link]) == digits.sub("#", theirs)


def test_a_delta_with_a_deletion(org: Organization, client: Client) -> None:
    _, link = client.whole("accounts?$select=name,accountnumber,telephone1,fax", "odata.track-changes")
    gone = org.upsert("account", {"name": "Gone"})
    org.delete("account", gone)
    org.update("account", LITWARE, telephone1="555000")
    assert link is not None
    told, documented = client.get(link), sample("track_changes_delta_with_delete")["body"]
    # the documented rows leave one selected column out of context and row alike
    del told["value"][0]["accountnumber"]
    same_shape(told, documented)


def test_formatted_values_only_on_request(client: Client) -> None:
    documented = sample("annotations_formatted")
    told = ask(client, documented)
    same_shape(told, documented["body"])
    plain = client.get(documented["request"]["path"])
    assert not any("@" in name[1:] for name in plain["value"][0])
    noted = told["value"][0]
    assert noted["revenue@OData.Community.Display.V1.FormattedValue"] == "20.000,00 $"
    assert noted["customertypecode@OData.Community.Display.V1.FormattedValue"] == "Mitbewerber"
    assert noted["modifiedon"] == "2023-04-07T21:59:01Z"
    assert noted["modifiedon@OData.Community.Display.V1.FormattedValue"] == "07.04.2023 23:59", "the caller's zone"


def test_owner_lookups_tell_their_table(org: Organization, client: Client) -> None:
    team = org.upsert("team", {"name": "A team"})
    org.upsert("account", {"accountid": "0adef0b8-54d3-ed11-a7c7-000d3a993550", "name": "A", "_ownerid_value": team})
    documented = sample("owner_lookup_annotations")
    told = ask(client, documented)
    same_shape(told, documented["body"])
    target = "_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname"
    assert [row[target] for row in told["value"]] == ["team", "systemuser"]


def test_errors_with_all_their_details(client: Client) -> None:
    documented = sample("error_plugin_400")
    asked = documented["request"]
    for refused in (
        client.ask(asked["path"], asked["headers"]["Prefer"], asked["method"], {"nothing": 1}),
        client.ask("accounts?$select=nothing", asked["headers"]["Prefer"]),
    ):
        assert refused.status == documented["status"]
        same_shape(json.loads(refused.body), documented["body"])
    for asked_for, details in (
        ("OData.Community.*", set()),
        ("OData.*,Microsoft.PowerApps.CDS.HelpLink", {"@Microsoft.PowerApps.CDS.HelpLink"}),
        ("Microsoft.PowerApps.CDS.ErrorDetails*", {name for name in documented["body"]["error"] if "ErrorDet" in name}),
    ):
        some = client.ask("accounts?$select=nothing", f'odata.include-annotations="{asked_for}"')
        assert json.loads(some.body)["error"].keys() == {"code", "message", *details}


def test_the_audit_log(org: Organization, client: Client) -> None:
    user = org.upsert("systemuser", {"fullname": "FirstName LastName"})
    gone = {"operation": 3, "action": 3, "objecttypecode": "contact", "transactionid": str(UUID(int=0))}
    org.upsert("audit", {**gone, "_objectid_value": ("contact", str(UUID(int=5))), "_userid_value": user})
    org.upsert("audit", {**gone, "operation": 2, "_objectid_value": ("contact", CONTACT), "_userid_value": user})
    documented = sample("audits_list")
    told = ask(client, documented, **{"<user id>": user})
    same_shape(told, documented["body"])
    assert len(told["value"]) == 1
    assert told["value"][0]["objecttypecode@OData.Community.Display.V1.FormattedValue"] == "Contact"
    assert client.ask("audits", method="POST", body={}).status == 405
    org.deny_read("audit")
    assert "prvReadAuditSummary" in client.refused("audits")[2]


@pytest.mark.parametrize(("name", "key"), [("error_412_etag", LITWARE), ("error_404_if_match_star", "")])
def test_conditional_updates_are_refused_word_for_word(client: Client, name: str, key: str) -> None:
    documented = sample(name)
    missing = "00000000-0000-0000-0000-000000000001"
    headers = documented["request"]["headers"]
    path = documented["request"]["path"].replace(missing, key or missing)
    answer = client.ask(path, method="PATCH", body={"name": "x"}, **headers)
    assert answer.status == documented["status"]
    assert json.loads(answer.body) == documented["body"]

"""Recorded describes of a real org, held against the sandbox's, key by key and field by field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from salesforce_clients import foreign

from connector.sandbox import Sandbox

SAMPLES = Path(__file__).parents[3] / "shared" / "samples" / "salesforce"
#: what an org of the sandbox's kind would have as well as a recorded one without record types
ONLY_RECORDED = {"RecordTypeId"}
#: recordings differ in age: the older ones lack these
ADDED_SINCE = {"associateEntityType", "associateParentEntity", "sobjectDescribeOption"}
SAME = (
    "type",
    "length",
    "precision",
    "scale",
    "nillable",
    "filterable",
    "sortable",
    "referenceTo",
    "soapType",
    "nameField",
)

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the recorded samples are not here")


def recorded(name: str) -> dict[str, Any]:
    cassette = yaml.safe_load((SAMPLES / f"describe_{name}.yaml").read_text())
    return dict(json.loads(cassette["response"]["body"]["string"]))


@pytest.mark.parametrize("name", ["Opportunity", "Lead", "Account", "Contact"])
def test_describe_has_the_recorded_keys_and_fields(shared: Sandbox, name: str) -> None:
    real, ours = recorded(name), getattr(foreign(shared), name).describe()
    assert set(real) <= set(ours)
    assert set(ours) - set(real) <= ADDED_SINCE
    assert set(ours["urls"]) <= set(real["urls"])
    for key in ("name", "keyPrefix", "label", "labelPlural", "mergeable", "replicateable", "queryable", "undeletable"):
        assert ours[key] == real[key], key
    assert set(ours["recordTypeInfos"][0]) == set(real["recordTypeInfos"][0])
    real_fields = {field["name"]: field for field in real["fields"] if not field["custom"]}
    our_fields = {field["name"]: field for field in ours["fields"]}
    assert real_fields.keys() - our_fields.keys() <= ONLY_RECORDED
    for field_name, real_field in real_fields.items():
        if field_name in ONLY_RECORDED:
            continue
        assert set(our_fields[field_name]) == set(real_field)
        for key in SAME:
            assert our_fields[field_name][key] == real_field[key], (field_name, key)


def test_default_stages_are_the_recorded_ones(shared: Sandbox) -> None:
    def stages(described: dict[str, Any]) -> list[str]:
        field = next(field for field in described["fields"] if field["name"] == "StageName")
        assert set(field["picklistValues"][0]) == {"active", "defaultValue", "label", "validFor", "value"}
        return [value["value"] for value in field["picklistValues"]]

    client = foreign(shared)
    assert stages(client.Opportunity.describe()) == stages(recorded("Opportunity"))
    records = client.query_all("SELECT MasterLabel FROM OpportunityStage ORDER BY SortOrder")["records"]
    assert [record["MasterLabel"] for record in records] == stages(recorded("Opportunity"))


def test_error_envelopes_are_the_recorded_ones(shared: Sandbox) -> None:
    from salesforce_clients import asking

    cassette = yaml.safe_load((SAMPLES / "count_errors.yaml").read_text())
    body = json.loads(cassette["interactions"][0]["response"]["body"]["string"])
    real = body["compositeResponse"][1]
    answer = asking(shared)("GET", "/query", params={"q": "select count() from XYZZY"})
    assert answer.status_code == real["httpStatusCode"]
    assert answer.json() == real["body"]
    cassette = yaml.safe_load((SAMPLES / "composite_errors.yaml").read_text())
    real = json.loads(cassette["interactions"][0]["response"]["body"]["string"])["compositeResponse"][0]
    answer = asking(shared)("GET", "/sobjects/Foo")
    assert (answer.status_code, answer.json()) == (real["httpStatusCode"], real["body"])

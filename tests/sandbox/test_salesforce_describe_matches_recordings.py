"""Recorded describes of a real org, held against the sandbox's in both directions: every key, every field, every value.

What may differ is listed here with its reason; anything else that differs fails, and so does an entry of these lists
that no longer differs.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from salesforce_clients import asking

from connector.sandbox import Sandbox

SAMPLES = Path(__file__).parents[3] / "shared" / "samples" / "salesforce"
NAMES = ("Account", "Case", "Contact", "Event", "Lead", "Opportunity")
#: recordings differ in age: the older ones lack these keys of an object
ADDED_SINCE = {"associateEntityType", "associateParentEntity", "sobjectDescribeOption"}
#: only an org with record types has the field
ONLY_RECORDED = {"Account": {"RecordTypeId"}}
#: multi-currency, an opt-out (object reference), and the sandbox's own custom fields
ONLY_OURS = {
    "Contact": {"CurrencyIsoCode", "HasOptedOutOfEmail"},
    "Opportunity": {"CurrencyIsoCode", "Region__c", "Notes__c"},
}
#: what an org chooses by itself: its words, and its picklists except those that the system restricts
CHOSEN = {"label", "picklistValues", "referenceTo"}
#: the recorded org of this object has person accounts
PERSON_ACCOUNTS = {("Account", "Name", "compoundFieldName"), ("Account", "Name", "extraTypeInfo")}
#: made up for the recording: they call themselves standard and lie about their relationships
MADE_UP = {"Primary_Contact__c", "ns__Description__c", "ns__LinkedAccount__c", "History__c"}
#: the recorded org has not turned opportunity splits on
NOT_TURNED_ON = {("OpportunitySplit", "OpportunityId")}
#: links that only these objects, or only that version, have
ONLY_RECORDED_URLS = {
    "Account": {"defaultValues"},
    "Case": {"defaultValues", "caseArticleSuggestions", "caseRowArticleSuggestions"},
}

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the recorded samples are not here")


@cache
def recorded(name: str) -> dict[str, Any]:
    cassette = yaml.load((SAMPLES / f"describe_{name}.yaml").read_text(), Loader=yaml.CSafeLoader)
    return dict(json.loads(cassette["response"]["body"]["string"]))


@pytest.fixture(scope="module")
def described(shared: Sandbox) -> dict[str, dict[str, Any]]:
    ask = asking(shared)
    return {name: ask("GET", f"/sobjects/{name}/describe", version="52.0").json() for name in NAMES}


def fields(told: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {field["name"]: field for field in told["fields"]}


def shape(value: Any) -> Any:
    """The kind of a value: lists by their elements, null by itself."""
    if isinstance(value, list):
        return sorted({str(shape(each)) for each in value})
    return {key: shape(each) for key, each in value.items()} if isinstance(value, dict) else type(value).__name__


@pytest.mark.parametrize("name", NAMES)
def test_an_object_has_the_recorded_keys_and_values(name: str, described: dict[str, dict[str, Any]]) -> None:
    real, ours = recorded(name), described[name]
    assert set(ours) - set(real) in (set(), ADDED_SINCE)
    assert set(real) - set(ours) == set()
    lists = {"fields", "childRelationships", "supportedScopes", "recordTypeInfos", "urls"}
    for key in set(real) - lists:
        assert ours[key] == real[key], key


@pytest.mark.parametrize("name", NAMES)
def test_an_object_has_the_recorded_fields(name: str, described: dict[str, dict[str, Any]]) -> None:
    real, ours = set(fields(recorded(name))), set(fields(described[name]))
    assert real - ours == ONLY_RECORDED.get(name, set())
    assert ours - real == ONLY_OURS.get(name, {"CurrencyIsoCode"})


@pytest.mark.parametrize("name", NAMES)
def test_every_field_has_the_recorded_keys_and_values(name: str, described: dict[str, dict[str, Any]]) -> None:
    real, ours = fields(recorded(name)), fields(described[name])
    differing = set()
    for field in real.keys() & ours.keys():
        assert set(ours[field]) == set(real[field]), field
        assert len(ours[field]) == 57
        for key in set(real[field]) - CHOSEN:
            if ours[field][key] != real[field][key] or type(ours[field][key]) is not type(real[field][key]):
                differing.add((name, field, key))
    assert {each for each in differing if each[1] not in MADE_UP} == {
        each for each in PERSON_ACCOUNTS if each[0] == name
    }
    assert all(isinstance(field["label"], str) and field["label"] for field in ours.values())


@pytest.mark.parametrize("name", NAMES)
def test_fields_of_our_own_have_the_same_keys(name: str, described: dict[str, dict[str, Any]]) -> None:
    example = fields(recorded(name))["Id"]
    for field in fields(described[name]).values():
        assert set(field) == set(example), field["name"]


@pytest.mark.parametrize("name", NAMES)
def test_references_lead_to_the_recorded_objects(
    name: str, shared: Sandbox, described: dict[str, dict[str, Any]]
) -> None:
    """Of those objects that the sandbox's org has; every one that it names was recorded."""
    known = set(shared.salesforce.org.schema)
    real, ours = fields(recorded(name)), fields(described[name])
    for field in (real.keys() & ours.keys()) - MADE_UP:
        targets = set(real[field]["referenceTo"])
        assert set(ours[field]["referenceTo"]) <= targets, field
        assert set(ours[field]["referenceTo"]) >= targets & known, field


@pytest.mark.parametrize("name", NAMES)
def test_picklists_are_told_as_recorded(name: str, described: dict[str, dict[str, Any]]) -> None:
    real, ours = fields(recorded(name)), fields(described[name])
    for field in real.keys() & ours.keys():
        entries, examples = ours[field]["picklistValues"], real[field]["picklistValues"]
        assert bool(entries) == bool(examples), field
        assert shape(entries) == shape(examples), field
        if real[field]["restrictedPicklist"] and field != "RecurrenceTimeZoneSidKey":
            assert entries == examples, field
    assert all(field["picklistValues"] for field in ours.values() if field["type"] == "picklist")


@pytest.mark.parametrize("name", NAMES)
def test_children_are_told_as_recorded(name: str, shared: Sandbox, described: dict[str, dict[str, Any]]) -> None:
    def by_place(entries: list[dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
        return {(entry["childSObject"], entry["field"]): entry for entry in entries}

    schema = shared.salesforce.org.schema
    real, ours = (by_place(told["childRelationships"]) for told in (recorded(name), described[name]))
    theirs = {(child, field): entry for (child, field), entry in real.items() if child in schema}
    theirs = {place: entry for place, entry in theirs.items() if schema[place[0]].field(place[1])}
    made_up = {place for place in ours if place[1] in MADE_UP}
    turned_on = NOT_TURNED_ON & ours.keys()
    assert bool(turned_on) == (name == "Opportunity") and not turned_on & theirs.keys()
    ours = {place: entry for place, entry in ours.items() if place not in turned_on}
    assert {place: entry for place, entry in ours.items() if place not in made_up} == theirs
    for place in made_up:
        assert set(ours[place]) == set(next(iter(real.values())))


@pytest.mark.parametrize("name", NAMES)
def test_links_scopes_and_record_types_are_told_as_recorded(name: str, described: dict[str, dict[str, Any]]) -> None:
    real, ours = recorded(name), described[name]
    assert set(real["urls"]) - set(ours["urls"]) == ONLY_RECORDED_URLS.get(name, set())
    assert set(ours["urls"]) - set(real["urls"]) == set()
    for link, url in ours["urls"].items():
        assert url.rpartition(name)[2] == real["urls"][link].rpartition(name)[2] or link.startswith("ui"), link
        assert url.split("/")[3:] == real["urls"][link].split("/")[3:] or not link.startswith("ui"), link
    assert all(scope in real["supportedScopes"] for scope in ours["supportedScopes"])
    assert {"everything", "mine"} == {scope["name"] for scope in ours["supportedScopes"]}
    (master,) = ours["recordTypeInfos"]
    assert shape([master]) == shape(real["recordTypeInfos"][-1:])
    real_master = next(each for each in real["recordTypeInfos"] if each["master"])
    assert {**master, "urls": None, "defaultRecordTypeMapping": None} == {
        **real_master,
        "urls": None,
        "defaultRecordTypeMapping": None,
    }


def test_every_described_object_has_the_same_keys(shared: Sandbox) -> None:
    """What no recording shows is at least of the recorded shape."""
    ask = asking(shared)
    keys, field_keys = set(recorded("Opportunity")), set(recorded("Opportunity")["fields"][0])
    names = [each["name"] for each in ask("GET", "/sobjects").json()["sobjects"]]
    assert len(names) > 20
    for name in names:
        told = ask("GET", f"/sobjects/{name}/describe").json()
        assert set(told) == keys, name
        assert all(set(field) == field_keys for field in told["fields"]), name


def test_describe_global_has_the_documented_keys_and_agrees_with_describe(shared: Sandbox) -> None:
    ask = asking(shared)
    told = ask("GET", "/sobjects").json()
    assert set(told) == {"encoding", "maxBatchSize", "sobjects"}
    assert (told["encoding"], told["maxBatchSize"]) == ("UTF-8", 200)
    for each in told["sobjects"]:
        assert set(each) == GLOBAL_KEYS
        whole = ask("GET", f"/sobjects/{each['name']}/describe").json()
        assert {key: whole[key] for key in GLOBAL_KEYS - {"urls"}} == {key: each[key] for key in GLOBAL_KEYS - {"urls"}}
        assert each["urls"].items() <= whole["urls"].items()


#: those of a recorded answer (../shared/wire/salesforce.md, 1.3)
GLOBAL_KEYS = set(
    """activateable associateEntityType associateParentEntity createable custom customSetting deepCloneable deletable
    deprecatedAndHidden feedEnabled hasSubtypes isInterface isSubtype keyPrefix label labelPlural layoutable mergeable
    mruEnabled name queryable replicateable retrieveable searchable triggerable undeletable updateable urls""".split()
)


def test_default_stages_are_the_recorded_ones(shared: Sandbox, described: dict[str, dict[str, Any]]) -> None:
    def stages(told: dict[str, Any]) -> list[str]:
        return [value["value"] for value in fields(told)["StageName"]["picklistValues"]]

    assert stages(described["Opportunity"]) == stages(recorded("Opportunity"))
    soql = "SELECT MasterLabel FROM OpportunityStage ORDER BY SortOrder"
    records = asking(shared)("GET", "/query", params={"q": soql}).json()["records"]
    assert [record["MasterLabel"] for record in records] == stages(recorded("Opportunity"))

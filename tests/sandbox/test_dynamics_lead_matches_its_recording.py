"""The lead's definition as the sandbox tells it, attribute by attribute and key by key, beside that of a real org."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.dynamics_org import Client, organization

RECORDED = Path(__file__).parents[3] / "shared/samples/dataverse/lead_entity_metadata.json"
pytestmark = pytest.mark.skipif(not RECORDED.exists(), reason="the recorded samples are not here")
LEAD = "EntityDefinitions(LogicalName='lead')"
CASTS = (
    "BigInt", "Boolean", "DateTime", "Decimal", "Double", "EntityName", "Integer", "Lookup", "Memo", "Money",
    "Picklist", "State", "Status", "String", "UniqueIdentifier",
)  # fmt: skip
#: from here on an organization adds options of its own
CUSTOM = 100_000_000

Definition = dict[str, Any]


@pytest.fixture(scope="module")
def recorded() -> Definition:
    return json.loads(RECORDED.read_text())


@pytest.fixture(scope="module")
def told() -> Iterator[dict[str, Definition]]:
    """Every attribute with what its derived type adds, by name, as a client reads it."""
    with organization(0) as org:
        client = Client(org)
        found = {item["LogicalName"]: item for item in client.get(f"{LEAD}/Attributes")["value"]}
        for cast in CASTS:
            expand = "?$expand=OptionSet,GlobalOptionSet" if cast in ("Boolean", "Picklist", "State", "Status") else ""
            derived = client.get(f"{LEAD}/Attributes/Microsoft.Dynamics.CRM.{cast}AttributeMetadata{expand}")["value"]
            for item in derived:
                found[item["LogicalName"]] |= item
        yield found


def options(definition: Definition) -> list[Definition]:
    return definition["OptionSet"]["Options"]


#: each key of the recording, and what the sandbox says in its place
TOLD: dict[str, Callable[[Definition], Any]] = {
    "type": lambda item: item["AttributeType"],
    "SchemaName": lambda item: item["SchemaName"],
    "AttributeOf": lambda item: item["AttributeOf"],
    "IsValidForRead": lambda item: str(item["IsValidForRead"]).lower(),
    "Format": lambda item: item["Format"],
    "Precision": lambda item: str(item["Precision"]),
    "PrecisionSource": lambda item: str(item["PrecisionSource"]),
    "IsBaseCurrency": lambda item: str(item["IsBaseCurrency"]).lower(),
    "CalculationOf": lambda item: item["CalculationOf"],
    "DateTimeBehavior": lambda item: item["DateTimeBehavior"]["Value"],
    "Targets": lambda item: item["Targets"],
    "OptionSetName": lambda item: item["OptionSet"]["Name"],
    "IsGlobal": lambda item: str(item["OptionSet"]["IsGlobal"]).lower(),
}


def test_every_key_of_every_lead_attribute_agrees(recorded: Definition, told: dict[str, Definition]) -> None:
    for name, definition in told.items():
        known = recorded["attributes"][name]
        for key in known.keys() - {"MaxLength", "Options"}:
            assert TOLD[key](definition) == known[key], (name, key)
        if "AttributeOf" not in known:
            assert definition["AttributeOf"] is None, name
        if "MaxLength" in known:
            assert definition["MaxLength"] <= int(known["MaxLength"]), f"{name}: organizations lengthen texts"


def test_every_standard_option_is_told_and_no_other(recorded: Definition, told: dict[str, Definition]) -> None:
    compared = 0
    for name, definition in told.items():
        known = recorded["attributes"][name].get("Options")
        if known is None:
            continue
        compared += 1
        theirs = {item["value"]: item.get("State") for item in known if item["value"] < CUSTOM}
        ours = {item["Value"]: str(item["State"]) if "State" in item else None for item in options(definition)}
        if definition["AttributeType"] == "Status":
            assert ours == theirs
        else:
            assert ours.keys() == theirs.keys(), name
    assert compared >= 5


def test_what_merely_mirrors_a_column_is_listed_with_it(recorded: Definition, told: dict[str, Definition]) -> None:
    mirrors = {name for name, known in recorded["attributes"].items() if known.get("AttributeOf") in told}
    assert mirrors <= told.keys()
    assert len(mirrors) > 30
    assert len(told) >= 90


def test_the_table_itself_agrees(recorded: Definition) -> None:
    with organization(0) as org:
        definition = Client(org).get(LEAD)
    for key, value in recorded["entity"].items():
        assert str(definition[key]).lower() == str(value).lower(), key

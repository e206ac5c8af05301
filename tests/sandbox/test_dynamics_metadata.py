"""Definitions: what clients learn of tables and columns, in the spelling and with the refusals of Dataverse."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connector.sandbox.dynamics.organization import Organization
from connector.sandbox.dynamics.schema import choice, text
from tests.sandbox.dynamics_org import Client, organization

LEAD = "EntityDefinitions(LogicalName='lead')"
CRM = "Microsoft.Dynamics.CRM."


@pytest.fixture
def org() -> Iterator[Organization]:
    with organization(0) as made:
        yield made


@pytest.fixture
def client(org: Organization) -> Client:
    return Client(org)


def test_a_table_tells_its_set_keys_and_tracking(client: Client) -> None:
    found = client.get(f"{LEAD}?$select=EntitySetName,PrimaryIdAttribute,PrimaryNameAttribute,ChangeTrackingEnabled")
    assert {name: found[name] for name in list(found)[2:]} == {
        "EntitySetName": "leads", "PrimaryIdAttribute": "leadid", "PrimaryNameAttribute": "fullname",
        "ChangeTrackingEnabled": True,
    }  # fmt: skip
    by_id = client.get(f"EntityDefinitions({found['MetadataId']})?$select=LogicalName")
    assert by_id["LogicalName"] == "lead"


def test_tables_are_found_by_filter(client: Client) -> None:
    tracked = client.get("EntityDefinitions?$select=LogicalName&$filter=ChangeTrackingEnabled eq true")["value"]
    never = client.get("EntityDefinitions?$select=LogicalName&$filter=CanChangeTrackingBeEnabled/Value eq false")[
        "value"
    ]
    names = {item["LogicalName"] for item in tracked}
    assert {"opportunity", "lead", "account"} <= names
    assert not names & {item["LogicalName"] for item in never}
    assert {"organization", "opportunitysalesprocess"} <= {item["LogicalName"] for item in never}


def test_option_sets_come_by_cast_with_labels_of_both_languages(client: Client) -> None:
    url = f"EntityDefinitions(LogicalName='opportunity')/Attributes/{CRM}StatusAttributeMetadata"
    [status] = client.get(f"{url}?$select=LogicalName&$expand=OptionSet,GlobalOptionSet")["value"]
    won = next(option for option in status["OptionSet"]["Options"] if option["Value"] == 3)
    assert won["State"] == 1
    assert {item["LanguageCode"]: item["Label"] for item in won["Label"]["LocalizedLabels"]} == {
        1033: "Won", 1031: "Gewonnen",
    }  # fmt: skip
    assert won["Label"]["UserLocalizedLabel"]["Label"] == "Gewonnen"
    url = f"EntityDefinitions(LogicalName='opportunity')/Attributes/{CRM}BooleanAttributeMetadata"
    flag = client.get(f"{url}?$select=LogicalName&$expand=OptionSet($select=TrueOption,FalseOption)")["value"][0]
    assert set(flag["OptionSet"]) == {"TrueOption", "FalseOption"}


def test_date_behaviour_is_told_by_the_derived_type_only(client: Client) -> None:
    base = "EntityDefinitions(LogicalName='opportunity')/Attributes"
    dates = client.get(f"{base}/{CRM}DateTimeAttributeMetadata?$select=LogicalName,DateTimeBehavior,Format")["value"]
    behaviours = {item["LogicalName"]: item["DateTimeBehavior"]["Value"] for item in dates}
    assert behaviours["createdon"] == "UserLocal"
    assert behaviours["estimatedclosedate"] == "DateOnly"
    assert behaviours["new_demoat"] == "TimeZoneIndependent"
    assert client.refused(f"{base}?$select=LogicalName,DateTimeBehavior")[0] == 400
    assert client.refused(f"{base}/{CRM}EnumAttributeMetadata?$select=LogicalName")[0] == 404


def test_goals_are_owned_by_a_manager(client: Client) -> None:
    found = client.get("EntityDefinitions(LogicalName='goal')/Attributes(LogicalName='ownerid')?$select=DisplayName")
    assert found["DisplayName"]["UserLocalizedLabel"]["Label"] == "Manager"


def test_mirrored_attributes_are_listed_but_no_properties(client: Client) -> None:
    url = f"{LEAD}/Attributes?$select=LogicalName,AttributeType,AttributeOf,IsValidODataAttribute"
    found = {item["LogicalName"]: item for item in client.get(url)["value"]}
    assert found["owneridname"]["AttributeOf"] == "ownerid"
    assert found["owneridname"]["IsValidODataAttribute"] is False
    assert [found[name]["AttributeType"] for name in ("ownerid", "customerid", "accountid")] == [
        "Owner",
        "Customer",
        "Lookup",
    ]
    properties = set(client.organization.tables["lead"].by_column)
    listed = {
        f"_{name}_value" if item["AttributeType"] in ("Owner", "Customer", "Lookup") else name
        for name, item in found.items()
        if item["IsValidODataAttribute"]
    }
    assert listed == properties


def test_what_is_not_there_is_not_found(client: Client) -> None:
    assert client.refused("EntityDefinitions(LogicalName='nothing')")[0] == 404
    assert client.refused(f"{LEAD}/Attributes(LogicalName='nothing')")[0] == 404
    assert client.refused(f"{LEAD}?$select=Nothing")[0] == 400


def test_definitions_come_all_at_once_whatever_is_asked(client: Client) -> None:
    everything = client.get("EntityDefinitions?$select=LogicalName", "odata.maxpagesize=1")
    assert len(everything["value"]) == len(client.organization.tables)
    assert "@odata.nextLink" not in everything
    attributes = client.get(f"{LEAD}/Attributes?$select=LogicalName", "odata.maxpagesize=1")
    assert len(attributes["value"]) == len(client.organization.tables["lead"].attributes)
    for option in ("$top", "$skip", "$orderby", "$count", "LabelLanguages"):
        assert client.refused(f"EntityDefinitions?{option}=1") == (
            400, "0x80060888", f"The query parameter {option} is not supported",
        )  # fmt: skip


@pytest.mark.parametrize("name", ["startswith", "endswith", "contains"])
def test_definitions_know_no_text_functions(client: Client, name: str) -> None:
    assert client.refused(f"EntityDefinitions?$filter={name}(LogicalName,'le')") == (
        400, "0x8006088a", f'The "{name}" function isn\'t supported for Metadata Entities.',
    )  # fmt: skip


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("$filter=AttributeType eq 'Picklist'", f"'{CRM}AttributeTypeCode' and 'Edm.String'"),
        (
            "$filter=AttributeType eq Microsoft.Dynamics.CRM.Wrong'Picklist'",
            f"'{CRM}AttributeTypeCode' and '{CRM}Wrong'",
        ),
        ("$filter=RequiredLevel eq 'None'", "'Microsoft.Dynamics.CRM.ComplexType' and 'Edm.String'"),
        ("$filter=IsLogical eq 'true'", "'Edm.Boolean' and 'Edm.String'"),
        ("$filter=LogicalName eq 5", "'Edm.String' and 'Edm.Int32'"),
        ("$filter=Nothing eq true", "Could not find a property named 'Nothing'"),
        ("$expand=OptionSet", "Could not find a property named 'OptionSet'"),
        ("$expand=Microsoft.Dynamics.CRM.PicklistAttributeMetadata/OptionSet", "Syntax error at position 0"),
    ],
)
def test_what_definitions_cannot_be_asked_is_refused(client: Client, query: str, sentence: str) -> None:
    status, _, message = client.refused(f"{LEAD}/Attributes?{query}")
    assert status == 400
    assert sentence in message


def test_enumerations_are_spelt_with_their_type(client: Client) -> None:
    kind = f"{CRM}AttributeTypeCode'Picklist'"
    found = client.get(f"{LEAD}/Attributes?$select=LogicalName&$filter=AttributeType eq {kind}")["value"]
    assert {"leadsourcecode", "leadqualitycode"} <= {item["LogicalName"] for item in found}
    needed = f"{CRM}AttributeRequiredLevel'SystemRequired'"
    found = client.get(f"{LEAD}/Attributes?$select=LogicalName&$filter=RequiredLevel/Value eq {needed}")["value"]
    assert [item["LogicalName"] for item in found] == ["leadid"]
    owned = f"{CRM}OwnershipTypes'UserOwned'"
    tables = client.get(f"EntityDefinitions?$select=LogicalName&$filter=OwnershipType eq {owned}")["value"]
    assert "lead" in {item["LogicalName"] for item in tables}


def test_a_column_can_go_come_back_and_be_new(org: Organization, client: Client) -> None:
    key = org.upsert("opportunity", {"name": "Here", "new_nextstep": "Call"})
    before = client.get("organizations", 'odata.include-annotations="*"')
    org.hide_column("opportunity", "new_nextstep")
    after = client.get("organizations", 'odata.include-annotations="*"')
    version = "@Microsoft.Dynamics.CRM.globalmetadataversion"
    assert before[version] != after[version]
    assert client.refused("opportunities?$select=new_nextstep")[0] == 400
    assert (
        client.refused("EntityDefinitions(LogicalName='opportunity')/Attributes(LogicalName='new_nextstep')")[0] == 404
    )
    org.reveal_column("opportunity", "new_nextstep")
    assert client.get(f"opportunities({key})?$select=new_nextstep")["new_nextstep"] == "Call"
    org.secure_column("opportunity", "new_nextstep")
    assert client.get(f"opportunities({key})?$select=new_nextstep")["new_nextstep"] is None
    org.add_column("opportunity", text("new_tier", "Tier"))
    org.add_column("opportunity", choice("new_size", "Size", ()))
    org.update("opportunity", key, new_tier="gold")
    assert client.get(f"opportunities({key})?$select=new_tier,new_size")["new_tier"] == "gold"


def test_an_optional_table_can_be_absent(org: Organization, client: Client) -> None:
    org.remove_table("goal")
    assert client.refused("goals")[0] == 404
    assert client.refused("EntityDefinitions(LogicalName='goal')")[0] == 404
    org.restore_table("goal")
    assert client.get("goals")["value"] == []

"""`crossfunnel check` tries what a sync will need, line by line, and names the mend of what fails."""

from __future__ import annotations

import pytest
from workplace import Workplace

from connector.sandbox import Sandbox
from connector.sandbox.salesforce.picklists import StageSetting


def failures(place: Workplace, *arguments: str) -> tuple[int, list[dict[str, str]]]:
    outcome = place.run("check", "--format", "json", *arguments)
    return outcome.code, [line for line in outcome.json if not line["ok"]]


def test_sound_orgs_pass(place: Workplace, box: Sandbox) -> None:
    assert failures(place) == (0, [])
    assert "signed in" in place.run("check").out


def test_a_hidden_field_and_a_forbidden_table_are_told_with_their_mend(place: Workplace, box: Sandbox) -> None:
    box.salesforce.org.hide("Lead", "Title")
    box.dynamics.organization.deny_read("goal")
    code, told = failures(place)
    assert code == 3
    assert [line["about"] for line in told] == ["source acme", "source contoso"]
    assert "Title" in told[0]["what"] and "permission set" in told[0]["mend"]
    assert "goal" in told[1]["what"] and "Read on goal" in told[1]["mend"]


def test_a_wrong_secret_is_told_and_the_other_source_is_tried(
    place: Workplace, box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SALESFORCE_CLIENT_SECRET", "wrong")
    code, told = failures(place)
    assert code == 3
    assert [line["about"] for line in told] == ["source acme"]


def test_a_wrong_mapping_is_told_beside_what_the_org_lacks(place: Workplace, box: Sandbox) -> None:
    place.map(
        salesforce="version: 1\nextends: default\nobjects:\n  Lead:\n    fields:\n      nmae: Name\n      title: Rank__c\n"
    )
    code, told = failures(place, "acme")
    assert code == 2
    assert [line["about"] for line in told] == ["mappings", "source acme"]
    assert "did you mean" in told[0]["what"] and "Rank__c" in told[1]["what"]


def test_the_own_files_that_hold_are_named_and_matching_is_refused(place: Workplace, box: Sandbox) -> None:
    for enabled, code, words in (
        ("false", 0, f"read from {place.folder / 'mappings'}: people.yaml, match.yaml"),
        ("true", 2, "match.yaml:2:10: enabled: true"),
    ):
        place.map(people="version: 1\n", match=f"version: 1\nenabled: {enabled}\n")
        outcome = place.run("check", "acme", "--format", "json")
        (told,) = (line for line in outcome.json if line["about"] == "mappings")
        assert (outcome.code, told["ok"]) == (code, not code)
        assert words in told["what"]
    assert "match.yaml:2:10: enabled: true" in place.run("sync").err


def test_an_open_stage_that_no_entry_claims_is_told(place: Workplace, box: Sandbox) -> None:
    box.salesforce.edits.add_stage(StageSetting("Legal Review", 50, "Pipeline"))
    code, told = failures(place, "acme")
    assert code == 0
    assert ["Legal Review" in line["what"] for line in told] == [True]
    place.configure(box.config_text() + '\n[sync]\non_drift = "fail"\n')
    assert failures(place, "acme")[0] == 6


def test_without_a_source_and_without_the_folder_of_mappings_both_are_said_plainly(place: Workplace) -> None:
    place.configure("")
    lines = place.run("check", "--format", "json").json
    assert [each["what"] for each in lines if each["about"] == "mappings"] == [
        "valid, as far as they can be tried without a source"
    ]
    place.configure("[mappings]\npath = 'nowhere'\n")
    code, told = failures(place)
    assert code == 2
    (folder,) = [each for each in told if each["about"] == "mappings"]
    assert (
        folder["what"] == f"{place.folder / 'nowhere'}: there is no such folder ([mappings] path in crossfunnel.toml)"
    )
    assert "correct [mappings] path" in folder["mend"]


def test_a_format_that_there_is_not_is_told_with_those_that_there_are(place: Workplace) -> None:
    outcome = place.run("check", "--format", "yaml")
    assert outcome.code == 2
    assert outcome.err.endswith("'--format': 'yaml' is not one of table, json, csv.\n")

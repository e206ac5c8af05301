"""`extends: default` lays a user's entries over the packaged file; without it the user's file stands alone."""

from pathlib import Path

from tests.mapping.workbench import complaints, load, write


def test_single_entries_are_overridden_added_and_taken_away(folder: Path) -> None:
    packaged = load(None, "salesforce").kinds["salesforce"].objects
    write(
        folder,
        "salesforce.yaml",
        """
        version: 1
        extends: default
        objects:
          Opportunity:
            fields:
              name: Title__c
              next_step: null
              region: Region__c
              extra.tier: Tier__c
          Contact: null
          Visit__c:
            table: activity
            fields: {kind: {const: meeting}, occurred_at: At__c}
        """,
    )
    mine = load(folder, "salesforce").kinds["salesforce"].objects
    assert set(mine) == set(packaged) - {"Contact"} | {"Visit__c"}
    fields = set(mine["Opportunity"].wanted.fields)
    assert fields == set(packaged["Opportunity"].wanted.fields) - {"Name", "NextStep"} | {
        "Title__c",
        "Region__c",
        "Tier__c",
    }
    assert mine["Account"] == packaged["Account"]
    assert mine["Account"].fingerprint == packaged["Account"].fingerprint
    assert mine["Opportunity"].fingerprint != packaged["Opportunity"].fingerprint


def test_a_rule_is_replaced_whole(folder: Path) -> None:
    text = "version: 1\nextends: default\nobjects:\n  Opportunity:\n    fields:\n      amount_minor: {money: Net__c}\n"
    write(folder, "salesforce.yaml", text)
    assert "CurrencyIsoCode" not in load(folder, "salesforce").kinds["salesforce"].objects["Opportunity"].wanted.fields


def test_without_extends_the_file_stands_alone(folder: Path) -> None:
    write(folder, "salesforce.yaml", "version: 1\nobjects: {Account: {table: account, fields: {name: Name}}}\n")
    assert list(load(folder, "salesforce").kinds["salesforce"].objects) == ["Account"]


def test_other_files_stay_the_packaged_ones(folder: Path) -> None:
    write(folder, "salesforce.yaml", "version: 1\nextends: default\n")
    mine, packaged = load(folder, "salesforce", "dynamics"), load(None, "salesforce", "dynamics")
    assert mine == packaged
    assert mine.fingerprint() == packaged.fingerprint()


def test_taking_away_what_is_not_there_is_a_mistake(folder: Path) -> None:
    text = "version: 1\nextends: default\nobjects:\n  Opportunity:\n    fields:\n      nextstep: null\n  Acount: null\n"
    write(folder, "salesforce.yaml", text)
    assert complaints(folder, "salesforce") == [
        "6:7: unknown entry to take away: 'nextstep', did you mean 'next_step'?",
        "7:3: unknown object to take away: 'Acount', did you mean 'Account'?",
    ]


def test_stages_and_plans_are_overridden_by_their_name(folder: Path) -> None:
    stage = "{key: propose, salesforce: [Quote]}, {key: pilot, name: Pilot, dynamics: [6]}"
    write(folder, "funnel.yaml", f"version: 1\nextends: default\nstages: [{stage}]\n")
    write(folder, "quota.yaml", "version: 1\nextends: default\nplans: [{name: default, retroactive: true}]\n")
    mappings = load(folder, "salesforce")
    assert [stage.key for stage in mappings.funnel.stages] == ["qualify", "develop", "propose", "close", "pilot"]
    assert mappings.funnel.claim("salesforce", "Quote", None) == "propose"
    assert mappings.funnel.claim("salesforce", "Proposal/Price Quote", None) is None
    assert mappings.funnel.claim("dynamics", None, 2) == "propose"
    assert mappings.plans[0].retroactive
    assert len(mappings.plans[0].tiers) == 2


def test_a_mistake_in_an_override_is_placed_in_the_users_file(folder: Path) -> None:
    write(folder, "salesforce.yaml", "version: 1\nextends: default\nobjects: {Lead: {fields: {nam: Name}}}\n")
    assert complaints(folder, "salesforce") == ["3:27: unknown column of lead: 'nam', did you mean 'name'?"]


def test_fingerprints_tell_which_part_changed(folder: Path) -> None:
    before = load(None, "salesforce")
    write(folder, "people.yaml", "version: 1\npeople: []\nshared: [info@acme.test]\n")
    after = load(folder, "salesforce")
    assert before.fingerprint("funnel") == after.fingerprint("funnel")
    assert before.fingerprint("people") != after.fingerprint("people")
    assert before.fingerprint() != after.fingerprint()

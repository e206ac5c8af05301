"""A wrong mapping file is told with every mistake in one go, each with its place and the mend."""

from pathlib import Path

import pytest

from tests.mapping.workbench import complaints, load, write

HEAD = "version: 1\nextends: default\nobjects:\n  Opportunity:\n    fields:\n"


def of_opportunity(folder: Path, line: str) -> list[str]:
    (folder / "salesforce.yaml").write_text(f"{HEAD}      {line}\n", encoding="utf-8")
    return complaints(folder, "salesforce")


def test_all_mistakes_of_all_files_come_together_in_order(folder: Path) -> None:
    write(
        folder,
        "salesforce.yaml",
        """
        version: 1
        extends: default
        objects:
          Opportunity:
            fields:
              regoin: Region__c
              owner_id: OwnerId
              amount_minor: {mony: Amount}
              status: {const: wonn}
          Account:
            table: acount
        """,
    )
    write(folder, "dynamics.yaml", "version: 3\nextends: default\n")
    write(folder, "quota.yaml", "version: 1\nextends: default\nplanz: []\n")
    assert complaints(folder, "salesforce") == [
        "1:10: version 3 is not known; this program reads version 1",
        "3:1: unknown key 'planz', did you mean 'plans'?",
        "6:7: unknown column of opportunity: 'regoin', did you mean 'region'?",
        "7:17: owner_id refers to a row of crm_user: write {ref: crm_user, from: OwnerId}",
        "8:22: unknown op 'mony', did you mean 'money'?",
        "9:23: status: wonn is not one of open, won, lost, did you mean 'won'?",
        "11:12: unknown table 'acount', did you mean 'account'?",
    ]


@pytest.mark.parametrize("table", ["oportunity", "zzz"])
def test_a_misspelt_table_hides_no_mistake_below_it(folder: Path, table: str) -> None:
    fields = "{name: {uper: Name}, regoin: Region__c}"
    write(folder, "salesforce.yaml", f"version: 1\nobjects: {{Thing: {{table: {table}, fields: {fields}}}}}\n")
    told = "\n".join(complaints(folder, "salesforce"))
    assert f"unknown table {table!r}" in told
    assert "unknown op 'uper'" in told
    assert ("unknown column of opportunity: 'regoin'" in told) is (table == "oportunity")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("stage: StageName", "6:7: stage of opportunity cannot be mapped: it is worked out from source_stage and funnel.yaml"),
        ("synced_at: X", "6:7: synced_at of opportunity cannot be mapped: it is when the row last changed in the store"),
        ("extra: Tier__c", "6:7: extra is filled field by field: extra.NAME: FIELD"),
        ("amount_minor: Amount", "6:21: amount_minor is money in minor units: write {money: Amount, currency: FIELD}"),
        ("account_id: {ref: crm_user, from: AccountId}", "6:25: account_id refers to a row of account, not of crm_user"),
        ("account_id: {ref: acount, from: AccountId}", "6:25: unknown table 'acount', did you mean 'account'?"),
        ("account_id: {ref: account}", "6:20: {ref: ...} needs from, as in {ref: crm_user, from: OwnerId}"),
        ("name: {ref: account, from: AccountId}", "6:14: {ref: ...} cannot fill name, whose values are of kind text"),
        ("close_on: {const: 2026-02-30}", "6:25: close_on: 2026-02-30 does not fit: a day is YYYY-MM-DD"),
        ("amount_minor: {const: 5}", "6:29: amount_minor cannot have a fixed value, only null"),
        ("amount_minor: {first: [{money: Amount}], else: 5}", "6:54: amount_minor: 5 cannot stand here; only null or a rule can"),
        ("name: 7", "6:13: a bare word is a field of the source, 7 is none; for a fixed value write {const: 7}"),
        ("name: [A, B]", "6:13: a rule is a field or {op: ...}; for the first of several write {first: [...]}"),
        ("name: {}", "6:13: an empty rule; write a field or {op: ...}"),
        ("name: {label: A, percent: B}", "6:13: a rule has one op, this one has label and percent"),
        ("name: {label: A, form: B}", "6:24: unknown word in {label: ...}: 'form'"),
        ("name: Amount FROM User", "6:13: Amount FROM User is no field name"),
        ("status: {map: {A: wonn}, from: X}", "6:25: status: wonn is not one of open, won, lost, did you mean 'won'?"),
        ("close_on: {day: X, zone: local}", "6:32: unknown value of zone: 'local'; known here: report, source"),
        ("name: {first: A}", "6:21: first is a list of fields and rules, not A"),
        ("seq: each.place", "6:7: unknown column of opportunity: 'seq'"),
        ("name: each.item", "4:3: Opportunity: each.item and each.place exist only in an entry of rows with each"),
    ],
)  # fmt: skip
def test_each_mistake_has_its_sentence(folder: Path, line: str, message: str) -> None:
    found = of_opportunity(folder, line)
    assert len(found) == 1
    assert found[0].startswith(message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "1:1: the file is empty"),
        ("version: 1\nobjects: [", "2:11: not YAML: did not find expected node content (is a bracket"),
        ("\tversion: 1\n", "1:1: not YAML: found character that cannot start any token"),
        ("name: a: b\n", "1:8: not YAML: mapping values are not allowed in this context (a text with ': ' in it"),
        ("just words\n", "1:1: the file must be a mapping that starts with version: 1, not just words"),
        ("- a\n", "1:1: the file must be a mapping that starts with version: 1, not a list"),
        ("objects: {}\n", "1:1: the file must say version: 1"),
        ("version: true\nobjects: {}\n", "1:10: version True is not known"),
        ("version: 1\nobjects: {}\n---\nversion: 1\n", "3:1: a second document starts here"),
        ("version: 1\nobjects: {}\nobjects: {}\n", "3:1: duplicate key 'objects', first used in line 2"),
        ("version: 1\nobjects: &a {}\n", "2:10: anchors and aliases (&a) are not supported here"),
        ("version: 1\nobjects: !!python/object:os.system {}\n", "2:10: tags (tag:yaml.org,2002:python/object:os.syste"),
        ("version: 1\nobjects: {A: {table: team, fields: {name: NO}}}\n", '2:43: NO without quotes is a truth value'),
        ("version: 1\nobjects: {A: {table: team, fields: {name: 12:30}}}\n", '2:43: 12:30 without quotes is a number in'),
        ("version: 1\nobjects: {A: {table: team, fields: {name: {const: 012}}}}\n", '2:51: 012 without quotes is read as'),
        ("version: 1\nobjects: {A: {table: team, fields: {name: {const: 0x1F}}}}\n", '2:51: 0x1F without quotes is read'),
        ("version: 1\nobjects: {A: {table: team, fields: {name: {const: 1_000}}}}\n", '2:51: 1_000 without quotes is'),
        ("version: 1\nobjects: {? [a] : 1}\n", "2:13: a key must be a plain word or number, not a list"),
        ("version: 1\nobjects: {A: {table: team}}\n", "2:11: fields is missing"),
        ("version: 1\nobjects: {A: {fields: {name: B}}}\n", "2:11: table is missing"),
        ("version: 1\nobjects: {A-B: {}}\n", "2:11: 'A-B' is no object name"),
        ("version: 1\nextends: mine\nobjects: {}\n", "2:10: extends can only be default"),
        ("version: 1\nobjects: {A: {table: team, fields: {name: null}}}\n", "2:37: name: null takes an entry"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_mapping_file_says_so(folder: Path, text: str, message: str) -> None:
    (folder / "salesforce.yaml").write_text(text, encoding="utf-8")
    found = complaints(folder, "salesforce")
    assert any(one.startswith(message) for one in found), found


def test_a_quoted_surprise_is_a_plain_text(folder: Path) -> None:
    assert of_opportunity(folder, 'region: {map: {"NO": Norway, "12:30": noon, "012": twelve}, from: Country__c}') == []


def test_bombs_are_refused_at_once(folder: Path) -> None:
    levels = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9))
    (folder / "salesforce.yaml").write_text(f"version: 1\na0: &a0 [x]\n{levels}", encoding="utf-8")
    assert complaints(folder, "salesforce")[0].startswith("2:5: anchors and aliases (&a0) are not supported here")
    (folder / "salesforce.yaml").write_text("version: 1\na: " + "[" * 5000, encoding="utf-8")
    assert "nested more than 20 levels deep" in complaints(folder, "salesforce")[0]
    (folder / "salesforce.yaml").write_text("# " + "x" * 1_000_001, encoding="utf-8")
    assert "the file has over 1,000,000 bytes; is this the right one?" in complaints(folder, "salesforce")[0]


def test_a_file_in_another_encoding_is_told(folder: Path) -> None:
    (folder / "salesforce.yaml").write_bytes("version: 1 # Müller".encode("latin-1"))
    assert complaints(folder, "salesforce") == ["1:1: the file is not UTF-8 text (byte 15); save it as UTF-8"]


def test_a_file_that_nobody_would_read_is_told(folder: Path) -> None:
    for name in ("salesfroce.yaml", "funnel.yml", "README.md", ".hidden.yaml"):
        (folder / name).write_text("version: 1\n", encoding="utf-8")
    assert complaints(folder) == [
        "1:1: rename it to funnel.yaml to have it read",
        "1:1: unknown file 'salesfroce.yaml', did you mean 'salesforce.yaml'?",
    ]


def test_a_folder_that_is_not_there_is_told(folder: Path) -> None:
    assert complaints(folder / "nowhere") == ["there is no such folder ([mappings] path in crossfunnel.toml)"]


def test_rows_of_one_table_need_a_key(folder: Path) -> None:
    entry = "{table: stage_event, fields: {opportunity_id: {ref: opportunity, from: O}}}"
    (folder / "dynamics.yaml").write_text(
        f"version: 1\nobjects:\n  flow:\n    rows:\n      - {entry}\n      - {entry}\n", encoding="utf-8"
    )
    message = "4:5: several entries of rows go to stage_event; each needs a key: FIELD that tells them apart"
    assert complaints(folder) == [message]


def test_the_packaged_files_are_sound() -> None:
    mappings = load(None, "salesforce", "dynamics")
    assert set(mappings.kinds) == {"salesforce", "dynamics"}
    assert [stage.key for stage in mappings.funnel.stages] == ["qualify", "develop", "propose", "close"]
    assert [plan.name for plan in mappings.plans] == ["default"]

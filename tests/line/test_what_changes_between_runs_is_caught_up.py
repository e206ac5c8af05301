"""Between two runs records, permissions, mappings and funnels change; the next run, or read, ends where it should."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from workplace import Workplace

from connector.sandbox import Sandbox

FUNNEL = """\
version: 1
stages:
  - {key: early, name: Early, salesforce: [Prospecting, Qualification, Needs Analysis], dynamics: [0]}
  - {key: middle, name: Middle, salesforce: [Value Proposition, Id. Decision Makers, Perception Analysis], dynamics: [1, 2]}
  - {key: late, name: Late, salesforce: [Proposal/Price Quote, Negotiation/Review], dynamics: [3]}
"""


def deal(place: Workplace, where: str = "status = 'open' AND is_deleted = 0") -> str:
    return str(
        place.rows(f"SELECT source_id FROM opportunity WHERE source = 'acme' AND {where} ORDER BY id LIMIT 1")[0][0]
    )


def test_a_changed_deal_is_found_and_its_earlier_state_kept(place: Workplace, box: Sandbox) -> None:
    place.sync("acme")
    key = deal(place, "currency = 'USD' AND is_deleted = 0")
    box.salesforce.edits.update("Opportunity", key, Amount=98765)
    outcome = place.sync("acme")
    assert outcome.objects()["acme/Opportunity"]["loaded"] == 1
    assert place.rows("SELECT amount_minor FROM opportunity WHERE source_id = ?", key) == [(9876500,)]
    assert place.rows("SELECT count(*) FROM opportunity_version WHERE id = ?", f"acme:{key}") == [(1,)]


@pytest.mark.parametrize("way", ["delete", "hard_delete"])
def test_a_deleted_deal_keeps_its_values_and_leaves_every_measure(place: Workplace, box: Sandbox, way: str) -> None:
    place.sync("acme")
    key = deal(place, "status = 'won' AND is_deleted = 0")
    before = place.rows("SELECT name, amount_minor FROM opportunity WHERE source_id = ?", key)
    getattr(box.salesforce.edits, way)("Opportunity", key)
    assert place.sync("acme").code == 0
    assert place.rows("SELECT is_deleted FROM opportunity WHERE source_id = ?", key) == [(1,)]
    assert place.rows("SELECT name, amount_minor FROM opportunity WHERE source_id = ?", key) == before
    assert place.rows("SELECT count(*) FROM v_opportunity WHERE id = ?", f"acme:{key}") == [(0,)]


def test_a_restored_deal_comes_back(place: Workplace, box: Sandbox) -> None:
    place.sync("acme")
    key = deal(place)
    box.salesforce.edits.delete("Opportunity", key)
    place.sync("acme")
    box.salesforce.edits.undelete("Opportunity", key)
    place.sync("acme")
    assert place.rows("SELECT is_deleted FROM opportunity WHERE source_id = ?", key) == [(0,)]


@pytest.mark.parametrize("moment", ["before the first sync", "before a whole read"])
def test_a_restored_deal_has_its_history_again(
    place: Workplace, box: Sandbox, moment: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    place.sync("acme")
    key = deal(place, "status = 'won' AND is_deleted = 0")
    box.salesforce.edits.delete("Opportunity", key)
    if moment == "before the first sync":
        place.store.unlink()
        place.sync("acme")
    else:
        place.sync("acme", "--full")
    box.salesforce.edits.undelete("Opportunity", key)
    assert place.sync("acme").code == 0
    calm = Workplace(tmp_path_factory.mktemp("calm"))
    calm.configure(place.config.read_text(encoding="utf-8"))
    calm.sync("acme")
    visits = "SELECT * FROM stage_visit WHERE opportunity_id = ? ORDER BY ordinal"
    assert place.rows(visits, f"acme:{key}") == calm.rows(visits, f"acme:{key}") != []
    state = "SELECT stage, source_stage, closed_at FROM opportunity WHERE source_id = ?"
    assert place.rows(state, key) == calm.rows(state, key)


def test_an_expired_change_token_reads_the_table_again_and_finds_what_was_deleted(
    place: Workplace, box: Sandbox
) -> None:
    place.sync("contoso")
    organization = box.dynamics.organization
    gone = organization.keys("opportunity")[0]
    organization.delete("opportunity", gone)
    organization.expire_delta_tokens("opportunity")
    outcome = place.sync("contoso")
    assert outcome.code == 0
    assert outcome.objects()["contoso/opportunity"]["deleted"] == 1
    assert place.rows("SELECT is_deleted FROM opportunity WHERE id = ?", f"contoso:{gone}") == [(1,)]


def test_a_hidden_field_is_null_and_told_and_filled_in_once_it_is_visible(place: Workplace, box: Sandbox) -> None:
    box.salesforce.org.hide("Opportunity", "NextStep")
    assert place.sync("acme").code == 0
    assert place.rows("SELECT count(next_step) FROM opportunity") == [(0,)]
    assert place.rows("SELECT object, field FROM missing_field") == [("Opportunity", "NextStep")]
    box.salesforce.org.reveal("Opportunity", "NextStep")
    assert place.sync("acme").code == 0
    assert place.rows("SELECT count(next_step) FROM opportunity")[0][0] > 0
    assert place.rows("SELECT count(*) FROM missing_field") == [(0,)]


def test_a_new_mapping_entry_fills_every_row_already_read(place: Workplace, box: Sandbox) -> None:
    place.sync("acme")
    place.map(
        salesforce="version: 1\nextends: default\nobjects:\n  Opportunity:\n    fields:\n"
        "      extra.area: Region__c\n      region: Region__c\n"
    )
    assert place.sync("acme").code == 0
    assert place.rows("SELECT count(*) FROM opportunity WHERE region IS NOT json_extract(extra, '$.area')") == [(0,)]
    assert place.rows("SELECT count(region) FROM opportunity")[0][0] > 0


def test_a_changed_funnel_recomputes_without_asking_any_source(place: Workplace, box: Sandbox) -> None:
    place.sync()
    asked = len(box.salesforce.domain.log) + len(box.dynamics.web.log)
    place.map(funnel=FUNNEL)
    rows = place.run("metrics", "funnel", "--format", "json").json["rows"]
    assert [row["stage"] for row in rows] == ["lead", "early", "middle", "late", "won"]
    stages = {stage for (stage,) in place.rows("SELECT DISTINCT stage FROM opportunity WHERE stage IS NOT NULL")}
    assert stages <= {"early", "middle", "late"} and stages
    assert len(box.salesforce.domain.log) + len(box.dynamics.web.log) == asked


def test_a_late_commit_is_found(place: Workplace, box: Sandbox) -> None:
    place.sync("acme")
    key = deal(place)
    transaction = box.salesforce.edits.begin(box.salesforce.org.clock())
    transaction.update("Opportunity", key, NextStep="signed late")
    place.sync("acme")
    transaction.commit()
    place.sync("acme")
    assert place.rows("SELECT next_step FROM opportunity WHERE source_id = ?", key) == [("signed late",)]


def test_secrets_are_in_no_output_and_not_in_the_store(place: Workplace, box: Sandbox) -> None:
    outcome = place.run("-vv", "sync")
    assert outcome.code == 0
    secrets = [value for name, value in box.environment.items() if "SECRET" in name]
    spoken = outcome.out + outcome.err + place.run("status", "--format", "json").out
    stored = b"".join(path.read_bytes() for path in place.folder.glob("crossfunnel.db*"))
    for secret in secrets:
        assert secret not in spoken
        assert secret.encode() not in stored
    assert "Bearer ey" not in spoken and "access_token=" not in spoken


@pytest.mark.parametrize(
    ("column", "odd", "sound"), [("amount_minor", "lots", 100), ("period_start", 20260101, "2026-01-01")]
)
def test_an_odd_value_put_in_by_hand_is_told_by_the_next_run_too(
    place: Workplace, box: Sandbox, column: str, odd: object, sound: object
) -> None:
    assert box is not None
    place.sync("acme")

    def change(statement: str, value: object) -> None:
        with closing(sqlite3.connect(place.store)) as raw, raw:
            raw.execute(statement, (value,))

    change(f"INSERT INTO quota (id, {column}) VALUES ('acme:hand', ?)", odd)
    for words in (("sync", "acme"), ("metrics", "funnel"), ("sync", "acme")):
        outcome = place.run(*words)
        assert outcome.code == 2 and f"quota.{column} of acme:hand holds the text '{odd}'" in outcome.err
    change(f"UPDATE quota SET {column} = ? WHERE id = 'acme:hand'", sound)
    assert place.sync("acme").code == 0
    assert place.run("metrics", "funnel").code == 0

"""A first sync brings the whole business of both orgs into one store; the next one finds nothing to do."""

from __future__ import annotations

import pytest
from workplace import Workplace

from connector.sandbox import Sandbox

QUIET_REQUESTS = 3


def test_every_record_of_both_orgs_arrives(place: Workplace, box: Sandbox) -> None:
    outcome = place.sync()
    assert outcome.code == 0, outcome.err
    assert outcome.json["status"] == "ok"
    for system, source in (("salesforce", "acme"), ("dynamics", "contoso")):
        deals = [deal for deal in box.business.deals if deal.system == system]
        live = place.rows("SELECT count(*) FROM opportunity WHERE source = ? AND is_deleted = 0", source)[0][0]
        assert live == sum(1 for deal in deals if deal.deleted is None)
    assert place.rows("SELECT count(*) FROM reject") == [(0,)]


def test_a_second_run_finds_nothing_and_asks_little(place: Workplace, box: Sandbox) -> None:
    place.sync()
    before = place.content()
    stamps = place.rows("SELECT id, synced_at FROM opportunity ORDER BY id")
    outcome = place.sync()
    assert outcome.code == 0
    for name, line in outcome.objects().items():
        assert (line["loaded"], line["deleted"], line["rejected"]) == (0, 0, 0), name
        assert line["requests"] <= QUIET_REQUESTS, name
    assert place.content() == before
    assert place.rows("SELECT id, synced_at FROM opportunity ORDER BY id") == stamps


def test_reading_all_again_changes_nothing(place: Workplace, box: Sandbox) -> None:
    place.sync()
    before = place.content()
    outcome = place.sync("--full")
    assert outcome.code == 0
    assert {line["loaded"] + line["deleted"] for line in outcome.objects().values()} == {0}
    assert place.content() == before


def test_a_dry_run_stores_nothing(place: Workplace, box: Sandbox) -> None:
    outcome = place.sync("--dry-run")
    assert outcome.code == 0
    assert outcome.objects()["contoso/opportunity"]["loaded"] > 0
    assert not place.store.exists()


@pytest.mark.parametrize("wish", ["opportunity", "Opportunity", "OPPORTUNITY"])
def test_one_object_may_be_named_by_object_or_table_whatever_its_case(
    place: Workplace, box: Sandbox, wish: str
) -> None:
    assert {name.lower() for name in place.sync("--object", wish).objects()} == {
        "acme/opportunity",
        "contoso/opportunity",
    }


def test_status_tells_freshness_counts_and_runs(place: Workplace, box: Sandbox) -> None:
    run_id = place.sync().json["run_id"]
    status = place.run("status", "--format", "json").json
    fresh = {(line["source"], line["object"]) for line in status["freshness"] if line["fresh_at"]}
    assert {("acme", "Opportunity"), ("contoso", "opportunity")} <= fresh
    assert status["runs"][0]["run_id"] == run_id
    assert "opportunity" in place.run("status").out


def test_people_and_teams_are_one_over_both(place: Workplace, box: Sandbox) -> None:
    place.sync()
    shared = place.rows(
        "SELECT person_id, count(DISTINCT source) FROM crm_user WHERE person_id IS NOT NULL GROUP BY 1 HAVING count(DISTINCT source) = 2"
    )
    assert shared
    rows = place.run("metrics", "quota", "--period", "2026", "--format", "json").json["rows"]
    person = shared[0][0]
    quotas = place.rows(
        "SELECT count(DISTINCT source) FROM quota WHERE person_id = ? AND period_start >= '2026-01-01'", person
    )
    assert quotas == [(2,)]
    assert [row for row in rows if row["person_id"] == person]

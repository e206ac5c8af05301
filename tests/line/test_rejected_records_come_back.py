"""`rejects` tells what could not be mapped; `rejects --retry` loads it once the mapping is mended, as a sync would have."""

from __future__ import annotations

import csv
import hashlib
import hmac
import io
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from workplace import Outcome, Workplace

from connector.sandbox import Sandbox
from connector.store import StoreLock
from connector.transport import Transport

HEAD = "version: 1\nextends: default\nobjects:\n"
Calm = Callable[..., Workplace]


def mapped(place: Workplace, *lines: str, kind: str = "salesforce", name: str = "Opportunity") -> None:
    """The packaged mapping with some entries of one object replaced."""
    place.map(**{kind: HEAD + f"  {name}:\n    fields:\n" + "".join(f"      {line}\n" for line in lines)})


def told(place: Workplace) -> list[dict[str, object]]:
    return place.run("rejects", "--format", "json").json


def spoilt(place: Workplace) -> int:
    """All deals of acme rejected by a rule whose fields are all that the right one reads; how many."""
    mapped(place, "amount_minor: {money: StageName, currency: CurrencyIsoCode}", "extra.amount: Amount")
    outcome = place.sync("acme", "--object", "Opportunity")
    assert outcome.code == 5
    return int(outcome.objects()["acme/Opportunity"]["rejected"])


RIGHT = ("amount_minor: {money: Amount, currency: CurrencyIsoCode}", "extra.amount: Amount")


@pytest.fixture
def calm(place: Workplace, tmp_path_factory: pytest.TempPathFactory) -> Calm:
    """Another place where the same mapping was right from the beginning."""

    def make(*arguments: str) -> Workplace:
        other = Workplace(tmp_path_factory.mktemp("calm"))
        other.configure(
            place.config.read_text(encoding="utf-8").replace('path = "mappings"', f'path = "{place.folder}/mappings"')
        )
        assert other.sync(*arguments).code == 0
        return other

    return make


@pytest.fixture
def nobody() -> Iterator[str]:
    """An origin where nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        yield f"https://localhost:{free.getsockname()[1]}"


def test_each_record_is_told_with_its_rule_in_every_format(place: Workplace, box: Sandbox) -> None:
    rejected = spoilt(place)
    columns = ["source", "object", "source_id", "rule", "message", "run_id", "retried_at"]
    as_json = told(place)
    assert [list(each) for each in as_json] == [[*columns, "fields"]] * rejected
    assert {(each["source"], each["object"], each["rule"]) for each in as_json} == {
        ("acme", "Opportunity", "amount_minor")
    }
    lines = list(csv.reader(io.StringIO(place.run("rejects", "--format", "csv").out)))
    assert (lines[0], len(lines)) == (columns, rejected + 1)
    table = place.run("rejects").out
    assert f"{rejected} rejected; mend the mapping" in table and "is no number" in table


def test_only_fields_that_the_mapping_asked_for_are_kept(place: Workplace, box: Sandbox) -> None:
    place.map(salesforce="version: 1\nobjects:\n  Lead: {table: lead, fields: {name: Name, created_at: Status}}\n")
    assert place.sync("acme").code == 5
    kept = {frozenset(each["fields"]) for each in told(place)}  # type: ignore[call-overload]
    assert kept == {frozenset({"Id", "Name", "Status", "SystemModstamp", "IsDeleted"})}


def test_after_a_mended_mapping_all_is_as_if_it_had_always_been_right(
    place: Workplace, box: Sandbox, calm: Calm
) -> None:
    rejected = spoilt(place)
    mapped(place, *RIGHT)
    outcome = place.run("rejects", "--retry")
    assert (outcome.code, outcome.out.strip()) == (0, "no rejected records")
    assert f"{rejected} loaded, 0 still rejected" in outcome.err
    assert place.content() == calm("acme", "--object", "Opportunity").content()
    # the next run reads the object again, since its rules changed, and finds everything there
    assert place.sync("acme", "--object", "Opportunity").objects()["acme/Opportunity"]["loaded"] == 0


def test_what_was_kept_is_enough_without_reading_the_records_again(place: Workplace, box: Sandbox) -> None:
    spoilt(place)
    mapped(place, *RIGHT)
    asked: list[str] = []
    box.salesforce.domain.interceptor = lambda request: asked.append(request.path)
    assert place.run("rejects", "--retry").code == 0
    assert not [path for path in asked if "query" in path]


def test_a_field_that_was_not_kept_is_read_from_the_source(place: Workplace, box: Sandbox, calm: Calm) -> None:
    mapped(place, "amount_minor: {money: NextStep, currency: CurrencyIsoCode}")
    assert place.sync("acme", "--object", "Opportunity").code == 5
    rejected = {f"acme:{each['source_id']}" for each in told(place)}
    mapped(place, "amount_minor: {money: ExpectedRevenue, currency: CurrencyIsoCode}")
    outcome = place.run("rejects", "--retry")
    assert (outcome.code, told(place)) == (0, [])
    truth = calm("acme", "--object", "Opportunity")
    amounts = "SELECT id, amount_minor, base_minor, is_deleted FROM opportunity ORDER BY id"
    again = [row for row in place.rows(amounts) if row[0] in rejected]
    assert again == [row for row in truth.rows(amounts) if row[0] in rejected]
    assert any(row[1] for row in again)


def test_a_record_that_cannot_be_read_again_stays_rejected(place: Workplace, box: Sandbox) -> None:
    mapped(place, "amount_minor: {money: NextStep, currency: CurrencyIsoCode}")
    place.sync("acme", "--object", "Opportunity")
    gone = str(told(place)[0]["source_id"])
    box.salesforce.edits.hard_delete("Opportunity", gone)
    mapped(place, "amount_minor: {money: ExpectedRevenue, currency: CurrencyIsoCode}")
    assert place.run("rejects", "--retry").code == 5
    (left,) = told(place)
    assert left["source_id"] == gone and left["retried_at"]
    # the next run learns of the deletion
    assert place.sync("acme", "--object", "Opportunity").code == 0
    assert told(place) == []


def test_a_deal_that_went_bad_and_was_mended_keeps_its_earlier_state(place: Workplace, box: Sandbox) -> None:
    mapped(place, *RIGHT)
    place.sync("acme")
    key, before = place.rows(
        "SELECT source_id, amount_minor FROM opportunity WHERE status = 'open' AND is_deleted = 0 AND currency = 'USD' LIMIT 1"
    )[0]
    box.salesforce.edits.update("Opportunity", key, Amount=98765, StageName="Negotiation/Review")
    spoilt(place)
    assert place.rows("SELECT amount_minor FROM opportunity WHERE source_id = ?", key) == [(before,)]
    mapped(place, *RIGHT)
    assert place.run("rejects", "--retry").code == 0
    now = "SELECT amount_minor, base_minor, source_stage, stage FROM opportunity WHERE source_id = ?"
    assert place.rows(now, key) == [(9876500, 9876500, "Negotiation/Review", "close")]
    assert place.rows("SELECT amount_minor FROM opportunity_version WHERE id = ?", f"acme:{key}") == [(before,)]
    assert place.sync("acme").code == 0
    assert place.rows(now, key) == [(9876500, 9876500, "Negotiation/Review", "close")]


def test_a_record_that_is_read_again_in_the_meantime_is_rejected_no_longer(place: Workplace, box: Sandbox) -> None:
    spoilt(place)
    mapped(place, *RIGHT)
    assert place.sync("acme", "--object", "Opportunity").code == 0
    assert told(place) == []
    outcome = place.run("rejects", "--retry")
    assert outcome.code == 0 and "0 loaded, 0 still rejected" in outcome.err


@pytest.mark.parametrize("way", ["hard_delete", "delete"])
@pytest.mark.parametrize("read", [(), ("--full",)])
def test_a_record_that_is_deleted_at_the_source_does_not_come_to_life(
    place: Workplace, box: Sandbox, way: str, read: tuple[str, ...]
) -> None:
    spoilt(place)
    gone = str(next(each for each in told(place) if not each["fields"]["IsDeleted"])["source_id"])  # type: ignore[index]
    getattr(box.salesforce.edits, way)("Opportunity", gone)
    place.sync("acme", "--object", "Opportunity", *read)
    mapped(place, *RIGHT)
    assert place.run("rejects", "--retry").code == 0
    assert place.rows("SELECT count(*) FROM opportunity WHERE source_id = ? AND is_deleted = 0", gone) == [(0,)]


def test_a_whole_read_forgets_the_rejects_that_it_does_not_meet(place: Workplace, box: Sandbox) -> None:
    mapped(place, "name: name", "created_at: name", kind="dynamics", name="opportunity")
    assert place.sync("contoso", "--object", "opportunity").code == 5
    gone = str(told(place)[0]["source_id"])
    organization = box.dynamics.organization
    organization.delete("opportunity", gone)
    organization.expire_delta_tokens("opportunity")
    assert place.sync("contoso", "--object", "opportunity").code == 5
    left = [each["source_id"] for each in told(place)]
    assert left and gone not in left


def test_a_mapping_that_is_still_wrong_is_told_anew(place: Workplace, box: Sandbox) -> None:
    rejected = spoilt(place)
    run_ids = {each["run_id"] for each in told(place)}
    mapped(place, *RIGHT, "created_at: StageName")
    outcome = place.run("rejects", "--retry")
    assert outcome.code == 5
    assert f"0 loaded, {rejected} still rejected" in outcome.err
    found = told(place)
    assert {each["rule"] for each in found} == {"created_at"} and all(each["retried_at"] for each in found)
    assert {each["run_id"] for each in found} == run_ids
    mapped(place, *RIGHT)
    assert place.run("rejects", "--retry").code == 0


def test_a_record_that_keep_leaves_out_now_is_rejected_no_longer_and_gone(place: Workplace, box: Sandbox) -> None:
    mapped(place, *RIGHT)
    place.sync("acme", "--object", "Opportunity")
    rejected = spoilt(place)
    place.map(
        salesforce=HEAD
        + "  Opportunity:\n    keep: {StageName: [Prospecting]}\n    fields:\n      extra.amount: Amount\n"
    )
    outcome = place.run("rejects", "--retry")
    assert outcome.code == 0
    kept = place.rows("SELECT count(*) FROM opportunity WHERE is_deleted = 0")[0][0]
    assert 0 < kept < rejected
    left_out = place.rows("SELECT count(*) FROM opportunity WHERE crm_stage <> 'Prospecting' AND is_deleted = 0")
    assert left_out == [(0,)]
    assert "left out by keep, 0 still rejected" in outcome.err


def test_what_nothing_asks_for_any_more_stays_and_is_told(place: Workplace, box: Sandbox) -> None:
    rejected = spoilt(place)
    place.map(salesforce=HEAD + "  Opportunity: null\n")
    outcome = place.run("rejects", "--retry")
    assert outcome.code == 5
    assert f"acme: Opportunity is mapped no longer: {rejected} records stay rejected" in outcome.err
    place.configure(box.config_text().replace("[sources.acme]", "[sources.other]"))
    outcome = place.run("rejects", "--retry")
    assert outcome.code == 5
    assert f"source acme is configured no longer: {rejected} records stay rejected" in outcome.err
    assert len(told(place)) == rejected


def test_a_wrong_mapping_file_is_told_before_anything_is_tried(place: Workplace, box: Sandbox) -> None:
    rejected = spoilt(place)
    mapped(place, "amont_minor: Amount")
    outcome = place.run("rejects", "--retry")
    assert outcome.code == 2 and "did you mean 'amount_minor'" in outcome.err
    assert [each["retried_at"] for each in told(place)] == [None] * rejected


def test_a_store_that_a_sync_holds_is_7_for_a_retry_and_no_matter_for_the_list(place: Workplace, box: Sandbox) -> None:
    rejected = spoilt(place)
    with StoreLock(place.store):
        assert place.run("rejects", "--retry").code == 7
        assert len(told(place)) == rejected


def both_spoilt(place: Workplace) -> int:
    spoilt(place)
    mapped(place, "created_at: name", kind="dynamics", name="opportunity")
    assert place.sync("contoso", "--object", "opportunity").code == 5
    return len(told(place))


def both_mended(place: Workplace) -> Outcome:
    mapped(place, *RIGHT)
    mapped(place, "created_at: createdon", kind="dynamics", name="opportunity")
    return place.run("rejects", "--retry")


def test_without_a_network_nothing_is_lost_and_the_other_source_is_tried(
    place: Workplace, box: Sandbox, nobody: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(Transport.__init__.__kwdefaults__, "first_contact", 1.0)
    before = both_spoilt(place)
    whole = place.config.read_text(encoding="utf-8")
    place.configure(whole.replace(box.salesforce.instance_url, nobody).replace(box.dynamics.authority_url, nobody))
    outcome = both_mended(place)
    assert outcome.code == 4
    assert outcome.err.count("gave no usable answer") == 2
    assert [each["retried_at"] for each in told(place)] == [None] * before
    place.configure(whole.replace(box.salesforce.instance_url, nobody))
    outcome = place.run("rejects", "--retry")
    assert outcome.code == 5 and "error [unavailable]" in outcome.err
    assert {each["source"] for each in told(place)} == {"acme"}


def test_a_secret_that_one_source_lacks_does_not_stop_the_other(
    place: Workplace, box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    both_spoilt(place)
    monkeypatch.delenv("SALESFORCE_CLIENT_SECRET")
    outcome = both_mended(place)
    assert outcome.code == 5
    assert "environment variable SALESFORCE_CLIENT_SECRET (not set)" in outcome.err
    assert {each["source"] for each in told(place)} == {"acme"}


PRIVATE = "version: 1\nobjects:\n  Lead: {table: activity, fields: {subject_hash: {hash: Company}, occurred_at: %s, extra.x: CreatedDate}}\n"


def hashed(place: Workplace, text: str) -> str:
    key = (place.folder / "crossfunnel.db.key").read_bytes()
    return hmac.new(key, text.strip().casefold().encode(), hashlib.sha256).hexdigest()


def test_a_private_text_is_kept_as_its_hash_and_comes_back_as_that(place: Workplace, box: Sandbox) -> None:
    place.map(salesforce=PRIVATE % "Status")
    assert place.sync("acme").code == 5
    companies = {row["Id"]: row["Company"] for row in box.salesforce.edits.rows("Lead")}
    for each in told(place):
        assert each["fields"]["Company"] == {"hash": hashed(place, companies[each["source_id"]])}  # type: ignore[index]
    stored = place.store.read_bytes()
    assert not [company for company in companies.values() if company.encode() in stored]
    place.map(salesforce=PRIVATE % "CreatedDate")
    assert place.run("rejects", "--retry").code == 0
    found = dict(place.rows("SELECT source_id, subject_hash FROM activity"))
    assert found == {key: hashed(place, company) for key, company in companies.items()}


def test_a_text_that_was_kept_as_a_hash_is_read_again_where_it_is_wanted_in_plain(
    place: Workplace, box: Sandbox
) -> None:
    place.map(salesforce=PRIVATE % "Status")
    place.sync("acme")
    place.map(
        salesforce="version: 1\nobjects:\n  Lead: {table: lead, fields: {company: Company, extra.x: CreatedDate}}\n"
    )
    assert place.run("rejects", "--retry").code == 0
    companies = {row["Id"]: row["Company"] for row in box.salesforce.edits.rows("Lead")}
    assert dict(place.rows("SELECT source_id, company FROM lead")) == companies


@pytest.mark.parametrize("command", [("rejects", "--retry"), ("sync", "acme")])
def test_a_lost_or_exchanged_hash_key_is_told_instead_of_hashing_anew(
    place: Workplace, box: Sandbox, command: tuple[str, ...]
) -> None:
    place.map(salesforce=PRIVATE % "Status")
    place.sync("acme")
    key = place.folder / "crossfunnel.db.key"
    right = key.read_bytes()
    key.unlink()
    lost = place.run(*command)
    assert lost.code == 2
    assert f"The hash key {key} is gone" in lost.err and "backup" in lost.err
    assert not key.exists()
    key.write_bytes(bytes(32))
    assert "is not the key that the texts in the store were hashed with" in place.run(*command).err
    key.write_bytes(b"short")
    assert "is no hash key: it must hold 32 bytes" in place.run(*command).err
    key.write_bytes(right)
    place.map(salesforce=PRIVATE % "CreatedDate")
    assert place.run(*command).code == 0


def test_a_store_without_rejects_asks_no_source(place: Workplace, box: Sandbox, tmp_path: Path) -> None:
    place.sync("acme", "--object", "Lead")
    asked = len(box.salesforce.domain.log)
    assert place.run("rejects", "--retry").code == 0
    assert len(box.salesforce.domain.log) == asked

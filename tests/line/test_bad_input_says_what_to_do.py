"""Whatever is wrong, the answer is one clear sentence with its place, the right exit code, and nothing lost."""

from __future__ import annotations

import json
import socket

import pytest
from workplace import Workplace

from connector.sandbox import Sandbox
from connector.sandbox.exchange import App, Request, json_answer
from connector.sandbox.server import Wire
from connector.transport import Transport

FUNNEL = "version: 1\nstages:\n" + "".join(
    f"  - {{key: s{number}, name: S{number}, salesforce: [A{number}]}}\n" for number in range(8)
)


def test_a_wrong_key_names_the_nearest(place: Workplace, box: Sandbox) -> None:
    place.configure(box.config_text().replace("tenant_id", "tennant_id"))
    outcome = place.run("sync")
    assert outcome.code == 2
    assert "sources.contoso.tennant_id: unknown key, did you mean 'tenant_id'?" in outcome.err


def test_a_missing_secret_lists_where_it_was_looked_for(
    place: Workplace, box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DYNAMICS_CLIENT_SECRET")
    outcome = place.run("sync")
    assert outcome.code == 2
    assert "environment variable DYNAMICS_CLIENT_SECRET (not set)" in outcome.err
    assert not place.store.exists()


@pytest.mark.parametrize(
    ("yaml", "place_and_words"),
    [
        ("      nmae: Name\n", ("salesforce.yaml:6:7", "nmae", "did you mean")),
        ("      name: {upcase: Name}\n", ("salesforce.yaml:6:", "upcase")),
    ],
)
def test_an_unknown_column_or_op_is_told_with_its_place(
    place: Workplace, box: Sandbox, yaml: str, place_and_words: tuple[str, ...]
) -> None:
    place.map(salesforce=f"version: 1\nextends: default\nobjects:\n  Opportunity:\n    fields:\n{yaml}")
    outcome = place.run("sync")
    assert outcome.code == 2
    for part in place_and_words:
        assert part in outcome.err


@pytest.mark.parametrize("stages", [2, 8])
def test_a_funnel_of_two_or_eight_stages_is_refused(place: Workplace, box: Sandbox, stages: int) -> None:
    place.map(funnel="\n".join(FUNNEL.splitlines()[: 2 + stages]) + "\n")
    outcome = place.run("sync")
    assert outcome.code == 2
    assert "funnel.yaml" in outcome.err
    assert "3 to 7" in outcome.err


@pytest.mark.parametrize(
    ("variable", "source"), [("SALESFORCE_CLIENT_SECRET", "acme"), ("DYNAMICS_CLIENT_SECRET", "contoso")]
)
def test_a_wrong_password_is_code_3_and_is_not_repeated(
    place: Workplace, box: Sandbox, monkeypatch: pytest.MonkeyPatch, variable: str, source: str
) -> None:
    monkeypatch.setenv(variable, "not-the-secret-at-all")
    outcome = place.sync(source)
    assert outcome.code == 3
    (line,) = outcome.json["sources"]
    assert line["error"]["code"] == "sign_in"
    assert "not-the-secret-at-all" not in outcome.out + outcome.err


def test_one_wrong_password_does_not_stop_the_other_source(
    place: Workplace, box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SALESFORCE_CLIENT_SECRET", "wrong")
    outcome = place.sync()
    assert outcome.code == 5
    assert outcome.objects()["contoso/opportunity"]["status"] == "ok"
    assert outcome.objects()["acme/Opportunity"]["status"] == "not read"
    told = {
        (line["source"], line["object"]): line for line in place.run("status", "--format", "json").json["freshness"]
    }
    assert told["contoso", "opportunity"]["last_status"] == "ok"
    assert told["acme", "Opportunity"]["last_status"] == "not read"
    assert "invalid_client" in told["acme", "Opportunity"]["last_message"]


def test_what_was_never_or_not_lately_read_is_told(place: Workplace, box: Sandbox) -> None:
    place.sync("acme")
    assert "never synced" in next(line for line in place.run("status").out.splitlines() if line.startswith("contoso"))
    told = place.run("metrics", "satisfaction", "--as-of", "2099-01-01").out
    assert "The table satisfaction of the store is empty" in told
    assert "nothing is known of what happened since" in told
    assert "nothing is known" not in place.run("metrics", "win_rate").out


def test_an_unreachable_host_is_code_4(place: Workplace, box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(Transport.__init__.__kwdefaults__, "first_contact", 2.0)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"https://localhost:{free.getsockname()[1]}"
    place.configure(box.config_text().replace(box.salesforce.instance_url, nobody))
    outcome = place.sync("acme")
    assert outcome.code == 4
    assert outcome.json["sources"][0]["error"]["code"] == "unavailable"
    assert nobody.removeprefix("https://") in outcome.out


def test_an_unclaimed_open_stage_is_loaded_counted_and_reported(place: Workplace, box: Sandbox) -> None:
    deal = _open_deal(place)
    box.salesforce.edits.update("Opportunity", deal, StageName="Legal Review")
    outcome = place.sync()
    assert outcome.code == 0
    assert outcome.json["drift"] == 1
    assert place.rows("SELECT stage, status FROM opportunity WHERE source_id = ?", deal) == [(None, "open")]
    assert "Legal Review" in place.run("status").out
    place.configure(box.config_text() + '\n[sync]\non_drift = "fail"\n')
    assert place.sync().code == 6


def test_an_amount_that_is_no_number_is_a_reject_and_comes_back_once_mended(place: Workplace, box: Sandbox) -> None:
    place.map(salesforce=_wrong_amount("NextStep"))
    outcome = place.sync("acme", "--object", "Opportunity")
    assert outcome.code == 5
    line = outcome.objects()["acme/Opportunity"]
    assert line["rejected"] > 0
    told = place.run("rejects", "--format", "json").json
    assert len(told) == line["rejected"]
    assert {each["rule"] for each in told} == {"amount_minor"}
    place.map(salesforce=_wrong_amount("ExpectedRevenue"))
    assert place.run("rejects", "--retry").code == 0
    assert place.run("rejects", "--format", "json").json == []


def test_a_lookup_to_a_record_that_never_came_is_kept_and_counted(place: Workplace, box: Sandbox) -> None:
    assert place.sync("acme", "--object", "Opportunity").code == 0
    status = place.run("status", "--format", "json").json
    dangling = {(line["table"], line["column"]): line["count"] for line in status["dangling"]}
    assert dangling["opportunity", "account_id"] > 0
    assert place.rows("SELECT count(*) FROM opportunity WHERE account_id IS NOT NULL")[0][0] > 0


def test_a_measure_over_a_store_never_synced_says_so(place: Workplace, box: Sandbox) -> None:
    outcome = place.run("metrics", "funnel")
    assert outcome.code == 2
    assert "crossfunnel sync" in outcome.err


def _open_deal(place: Workplace) -> str:
    place.sync("acme")
    return str(place.rows("SELECT source_id FROM opportunity WHERE source = 'acme' AND status = 'open' LIMIT 1")[0][0])


def _wrong_amount(field: str) -> str:
    return (
        "version: 1\nextends: default\nobjects:\n  Opportunity:\n    fields:\n"
        f"      amount_minor: {{money: {field}, currency: CurrencyIsoCode}}\n"
    )


def test_a_deleted_deal_that_was_rejected_stays_deleted_when_it_is_mapped_again(place: Workplace, box: Sandbox) -> None:
    place.sync("acme", "--object", "Opportunity")
    truth = place.rows("SELECT id, is_deleted FROM opportunity ORDER BY id")
    assert sum(deleted for _, deleted in truth) > 0
    place.store.unlink()
    place.map(salesforce=_wrong_amount("NextStep"))
    place.sync("acme", "--object", "Opportunity")
    place.map(salesforce=_wrong_amount("Amount"))
    place.run("rejects", "--retry")
    assert place.rows("SELECT id, is_deleted FROM opportunity ORDER BY id") == truth


def test_the_sandbox_overwrites_nothing_of_the_users(place: Workplace) -> None:
    place.configure("# mine\n")
    outcome = place.run("sandbox", "--folder", str(place.folder), "--deals", "1")
    assert outcome.code == 2
    assert "is not the sandbox's" in outcome.err
    assert place.config.read_text(encoding="utf-8") == "# mine\n"


def test_an_org_of_an_unread_kind_is_told_at_once(place: Workplace, box: Sandbox) -> None:
    place.configure(box.config_text() + '\n[sources.office]\nkind = "office365"\ntenant_id = "t"\n')
    outcome = place.run("sync")
    assert outcome.code == 2
    assert "does not read sources of kind 'office365'" in outcome.err
    assert place.sync("acme", "contoso").code == 0


def test_a_check_of_nothing_says_so(place: Workplace) -> None:
    place.configure("")
    outcome = place.run("check")
    assert outcome.code == 2
    assert "configures no source" in outcome.out


def test_a_row_without_an_id_is_a_reject_and_nothing_is_taken_for_gone(place: Workplace, box: Sandbox) -> None:
    place.sync("acme", "--object", "Lead")
    live = place.rows("SELECT count(*) FROM lead WHERE is_deleted = 0")

    def without_an_id(request: Request, app: App, wire: Wire) -> None:
        answer = app(request)
        body = json.loads(bytes(answer.body))
        body["records"][0]["Id"] = None
        wire.send(json_answer(body))

    box.salesforce.domain.interceptor = lambda request: without_an_id if "/query" in request.path else None
    outcome = place.sync("acme", "--object", "Lead", "--full")
    assert outcome.code == 5
    assert outcome.objects()["acme/Lead"]["rejected"] == 1
    assert place.rows("SELECT count(*) FROM lead WHERE is_deleted = 0") == live
    assert "the record has no id" in place.run("rejects").out
    box.salesforce.domain.interceptor = None
    assert place.sync("acme", "--object", "Lead", "--full").code == 0
    assert place.rows("SELECT count(*) FROM reject") == [(0,)]


def test_what_was_missed_of_an_object_is_forgotten_with_its_mapping(place: Workplace, box: Sandbox) -> None:
    extra = "  Nope__c: {table: account, fields: {name: Name}}\n"
    place.map(salesforce=f"version: 1\nextends: default\nobjects:\n{extra}")
    outcome = place.run("sync", "acme")
    assert (outcome.code, "mapped fields that the org lacks or hides: 1;" in outcome.out) == (0, True)
    assert place.rows("SELECT object, field FROM missing_field") == [("Nope__c", "*")]
    place.map(salesforce="version: 1\nextends: default\nobjects: {}\n")
    outcome = place.run("sync", "acme", "--quiet")
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    assert place.rows("SELECT count(*) FROM missing_field") == [(0,)]


@pytest.mark.parametrize(
    "command",
    [
        ("check",),
        ("sync",),
        ("status",),
        ("rejects",),
        ("rejects", "--retry"),
        ("metrics", "funnel"),
        ("explain", "funnel"),
    ],
)
def test_every_command_refuses_a_wrong_configuration_alike(place: Workplace, command: tuple[str, ...]) -> None:
    for text, words in (
        ("[report]\nbase_currency = \n", "crossfunnel.toml:2:17: not valid TOML"),
        (
            '[sources.acme]\nkind = "dynamics"\nurl = "https://user:hush-hush@x.test"\n',
            "must hold no user name or password",
        ),
        ('[sources.acme]\nkind = "salesforce"\nclient_secret = "${A:-${B}}"\n', "begins a reference"),
        ("a." * 20_000 + "a = 1\n", "nested more than 30 levels deep"),
    ):
        place.configure(text)
        outcome = place.run(*command)
        assert outcome.code == 2
        assert words in outcome.out + outcome.err
        assert "hush-hush" not in outcome.out + outcome.err
        assert not place.store.exists()
    place.config.unlink()
    place.config.symlink_to("/dev/zero")
    outcome = place.run(*command)
    assert outcome.code == 2
    assert "is a device, not a file" in outcome.out + outcome.err


@pytest.mark.parametrize("name", ["salesforce", "funnel", "people", "quota", "match"])
def test_a_mapping_file_that_attacks_is_refused_before_anything_is_asked(
    place: Workplace, box: Sandbox, name: str
) -> None:
    place.map(**{name: "version: 1\na: &a [x]\nb: [" + "*a," * 1000 + "]\n"})
    for command in (("sync", "acme"), ("check", "acme")):
        outcome = place.run(*command)
        assert outcome.code == 2
        assert f"{name}.yaml:2:4: anchors and aliases (&a) are not supported here" in outcome.out + outcome.err
    assert not place.store.exists()


def test_a_certificate_that_is_none_ends_the_run_with_2_and_the_run_is_over(place: Workplace, box: Sandbox) -> None:
    broken = place.write("ca.pem", "-----BEGIN CERTIFICATE-----\nnot base64 at all!\n-----END CERTIFICATE-----\n")
    place.configure(box.config_text(ca_bundle=broken.as_posix()))
    for command in ("check", "sync"):
        outcome = place.run(command, "acme")
        assert outcome.code == 2
        assert f"ca_bundle = {broken}: no certificate authority could be read from it" in outcome.out + outcome.err
    assert place.rows("SELECT status, exit_code FROM sync_run") == [("failed", 2)]


def test_the_password_of_a_proxy_is_in_no_output(
    place: Workplace, box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(Transport.__init__.__kwdefaults__, "first_contact", 0.5)
    place.configure(
        box.config_text().replace("[sources.acme]", '[sources.acme]\nproxy = "http://user:s3cr3t%20pass@127.0.0.1:9"')
    )
    for command in ("check", "sync"):
        outcome = place.run("-vv", command, "acme")
        assert outcome.code == 4
        assert "the proxy gave no connection" in outcome.out + outcome.err
        for spelling in ("s3cr3t%20pass", "s3cr3t pass"):
            assert spelling not in outcome.out + outcome.err


def test_a_measure_says_that_the_last_sync_could_not_read_everything(place: Workplace, box: Sandbox) -> None:
    assert place.sync("acme").code == 0
    asked = ("metrics", "funnel", "--format", "json")
    assert not any("last sync" in note for note in place.run(*asked).json["notes"])
    with (
        box.salesforce.domain.fault("job-failed", times="always"),
        box.salesforce.domain.fault("status", status=403, path="/query", times="always"),
    ):
        assert place.sync("acme", "--full").code != 0
    assert any("The last sync ended as" in note for note in place.run(*asked).json["notes"])

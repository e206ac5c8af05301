"""Whatever a Salesforce org or its user lacks, `check` tells in one line with its mend, and ends with the right code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from checking import Case, Lack, clock_ahead, held_to
from workplace import Workplace

from connector import sandbox
from connector.sandbox import Sandbox
from connector.sandbox.salesforce.picklists import StageSetting
from connector.transport import Transport

SECRET = "not-the-secret-at-all"


@pytest.fixture(scope="module")
def org() -> Iterator[Sandbox]:
    with sandbox.start(systems=("salesforce",), deals=4) as running:
        yield running
        assert running.salesforce.domain.failures == []


@pytest.fixture
def case(place: Workplace, org: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Case:
    for name, value in org.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setitem(Transport.__init__.__kwdefaults__, "first_contact", 0.5)
    case = Case(place, org, monkeypatch)
    case.configure()
    return case


# --- ways to lack something ---


def env(name: str, value: str) -> Lack:
    return lambda case: case.monkeypatch.setenv(name, value)


def config(*changes: tuple[str, str], more: str = "") -> Lack:
    return lambda case: case.configure(*changes, more=more)


def mapping(entry: str) -> Lack:
    return lambda case: case.map("salesforce", entry)


def hidden(name: str, field: str | None = None) -> Lack:
    @contextmanager
    def lack(case: Case) -> Iterator[None]:
        case.box.salesforce.org.hide(name, field)
        try:
            yield
        finally:
            case.box.salesforce.org.reveal(name, field)

    return lack


def revoked(*names: str) -> Lack:
    @contextmanager
    def lack(case: Case) -> Iterator[None]:
        for name in names:
            case.box.salesforce.org.permissions.revoke(name)
        try:
            yield
        finally:
            for name in names:
                case.box.salesforce.org.permissions.grant(name)

    return lack


def without_api(case: Case) -> None:
    case.monkeypatch.setattr(case.box.salesforce.org, "api_enabled", False)


def calls(most: int) -> Lack:
    return lambda case: case.monkeypatch.setattr(case.box.salesforce.org.usage, "most", most)


def ahead(**by: float) -> Lack:
    return lambda case: clock_ahead([case.box.salesforce.domain], timedelta(**by))


@contextmanager
def jwt_of_a_wrong_clock(case: Case) -> Iterator[None]:
    """The org's clock is an hour ahead: an assertion of three minutes has expired when it comes."""
    server, key = case.box.salesforce, case.place.write("key.pem", "")
    key.write_bytes(server.app.private_key_pem())
    case.configure(
        ('"client_credentials"', '"jwt"'), more=f'username = "{server.app.username}"\nprivate_key_file = "key.pem"'
    )
    case.monkeypatch.setattr(server.org, "clock", lambda: datetime.now(UTC) + timedelta(hours=1))
    with clock_ahead([server.domain], timedelta(hours=1)):
        yield


@contextmanager
def new_stage(case: Case) -> Iterator[None]:
    org = case.box.salesforce.org
    stages, values = list(org.stages), org.picklists["stage"]
    case.box.salesforce.edits.add_stage(StageSetting("Legal Review", 50, "Pipeline"))
    try:
        yield
    finally:
        org.stages[:], org.picklists["stage"] = stages, values
        with org.records.writing() as connection:
            connection.execute('DELETE FROM "OpportunityStage" WHERE "ApiName" = ?', ("Legal Review",))


def no_such_file(case: Case) -> None:
    case.configure((case.box.ca_file.as_posix(), "nowhere.pem"))


def no_pem(case: Case) -> None:
    case.place.write("ca.pem", "no certificate\n")
    case.configure((case.box.ca_file.as_posix(), "ca.pem"))


def not_trusted(case: Case) -> None:
    case.configure((f'ca_bundle = "{case.box.ca_file.as_posix()}"', ""))


def no_store(case: Case) -> None:
    case.place.write("crossfunnel.db", "no database, but a text that is long enough to be looked at\n" * 20)


def nobody_there(case: Case) -> None:
    url = case.box.salesforce.instance_url
    case.configure((url, "https://localhost:9"))


NO_STAGE = "  Opportunity:\n    fields:\n      "
LACKS: dict[str, tuple[Lack, int, list[tuple[str, str]]]] = {
    "wrong secret": (env("SALESFORCE_CLIENT_SECRET", SECRET), 3, [("refused the client_credentials sign-in (invalid_client", "check client_id and client_secret")]),
    "wrong app": (env("SALESFORCE_CLIENT_ID", "3MVG9unknown"), 3, [("invalid_client_id", "the org does not know this connected app")]),
    "expired session": (config(('"client_credentials"', '"session"'), more=f'session_id = "{SECRET}"'), 3, [("API access: acme: the session_id is expired or was never valid", "bring a fresh session id")]),
    "client credentials at the login host": (
        lambda case: case.place.configure('[sources.acme]\nkind = "salesforce"\nlogin_url = "https://login.salesforce.com"\nclient_id = "a"\nclient_secret = "b-b-b"\n'),
        2, [("client_credentials need the org's own address", 'set domain = "yourorg.my"')],
    ),
    "a secret that is not set": (lambda case: case.monkeypatch.delenv("SALESFORCE_CLIENT_SECRET"), 2, [("environment variable SALESFORCE_CLIENT_SECRET (not set)", "set what is missing")]),
    "nobody at the address": (nobody_there, 4, [("the connection was refused", "check the address, the network and proxy")]),
    "an authority that is not trusted": (not_trusted, 4, [("the server's certificate is not trusted", "ca_bundle in crossfunnel.toml")]),
    "no such CA file": (no_such_file, 2, [("nowhere.pem cannot be read: No such file", "set what is missing")]),
    "a CA file that is no PEM": (no_pem, 2, [("holds no certificate in PEM form", "set what is missing")]),
    "API off in the org": (without_api, 3, [("API access: ", "API Enabled")]),
    "API Enabled": (revoked("ApiEnabled"), 3, [("API_DISABLED_FOR_ORG", "API Enabled; the org's edition must include the API")]),
    "View All Data": (revoked("ViewAllData", "ModifyAllData"), 3, [("permission View All Data is not held: records that sharing hides", "give the user View All Data")]),
    "View Setup": (revoked("ViewSetup"), 3, [("permission View Setup and Configuration is not held", "give the user View Setup")]),
    "View Roles": (revoked("ViewRoles", "ViewSetup"), 3, [("View Setup and Configuration is not held", "give the user"), ("View Roles and Role Hierarchy is not held: roles, which are the teams", "give the user View Roles")]),
    "View All Forecasts": (revoked("ViewAllForecasts"), 3, [("permission View All Forecasts is not held: quotas of other people", "give the user View All Forecasts")]),
    "forecasts": (hidden("ForecastingQuota"), 3, [("ForecastingQuota: the org lacks this object or hides it", "turn forecasts on in Setup")]),
    "an object": (
        hidden("Lead"), 3,
        [
            ("Lead: the org lacks this object or hides it", "give the user Read on Lead by a permission set"),
            ("Task.WhoId.Lead: the org lacks this field or hides it", "permission set"),
            ("Event.WhoId.Lead: the org lacks this field or hides it", "permission set"),
        ],
    ),
    "an object of a lookup": (hidden("Period"), 3, [("Period: the org lacks this object or hides it", "give the user Read on Period")]),
    "a field": (hidden("Lead", "Title"), 3, [("Lead.Title: the org lacks this field or hides it; it counts as empty", "field-level security")]),
    "an unknown object": (mapping("  Opportunty: {table: opportunity, fields: {name: Name}}\n"), 3, [("salesforce.yaml:4:3: Opportunty: the org lacks this object or hides it, did you mean 'Opportunity'?", "take it out of the mapping")]),
    "an unknown field": (mapping("  Lead:\n    fields:\n      title: Titel\n"), 3, [("salesforce.yaml:6:14: Lead.Titel: the org lacks this field or hides it, did you mean 'Title'?", "mend or remove its entry in the mapping")]),
    "an unknown custom field": (mapping("  Lead:\n    fields:\n      extra.x: Zzz__c\n"), 3, [("salesforce.yaml:6:16: Lead.Zzz__c: the org lacks this field or hides it; it counts", "permission set")]),
    "an object that the configuration misspells": (config(more='objects = ["Opportunty"]'), 2, [("sources.acme.objects: 'Opportunty' is not in salesforce.yaml, did you mean 'Opportunity'?", "mapped objects: ")]),
    "an API version": (config(more='api_version = "99.0"'), 2, [("api_version 99.0 is not spoken by this org; it has 31.0 to 66.0", "set api_version to one of these")]),
    "time": (ahead(minutes=7), 3, [("s behind the org's", "set this machine's clock (NTP)")]),
    "time the other way": (ahead(minutes=-7), 3, [("s ahead of the org's", "set this machine's clock (NTP)")]),
    "time, with an assertion": (jwt_of_a_wrong_clock, 3, [("assertion expired", "that this machine's clock is right"), ("s behind the org's", "set this machine's clock (NTP)")]),
    "calls": (calls(600), 4, [("API calls left today: ", "wait for the daily reset, or set api_budget")]),
    "any call": (calls(0), 4, [("REQUEST_LIMIT_EXCEEDED", "wait until the limit resets")]),
    "a stage in funnel.yaml": (new_stage, 0, [("OpportunityStage: no entry of funnel.yaml claims the open stage 'Legal Review'", "add it to a stage of funnel.yaml")]),
    "an option in a map": (
        mapping(NO_STAGE + "type: {map: {Existing Customer - Upgrade: a, New Customer: b}, from: Type}\n"), 0,
        [("Opportunity.Type: no entry of the map lists 'Existing Customer - Replacement' (Existing Customer - Replacement); records with it are rejected", "add it to the map, or give the map an else")],
    ),
    "a store that is one": (no_store, 2, [("is not a SQLite database", "Set [store] url to another file")]),
}  # fmt: skip


@pytest.mark.parametrize("lack", LACKS)
def test_a_lack_is_told_with_its_mend(case: Case, lack: str) -> None:
    stage, code, expected = LACKS[lack]
    with stage(case) or nullcontext():
        held_to(case, code, expected)


def test_an_org_that_lacks_nothing_passes(case: Case) -> None:
    held_to(case, 0, [])


def test_splits_that_are_turned_off_are_no_lack(case: Case) -> None:
    with hidden("OpportunitySplit")(case) or nullcontext(), hidden("OpportunitySplitType")(case) or nullcontext():
        held_to(case, 0, [])


def test_an_org_with_one_currency_lacks_nothing(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    with sandbox.start(systems=("salesforce",), deals=2, multi_currency=False) as box:
        for name, value in box.environment.items():
            monkeypatch.setenv(name, value)
        case = Case(place, box, monkeypatch)
        case.configure()
        held_to(case, 0, [])
        assert "CurrencyIsoCode aside: this org has one currency" in place.run("check").out
        place.map(
            salesforce="version: 1\nextends: default\nobjects:\n  Account:\n    fields:\n      extra.x: CurrencyIsoCod\n"
        )
        held_to(case, 3, [("Account.CurrencyIsoCod: the org lacks this field or hides it; it counts as empty", "")])


def test_drift_is_code_6_where_it_shall_fail(case: Case) -> None:
    with new_stage(case):
        case.place.configure(case.box.config_text() + '\n[sync]\non_drift = "fail"\n')
        held_to(case, 6, [("'Legal Review'", "funnel.yaml")])


def test_all_lacks_come_in_one_go_and_the_first_decides_the_code(case: Case) -> None:
    case.map("salesforce", "  Lead:\n    fields:\n      nmae: Name\n      title: Titel\n")
    with hidden("Contact", "Phone")(case), revoked("ViewAllForecasts")(case):
        held_to(
            case,
            2,
            [
                ("salesforce.yaml:6:7: unknown column of lead: 'nmae', did you mean 'name'?", "docs/mapping.md"),
                ("View All Forecasts", "give the user"),
                ("Contact.Phone", "permission set"),
                ("Lead.Titel", "mend or remove"),
            ],
        )


def test_a_check_only_reads(case: Case, tmp_path: Path) -> None:
    asked = len(case.box.salesforce.domain.log)
    before = case.box.salesforce.org.records.generation
    assert case.place.run("check").code == 0
    requests = [logged.request for logged in list(case.box.salesforce.domain.log)[asked:]]
    assert {request.method for request in requests if "oauth2/token" not in request.path} == {"GET"}
    assert case.box.salesforce.org.records.generation == before
    assert [path.name for path in tmp_path.iterdir()] == ["crossfunnel.toml"]

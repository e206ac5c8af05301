"""Whatever a Dataverse environment, its tenant or the app lacks, `check` tells in one line with its mend and code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from typing import Any

import pytest
from checking import Case, Lack, clock_ahead, held_to
from workplace import Workplace

from connector import sandbox
from connector.sandbox import Sandbox
from connector.sandbox.entra.tenant import Application
from connector.transport import Transport

FUNNEL = "version: 1\nstages:\n" + "".join(f"  - {{key: s{number}, dynamics: [{number}]}}\n" for number in range(3))


@pytest.fixture(scope="module")
def org() -> Iterator[Sandbox]:
    with sandbox.start(systems=("dynamics",), deals=4) as running:
        yield running
        assert running.dynamics.web.failures == running.dynamics.entra.failures == []


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


def mapping(entry: str) -> Lack:
    return lambda case: case.map("dynamics", entry)


def other(key: str, value: str) -> Lack:
    """Another value for a key of the configuration."""

    def lack(case: Case) -> None:
        lines = case.box.config_text().splitlines()
        case.place.configure("\n".join(f'{key} = "{value}"' if line.startswith(f"{key} =") else line for line in lines))

    return lack


def without(key: str) -> Lack:
    def lack(case: Case) -> None:
        lines = case.box.config_text().splitlines()
        case.place.configure("\n".join(line for line in lines if not line.startswith(f"{key} =")))

    return lack


@contextmanager
def expired_secret(case: Case) -> Iterator[None]:
    app = application(case)
    case.monkeypatch.setattr(app, "expired_secrets", list(app.secrets))
    yield


def application(case: Case) -> Application:
    return case.box.dynamics.tenant.applications[case.box.dynamics.client_id.lower()]


def disabled_app(case: Case) -> None:
    case.monkeypatch.setattr(application(case), "disabled", True)


def conditional_access(case: Case) -> None:
    case.box.dynamics.tenant.refuse(1, 53003)


def another_environment(case: Case) -> None:
    case.monkeypatch.setattr(case.box.dynamics.tenant, "resources", set())


@contextmanager
def no_application_user(case: Case) -> Iterator[None]:
    gate = case.box.dynamics.organization.gate
    gate.strangers.add(case.box.dynamics.client_id)
    try:
        yield
    finally:
        gate.strangers.clear()


def denied(*tables: str, part: bool = False) -> Lack:
    @contextmanager
    def lack(case: Case) -> Iterator[None]:
        organization = case.box.dynamics.organization
        (organization.limit_read if part else organization.deny_read)(*tables)
        try:
            yield
        finally:
            organization.allow_read(*tables)

    return lack


def absent(table: str) -> Lack:
    @contextmanager
    def lack(case: Case) -> Iterator[None]:
        organization = case.box.dynamics.organization
        organization.remove_table(table)
        try:
            yield
        finally:
            organization.restore_table(table)

    return lack


def hidden(table: str, column: str) -> Lack:
    @contextmanager
    def lack(case: Case) -> Iterator[None]:
        organization = case.box.dynamics.organization
        organization.hide_column(table, column)
        try:
            yield
        finally:
            organization.reveal_column(table, column)

    return lack


def audited(lack: Lack) -> Lack:
    """A mapping that reads the audit log, and what it lacks of it."""

    def both(case: Case) -> Any:
        case.map("dynamics", "  audit: {table: activity, fields: {occurred_at: createdon}}\n")
        return lack(case)

    return both


def nobody_there(case: Case) -> None:
    dynamics = case.box.dynamics
    case.monkeypatch.setattr(dynamics.tenant, "resources", {*dynamics.tenant.resources, "https://localhost:9"})
    case.configure((dynamics.url, "https://localhost:9"))


def ahead(**by: float) -> Lack:
    return lambda case: clock_ahead([case.box.dynamics.web, case.box.dynamics.entra], timedelta(**by))


@contextmanager
def wrong_secret_and_clock(case: Case) -> Iterator[None]:
    case.monkeypatch.setenv("DYNAMICS_CLIENT_SECRET", "not-the-secret-at-all")
    with ahead(minutes=9)(case):
        yield


@contextmanager
def new_stage(case: Case) -> Iterator[None]:
    organization = case.box.dynamics.organization
    key = organization.upsert("processstage", {"stagename": "Legal Review", "stagecategory": 7})
    try:
        yield
    finally:
        organization.delete("processstage", key)


ORGANIZATION_LEVEL = "Give the application user a security role with Read on {} at Organization level."
LACKS: dict[str, tuple[Lack, int, list[tuple[str, str]]]] = {
    "wrong secret": (env("DYNAMICS_CLIENT_SECRET", "not-the-secret-at-all"), 3, [("AADSTS7000215", "client_secret is not one of the app's secrets; use the secret's value, not its id")]),
    "expired secret": (expired_secret, 3, [("AADSTS7000222", "the app's client secret has expired; make a new one")]),
    "unknown app": (other("client_id", "00000000-aaaa-bbbb-cccc-000000000000"), 3, [("AADSTS700016", "no app with this client_id in this tenant")]),
    "disabled app": (disabled_app, 3, [("AADSTS7000112", "the app is disabled in Entra")]),
    "conditional access": (conditional_access, 3, [("AADSTS53003", "a conditional access policy blocks the sign-in")]),
    "unknown tenant": (other("tenant_id", "00000000-aaaa-bbbb-cccc-000000000000"), 3, [("sign in to https://localhost:", "tenant_id")]),
    "a tenant that is none": (other("tenant_id", "../other"), 2, [("sources.contoso.tenant_id: must be the tenant's id", "mend these entries")]),
    "a resource that the tenant does not know": (another_environment, 3, [("AADSTS500011", "url is no resource that this tenant knows")]),
    "nobody at the address": (nobody_there, 4, [("the connection was refused", "check the address, the network and proxy")]),
    "nobody at the authority": (other("authority", "https://localhost:9"), 4, [("the connection was refused", "check the address, the network and proxy")]),
    "an authority that is not trusted": (without("ca_bundle"), 4, [("the server's certificate is not trusted", "ca_bundle in crossfunnel.toml")]),
    "no such CA file": (other("ca_bundle", "nowhere.pem"), 2, [("nowhere.pem cannot be read: No such file", "set what is missing")]),
    "a secret that is not set": (lambda case: case.monkeypatch.delenv("DYNAMICS_CLIENT_SECRET"), 2, [("environment variable DYNAMICS_CLIENT_SECRET (not set)", "set what is missing")]),
    "an application user": (no_application_user, 3, [("sign in to https://localhost:", "add an application user for client_id")]),
    "a privilege on a table": (denied("goal"), 3, [("goal: cannot be read", ORGANIZATION_LEVEL.format("goal"))]),
    "a privilege on activities": (denied("phonecall"), 3, [("phonecall: cannot be read", ORGANIZATION_LEVEL.format("Activity"))]),
    "the whole of a table": (denied("opportunity", part=True), 3, [("opportunity: only a part of it may be read, and change tracking needs all of it", "Raise Read on opportunity in the application user's security role to Organization level.")]),
    "a business process flow": (denied("opportunitysalesprocess"), 3, [("opportunitysalesprocess: cannot be read", "Roles do not read business process flows by default")]),
    "a table": (absent("leadtoopportunitysalesprocess"), 3, [("leadtoopportunitysalesprocess: the org has no such table", "install the solution that brings it")]),
    "the audit log": (audited(denied("audit")), 3, [("dynamics.yaml:4:3: audit: cannot be read", "a security role with View Audit Summary")]),
    "auditing": (audited(lambda _: None), 3, [("dynamics.yaml:4:3: audit: auditing is turned off in this environment", "Turn auditing on for the environment")]),
    "an unknown table": (mapping("  opportunty: {table: opportunity, fields: {name: name}}\n"), 3, [("dynamics.yaml:4:3: opportunty: the org has no such table, did you mean 'opportunity'?", "mend its logical name")]),
    "a column": (hidden("lead", "jobtitle"), 3, [("lead.jobtitle: the org has no such column", "give the application user the column")]),
    "an unknown column": (mapping("  lead:\n    fields:\n      title: jobtitel\n"), 3, [("dynamics.yaml:6:14: lead.jobtitel: the org has no such column, did you mean 'jobtitle'?", "Mend the name in the mapping")]),
    "a lookup that is spelt wrongly": (mapping("  lead:\n    fields:\n      owner_id: {ref: crm_user, from: ownerid}\n"), 3, [("lead.ownerid: the org has no such column, did you mean '_ownerid_value'? (lookups are spelt so", "Mend the name")]),
    "time": (ahead(minutes=7), 3, [("s behind the org's", "Set this machine's clock by NTP")]),
    "time the other way": (ahead(minutes=-7), 3, [("s ahead of the org's", "Set this machine's clock by NTP")]),
    "time, and a sign-in": (wrong_secret_and_clock, 3, [("AADSTS7000215", "client_secret"), ("s behind the org's", "NTP")]),
    "a stage in funnel.yaml": (new_stage, 0, [("processstage: no entry of funnel.yaml claims the open stage 'Legal Review'", "add it to a stage of funnel.yaml")]),
    "a category in funnel.yaml": (
        lambda case: case.place.map(funnel=FUNNEL), 0,
        [("processstage: no entry of funnel.yaml claims the open stage 'Close'", "funnel.yaml"), ("opportunity.salesstage: no entry of funnel.yaml claims 3 (Close)", "add it to a stage of funnel.yaml")],
    ),
    "an option in a map": (
        mapping("  opportunity:\n    fields:\n      status: {map: {0: open, 1: won}, from: statecode}\n"), 0,
        [("opportunity.statecode: no entry of the map lists 2 (Lost); records with it are rejected", "add it to the map, or give the map an else")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("lack", LACKS)
def test_a_lack_is_told_with_its_mend(case: Case, lack: str) -> None:
    stage, code, expected = LACKS[lack]
    with stage(case) or nullcontext():
        held_to(case, code, expected)


def test_an_environment_that_lacks_nothing_passes(case: Case) -> None:
    held_to(case, 0, [])


def test_secured_columns_are_told_and_are_no_lack(case: Case) -> None:
    case.box.dynamics.organization.secure_column("lead", "jobtitle")
    held_to(case, 0, [])
    out = case.place.run("check").out
    assert "lead: column security holds for jobtitle" in out
    assert "note: If these come empty, add the application user to a column security profile" in out


def test_a_check_only_reads(case: Case) -> None:
    asked = len(case.box.dynamics.web.log)
    tables = case.box.dynamics.organization.keys("opportunity")
    assert case.place.run("check").code == 0
    requests = [logged.request for logged in list(case.box.dynamics.web.log)[asked:]]
    assert {request.method for request in requests} == {"GET"}
    assert case.box.dynamics.organization.keys("opportunity") == tables
    assert [path.name for path in case.place.folder.iterdir()] == ["crossfunnel.toml"]

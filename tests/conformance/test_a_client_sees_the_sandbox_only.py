"""A client's process is led to the sandbox and nowhere else, and what cannot be installed is told as just that."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from connector import sandbox
from connector.sandbox.dynamics.projection.identity import guid
from connector.sandbox.salesforce import record_id
from tests.conformance import dynamics, environments, salesforce
from tests.conformance.environments import HERE, Client, NotBuilt, build, clients

ASKS = "import socket, sys; print(socket.getaddrinfo(sys.argv[1], 443, type=socket.SOCK_STREAM)[0][4])"


def resolved(name: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PYTHONPATH": str(HERE / "inside" / "python"),
        "CONFORMANCE_HOSTS": json.dumps({"login.salesforce.com": 4711}),
    }
    command = [sys.executable, "-c", ASKS, name]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)


def test_a_vendors_host_is_the_sandbox_and_any_other_is_nowhere() -> None:
    assert resolved("login.salesforce.com").stdout.strip() == "('127.0.0.1', 4711)"
    assert "telemetry.example.com is no host of the sandbox" in resolved("telemetry.example.com").stderr


@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")
def test_the_same_holds_for_a_client_in_node() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        hosts = {"login.salesforce.com": server.getsockname()[1]}

        def reached(name: str) -> str:
            script = f"import net from 'node:net'; net.connect(443, '{name}', () => {{ console.log('led'); process.exit() }});"
            preload = (HERE / "inside" / "node" / "redirect.mjs").as_uri()
            command = ["node", "--import", preload, "--input-type=module", "-e", script]
            environment = {**os.environ, "CONFORMANCE_HOSTS": json.dumps(hosts)}
            done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)
            return done.stdout + done.stderr

        assert reached("login.salesforce.com") == "led\n"
        assert "telemetry.example.com is no host of the sandbox" in reached("telemetry.example.com")


def test_the_truth_is_the_business() -> None:
    with sandbox.start(systems=("salesforce",), deals=60) as running:
        business = running.business
        assert business is not None
        truth = salesforce.SalesforceSide(running.salesforce).truth("records")
    told = {
        "Account": business.companies,
        "Contact": business.people,
        "Lead": business.leads,
        "Opportunity": business.deals,
    }
    for kind, records in told.items():
        assert truth[kind].rows.keys() == {record_id(kind, each.key) for each in records if each.deleted is None}
    for deal in (deal for deal in business.deals if deal.deleted is None):
        row = truth["Opportunity"].rows[record_id("Opportunity", deal.key)]
        assert (row["Name"], row["CloseDate"], row["IsWon"]) == (deal.name, deal.close_on, deal.status == "won")
        assert row["Amount"] == (deal.actual if deal.actual is not None else deal.amount)
        assert row["SystemModstamp"] == deal.modified_at


def test_edits_between_two_runs_have_to_come_and_the_hard_deleted_must_not() -> None:
    with sandbox.start(systems=("salesforce",), deals=60) as running:
        side, edits = salesforce.SalesforceSide(running.salesforce), running.salesforce.edits
        before = {row["Id"] for row in edits.rows("Lead")}
        side.between_runs()
        table, after = side.truth("edited records and bin")["Lead"], {row["Id"] for row in edits.rows("Lead")}
    assert len(before - after) == 1
    assert not (before - after) & table.rows.keys()
    needed = [table.rows[key] for key in table.needed]
    assert {row["Id"] for row in needed} > after - before
    assert sorted(row["Company"] for row in needed if row["Company"].endswith("between two runs")) == [
        "added between two runs", "changed between two runs"
    ]  # fmt: skip
    assert [row["IsDeleted"] for row in needed].count(True) == 1


def test_the_truth_of_dynamics_is_the_business() -> None:
    with sandbox.start(systems=("dynamics",), deals=60) as running:
        assert running.business is not None
        truth = dynamics.DynamicsSide(running.dynamics).truth("rows")["opportunity"]
        deals = {guid("opportunity", deal.key): deal for deal in running.business.deals if deal.deleted is None}
    assert truth.rows.keys() == deals.keys()
    for key, deal in deals.items():
        row = truth.rows[key]
        assert (row["name"], row["modifiedon"], row["estimatedvalue"]) == (deal.name, deal.modified_at, deal.amount)
        assert row["actualclosedate"] == (None if deal.status == "open" else deal.close_on)


def test_edits_between_two_runs_are_the_changes_and_the_deletions() -> None:
    with sandbox.start(systems=("dynamics",), deals=60) as running:
        side, organization = dynamics.DynamicsSide(running.dynamics), running.dynamics.organization
        before = set(organization.keys("contact"))
        assert not any(table.rows for name in ("changes", "deletions") for table in side.truth(name).values())
        side.between_runs()
        changed, gone = side.truth("changes")["contact"].rows, side.truth("deletions")["contact"].rows
        names = sorted(row["fullname"] for row in changed.values())
        assert names == ["added between two runs", *["changed between two runs"] * 3, "deleted, then back"]
        assert len(gone.keys() & before) == 2
        assert len(gone.keys() - before) == 1
        assert set(organization.keys("contact")) == (before | changed.keys()) - gone.keys()


def test_what_cannot_be_installed_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environments, "BUILD", tmp_path / "build")
    (tmp_path / "requirements.txt").write_text("")
    with pytest.raises(NotBuilt, match=r"needs Python 2\.1: put python2\.1 on the PATH"):
        build(Client("old-client", tmp_path, "salesforce", {}, python="2.1"))
    failing = [sys.executable, "-c", "print('ERROR: no matching distribution'); raise SystemExit(1)"]
    with pytest.raises(NotBuilt, match=r"no matching distribution\n  Is the package registry reached from here\?"):
        environments._run(Client("some-client", tmp_path, "salesforce", {}), failing, tmp_path)


def test_every_client_has_pins_and_a_program_of_ours() -> None:
    found = clients()
    assert "simple-salesforce" in {client.name for client in found}
    for client in found:
        node = (client.folder / "package.json").exists()
        assert (client.folder / ("package-lock.json" if node else "requirements.txt")).exists(), client.name
        assert (client.folder / ("read.mjs" if node else "read.py")).exists(), client.name
        assert client.exercises, client.name

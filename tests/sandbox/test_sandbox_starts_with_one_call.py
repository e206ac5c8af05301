"""One call starts everything, tells how to be reached, and leaves nothing behind."""

from __future__ import annotations

import tempfile
import threading
import time
from pathlib import Path

import pytest
import requests

from connector import sandbox
from connector.config import load_settings, require
from connector.settings import DynamicsSource, SalesforceSource


def test_its_configuration_is_whole_and_holds_no_secret(tmp_path: Path) -> None:
    with sandbox.start(deals=5) as running:
        text = running.config_text()
        secrets = [value for name, value in running.environment.items() if name.endswith("SECRET")]
        assert len(secrets) == 2
        assert not any(secret in text for secret in secrets)
        path = tmp_path / "crossfunnel.toml"
        path.write_text(text, encoding="utf-8")
        acme, contoso = require(load_settings(path, running.environment))
        assert isinstance(acme, SalesforceSource)
        assert isinstance(contoso, DynamicsSource)
        assert acme.instance_url == running.salesforce.instance_url
        assert acme.ca_bundle == running.ca_file
        assert contoso.url == running.dynamics.url
        form = {"grant_type": "client_credentials", "client_id": acme.client_id}
        assert acme.client_secret is not None
        form["client_secret"] = acme.client_secret.get_secret_value()
        with requests.Session() as session:
            session.trust_env = False
            session.verify = str(running.ca_file)
            answer = session.post(f"{acme.login_url}/services/oauth2/token", data=form, timeout=30)
        assert answer.status_code == 200


def test_both_systems_tell_one_business() -> None:
    with sandbox.start(deals=30, seed=11) as running:
        assert running.business is not None
        deals = list(running.business.deals)
        told = [deal for deal in deals if not (deal.deleted and deal.deleted.hard)]
        assert len(running.salesforce.edits.rows("Opportunity")) == sum(deal.system == "salesforce" for deal in told)
        alive = [deal for deal in deals if deal.system == "dynamics" and deal.deleted is None]
        assert len(running.dynamics.organization.keys("opportunity")) == len(alive)


def test_a_system_that_was_not_asked_for_is_not_there() -> None:
    with sandbox.start(deals=2, systems=("dynamics",)) as running:
        with pytest.raises(LookupError):
            _ = running.salesforce
        assert "acme" not in running.config_text()
    with sandbox.start(deals=2, systems=("salesforce",)) as running, pytest.raises(LookupError):
        _ = running.dynamics


def test_stopping_leaves_no_thread_and_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    threads = set(threading.enumerate())
    running = sandbox.start(deals=5)
    assert list(tmp_path.iterdir())
    url = running.salesforce.instance_url
    running.stop()
    assert list(tmp_path.iterdir()) == []
    deadline = time.monotonic() + 10
    while set(threading.enumerate()) - threads and time.monotonic() < deadline:
        for thread in set(threading.enumerate()) - threads:
            thread.join(0.1)
    assert not set(threading.enumerate()) - threads
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=5)


def test_a_start_that_fails_takes_down_what_it_had_started(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    with pytest.raises(ValueError, match="no CSV file"):
        sandbox.start(export=tmp_path)
    assert set(threading.enumerate()) == before

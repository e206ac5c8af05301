"""Client credentials, JWT bearer, session, refresh token and password all end in rows; refusals say what to mend."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connector.errors import ConfigError, SignInFailed
from connector.sandbox.server import Answer
from tests.salesforce.conftest import DEAL, Replica
from tests.transport.conftest import Clock


def jwt_keys(running: Any, folder: Path) -> dict[str, Any]:
    key = folder / "key.pem"
    key.write_bytes(running.salesforce.app.private_key_pem())
    return {"auth": "jwt", "username": running.salesforce.app.username, "private_key_file": key, "client_secret": None}


def keys_of(flow: str, running: Any, folder: Path) -> dict[str, Any]:
    app = running.salesforce.app
    app.grants |= {"password", "soap"}
    password = {"auth": "password", "username": app.username, "password": app.password}
    return {
        "client_credentials": {},
        "jwt": jwt_keys(running, folder),
        "session": {"auth": "session", "session_id": running.salesforce.session_id(), "client_id": None},
        "refresh_token": {"auth": "refresh_token", "refresh_token": app.refresh_token, "token_file": folder / "token"},
        "password": {**password, "security_token": app.security_token},
        "soap": {**password, "security_token": app.security_token, "client_id": None, "client_secret": None},
    }[flow]


FLOWS = ["client_credentials", "jwt", "session", "refresh_token", "password", "soap"]


@pytest.mark.parametrize("flow", FLOWS)
def test_each_flow_reads(flow, shared, make, tmp_path: Path) -> None:
    adapter = make(shared, **keys_of(flow, shared, tmp_path))
    assert len(Replica().pull(adapter, DEAL).rows) >= 100


@pytest.mark.parametrize("flow", [flow for flow in FLOWS if flow != "session"])
def test_an_expired_session_is_renewed_without_losing_the_place(flow, fresh, make, tmp_path: Path) -> None:
    adapter = make(fresh, **keys_of(flow, fresh, tmp_path))
    fresh.salesforce.org.page_size = 5
    fresh.salesforce.org.sessions.expire_after(4)
    before = fresh.salesforce.org.sessions.issued
    replica = Replica().pull(adapter, DEAL)
    expected = [row["Id"] for row in fresh.salesforce.edits.rows("Opportunity")]
    assert sorted(replica.rows) == sorted(expected) and replica.fetched == len(expected)
    assert fresh.salesforce.org.sessions.issued == before + 1


def stumbles() -> Iterator[tuple[str, str]]:
    """A refresh token is used up by a call whose answer is lost: there only what stands in for the work can pass."""
    instead = ["status=500", "status=503", "html", "html=404"]
    spoilt = ["cut-body", "short-body", "cut-gzip", "reset-before-headers"]
    for flow in FLOWS:
        if flow != "session":
            yield from ((flow, fault) for fault in [*instead, *([] if flow == "refresh_token" else spoilt)])


@pytest.mark.parametrize(("flow", "fault"), list(stumbles()))
def test_a_sign_in_that_stumbles_is_asked_again(flow: str, fault: str, fresh, make, tmp_path: Path) -> None:
    clock = Clock()
    path = "/Soap/" if flow == "soap" else "/oauth2/token"
    planned = fresh.salesforce.domain.fault(fault, path=path, times=2)
    make(fresh, **keys_of(flow, fresh, tmp_path), clock=clock, sleep=clock.sleep)
    assert planned.fired == 2


def test_a_given_session_ends_with_a_clear_word(fresh, make, tmp_path: Path) -> None:
    adapter = make(fresh, **keys_of("session", fresh, tmp_path))
    fresh.salesforce.org.sessions.revoke()
    with pytest.raises(SignInFailed, match="session_id is expired") as caught:
        adapter.shape(DEAL)
    assert caught.value.exit_code == 3


def test_a_rotated_refresh_token_outlives_the_run(fresh, make, tmp_path: Path) -> None:
    app, file = fresh.salesforce.app, tmp_path / "token"
    first = app.refresh_token
    keys = {"auth": "refresh_token", "refresh_token": first, "token_file": file}
    make(fresh, **keys)
    assert app.refresh_token != first and file.read_text().strip() == app.refresh_token
    assert file.stat().st_mode & 0o077 == 0
    make(fresh, **keys)
    assert file.read_text().strip() == app.refresh_token
    assert [path.name for path in tmp_path.iterdir()] == ["token"]


WRONG = {
    "client_credentials": {"client_secret": "not-the-secret-7"},
    "jwt": {"username": "nobody@nowhere.example"},
    "refresh_token": {"refresh_token": "not-the-token-7"},
    "password": {"password": "not-the-password-7"},
    "soap": {"password": "not-the-password-7"},
}


@pytest.mark.parametrize("flow", WRONG)
def test_wrong_credentials_are_told_at_once_and_never_shown(flow, shared, make, tmp_path: Path) -> None:
    before = len(shared.salesforce.domain.log)
    with pytest.raises(SignInFailed) as caught:
        make(shared, **{**keys_of(flow, shared, tmp_path), **WRONG[flow]})
    assert "acme" in str(caught.value) and caught.value.hint
    assert "not-the" not in str(caught.value)
    assert len(shared.salesforce.domain.log) - before == 1


ODD = {
    "an object that says nothing": Answer(400, {"Content-Type": "application/json"}, b"{}"),
    "a list": Answer(400, {"Content-Type": "application/json"}, b"[1]"),
    "text": Answer(400, {"Content-Type": "text/plain"}, b"no such thing"),
    "nothing": Answer(404, {}, b""),
    "HTML": Answer(401, {"Content-Type": "text/html"}, b"<html>who are you</html>"),
    "an error of an odd type": Answer(400, {"Content-Type": "application/json"}, b'{"error": ["a"]}'),
    "a success that is none": Answer(200, {"Content-Type": "application/json"}, b'"yes"'),
}


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("flow", [flow for flow in FLOWS if flow != "session"])
def test_an_odd_answer_to_a_sign_in_is_told_in_our_own_words(name, flow, fresh, make, tmp_path: Path) -> None:
    odd = ODD[name]
    if (name, flow) == ("a success that is none", "soap"):
        odd = Answer(200, {"Content-Type": "text/xml"}, b"<yes/>")
    keys = keys_of(flow, fresh, tmp_path)
    fresh.salesforce.domain.interceptor = lambda request: (
        lambda request, app, wire: wire.send(Answer(odd.status, dict(odd.headers), odd.body))
    )
    with pytest.raises(SignInFailed) as caught:
        make(fresh, **keys)
    said = str(caught.value)
    assert said.startswith("acme: ") and caught.value.hint
    assert "{" not in said and "None" not in said and "Authentication failed" not in said


def test_a_refusal_tells_what_the_vendor_said(fresh, make) -> None:
    fresh.salesforce.domain.fault("status=400,code=invalid_grant,message=the moon was full", path="/token")
    with pytest.raises(SignInFailed, match="invalid_grant: the moon was full"):
        make(fresh)


def test_client_credentials_are_not_sent_to_the_shared_login_host(shared, make) -> None:
    with pytest.raises(ConfigError, match="own address"):
        make(shared, instance_url=None, login_url="https://login.salesforce.com")


def test_a_login_host_may_not_point_the_token_elsewhere(shared, make, tmp_path: Path) -> None:
    """Nothing but the login host is configured; what it names as the org's address is no Salesforce address."""
    keys = jwt_keys(shared, tmp_path) | {"instance_url": None, "login_url": shared.salesforce.login_url}
    before = len(shared.salesforce.domain.log)
    with pytest.raises(SignInFailed, match="not a Salesforce address") as caught:
        make(shared, **keys)
    assert shared.salesforce.instance_url in caught.value.hint
    assert len(shared.salesforce.domain.log) == before


def test_a_sign_in_that_contradicts_the_configuration_is_refused(shared, make, tmp_path: Path) -> None:
    keys = jwt_keys(shared, tmp_path)
    with pytest.raises(SignInFailed, match="is configured"):
        make(shared, **{**keys, "instance_url": "https://other.my.salesforce.com"})


def test_login_and_instance_may_be_two_hosts(shared, make, tmp_path: Path) -> None:
    adapter = make(shared, **(jwt_keys(shared, tmp_path) | {"login_url": shared.salesforce.login_url}))
    assert len(Replica().pull(adapter, DEAL).rows) >= 100


@pytest.mark.parametrize("content", [None, b"no key at all"])
def test_an_unusable_key_file_is_a_configuration_error(content, shared, make, tmp_path: Path) -> None:
    key = tmp_path / "bad.pem"
    if content:
        key.write_bytes(content)
    with pytest.raises(ConfigError, match="private_key_file"):
        make(shared, auth="jwt", username="u", private_key_file=key, client_secret=None)

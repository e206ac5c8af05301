"""A token goes to the configured origins only: foreign links, redirects and disguised hosts are refused unasked."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.errors import RequestRefused
from connector.sandbox.server import Answer, json_answer
from connector.transport import origin_of


@pytest.mark.parametrize(
    "link",
    ["{other}/page2", "//{other_host}/page2", "http://{home_host}/page2", "https://{home_host}@{other_host}/x"],
)
def test_a_foreign_next_link_is_refused_unasked(link: str, server, other, make) -> None:
    url = link.format(other=other.url, other_host=other.server.host, home_host=server.server.host)
    with pytest.raises(RequestRefused) as caught:
        make(server.url).request("GET", url)
    assert caught.value.error_code == "FOREIGN_ORIGIN"
    assert other.seen == [] and server.seen == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_foreign_redirect_is_not_followed(status: int, server, other, make) -> None:
    server.plays(Answer(status, {"Location": other.url + "/stolen"}))
    with pytest.raises(RequestRefused):
        make(server.url).request("GET", "/data")
    assert other.seen == []


def test_a_redirect_at_home_is_followed_with_the_token(server, make) -> None:
    server.plays(Answer(302, {"Location": "/moved?x=1"}), json_answer({"ok": 1}))
    assert make(server.url).request("GET", "/data", params={"q": "1"}).json() == {"ok": 1}
    assert [request.target for request in server.seen] == ["/data?q=1", "/moved?x=1"]
    assert server.seen[1].bearer == "token-1"


def test_a_circle_of_redirects_ends(server, make) -> None:
    server.plays(Answer(302, {"Location": "/data"}))
    with pytest.raises(RequestRefused, match="circle"):
        make(server.url).request("GET", "/data")


def test_a_post_is_never_redirected(server, make) -> None:
    server.plays(Answer(307, {"Location": "/elsewhere"}))
    with pytest.raises(RequestRefused):
        make(server.url).request("POST", "/data", json={})
    assert len(server.seen) == 1


def test_a_sign_in_origin_never_sees_a_token(server, other, make) -> None:
    transport = make(server.url, sign_in=[other.url])
    with pytest.raises(RequestRefused):
        transport.request("GET", other.url + "/token")
    transport.request("POST", other.url + "/token", data={"grant": "x"}, authenticated=False)
    assert [request.bearer for request in other.seen] == [None]


def test_an_origin_that_the_sign_in_named_is_home(server, other, make) -> None:
    transport = make(server.url)
    transport.trust_origin(other.url + "/some/path")
    transport.request("GET", other.url + "/data")
    assert other.seen[0].bearer == "token-1"


def test_netrc_replaces_nothing(server, make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine localhost login thief password stolen\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(netrc))
    transport = make(server.url)
    transport.request("GET", "/data")
    transport.request("GET", "/open", authenticated=False)
    transport.session(authenticated=True).get(server.url + "/data")
    transport.session().post(server.url + "/token", data={"a": "b"})
    sent = [request.headers.get("Authorization") for request in server.seen]
    assert sent == ["Bearer token-1", None, "Bearer token-1", None]


def test_a_librarys_own_header_does_not_replace_the_token(server, make) -> None:
    make(server.url).session(authenticated=True).get(server.url, headers={"Authorization": "Bearer stale"})
    assert server.seen[0].bearer == "token-1"


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Acme.My.Salesforce.com/x?y", "https://acme.my.salesforce.com"),
        ("https://acme.com:443/", "https://acme.com"),
        ("https://acme.com.:8443", "https://acme.com:8443"),
        ("https://user:pw@acme.com/", ""),
        ("ftp://acme.com/", ""),
        ("/relative", ""),
        ("https://", ""),
        ("https://acme.com\\@evil.test/", "https://acme.com"),
    ],
)
def test_origins_are_read_as_the_connection_reads_them(url: str, origin: str) -> None:
    assert origin_of(url) == origin

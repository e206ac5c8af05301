"""ca_bundle, REQUESTS_CA_BUNDLE and SSL_CERT_FILE add a CA for every request of every library; nothing loosens it."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests

from connector.errors import ConfigError, SourceUnavailable
from connector.transport import Transport


def own_prepare(transport: Transport, url: str) -> requests.Response:
    session = transport.session()
    return session.send(session.prepare_request(requests.Request("GET", url)))


ROADS = {
    "request": lambda transport, url: transport.request("GET", url),
    "session.get": lambda transport, url: transport.session().get(url),
    "session.post": lambda transport, url: transport.session().post(url, data={"a": 1}),
    "session.request": lambda transport, url: transport.session(authenticated=True).request("GET", url),
    "prepared": lambda transport, url: transport.session().send(requests.Request("GET", url).prepare()),
    "own prepare": own_prepare,
}


@pytest.mark.parametrize("road", ROADS)
@pytest.mark.parametrize("named", ["ca_bundle", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE"])
def test_each_road_trusts_the_added_authority(named, road, server, make, authority, monkeypatch) -> None:
    bundle = authority.ca_file if named == "ca_bundle" else None
    transport: Transport = make(server.url, ca_bundle=None)
    transport.close()
    if bundle is None:
        monkeypatch.setenv(named, str(authority.ca_file))
    transport = make(server.url, ca_bundle=bundle)
    ROADS[road](transport, server.url)
    assert len(server.seen) == 1


@pytest.mark.parametrize("road", ROADS)
def test_each_road_refuses_an_unknown_authority_at_once(road, server, make, clock) -> None:
    transport = make(server.url, ca_bundle=None)
    with pytest.raises(SourceUnavailable, match="not trusted") as caught:
        ROADS[road](transport, server.url)
    assert "ca_bundle" in caught.value.hint
    assert server.seen == [] and clock.slept == []


def test_verification_cannot_be_turned_off(server, make) -> None:
    session = make(server.url, ca_bundle=None).session()
    session.verify = False
    with pytest.raises(SourceUnavailable, match="not trusted"):
        session.get(server.url, verify=False)
    with pytest.raises(SourceUnavailable, match="not trusted"):
        session.send(requests.Request("GET", server.url).prepare(), verify=False)


def test_the_bundle_adds_and_does_not_replace(server, make, authority) -> None:
    from connector.transport.trust import tls_context

    assert len(tls_context(authority.ca_file).get_ca_certs()) > 50


@pytest.mark.parametrize("content", [None, "not a certificate"])
def test_an_unreadable_bundle_is_a_configuration_error(content, make, tmp_path: Path) -> None:
    bundle = tmp_path / "ca.pem"
    if content:
        bundle.write_text(content)
    with pytest.raises(ConfigError, match="ca_bundle"):
        make("https://localhost", ca_bundle=bundle)


def test_a_proxy_is_used_where_one_is_set(server, make, monkeypatch) -> None:
    with pytest.raises(SourceUnavailable):
        make(server.url, proxy="http://127.0.0.1:9").request("GET", "/data")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    with pytest.raises(SourceUnavailable):
        make(server.url).request("GET", "/data")
    monkeypatch.setenv("NO_PROXY", "localhost")
    make(server.url).request("GET", "/data")
    assert len(server.seen) == 1

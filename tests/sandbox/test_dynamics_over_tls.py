"""The Dynamics half on the wire, in the documented sequence: msal signs in, requests reads, all over TLS."""

from __future__ import annotations

from collections.abc import Iterator

import msal
import pytest
import requests

from connector.sandbox.business.generator import generate
from connector.sandbox.certificates import Authority
from connector.sandbox.dynamics.server import DynamicsServer

HEADERS = {"Accept": "application/json", "OData-MaxVersion": "4.0", "OData-Version": "4.0", "If-None-Match": "null"}


@pytest.fixture(scope="module")
def authority() -> Iterator[Authority]:
    with Authority() as authority:
        yield authority


@pytest.fixture(scope="module")
def server(authority: Authority) -> Iterator[DynamicsServer]:
    with DynamicsServer(generate(deals=40), authority) as server:
        yield server


@pytest.fixture
def web(authority: Authority) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.verify, session.trust_env = str(authority.ca_file), False
        session.headers.update(HEADERS)
        yield session


@pytest.fixture
def app(server: DynamicsServer, web: requests.Session) -> msal.ConfidentialClientApplication:
    return msal.ConfidentialClientApplication(
        server.client_id,
        client_credential=server.client_secret,
        authority=f"{server.authority_url}/{server.tenant_id}",
        http_client=web,
        instance_discovery=False,
    )


@pytest.fixture
def signed_in(
    server: DynamicsServer, web: requests.Session, app: msal.ConfidentialClientApplication
) -> requests.Session:
    token = app.acquire_token_for_client([f"{server.url}/.default"])["access_token"]
    web.headers["Authorization"] = f"Bearer {token}"
    return web


def test_a_whole_table_and_its_delta_come_over_the_wire(server: DynamicsServer, signed_in: requests.Session) -> None:
    url, keys = f"{server.url}/api/data/v9.2/opportunities?$select=name,estimatedvalue", []
    prefer = {"Prefer": "odata.track-changes,odata.maxpagesize=15"}
    while True:
        answer = signed_in.get(url, headers=prefer, timeout=10)
        assert answer.headers["Content-Type"].startswith("application/json")
        page = answer.json()
        keys += [row["opportunityid"] for row in page["value"]]
        if "@odata.deltaLink" in page:
            break
        url = page["@odata.nextLink"]
        assert url.startswith(server.url)
    assert keys == server.organization.keys("opportunity")
    server.organization.update("opportunity", keys[0], name="Later")
    [changed] = signed_in.get(page["@odata.deltaLink"], timeout=10).json()["value"]
    assert changed["name"] == "Later"


def test_links_survive_the_client_encoding_spaces_and_quotes(
    server: DynamicsServer, signed_in: requests.Session
) -> None:
    query = {"$filter": "contains(name,'a') and modifiedon ge 2020-01-01T00:00:00Z", "$orderby": "modifiedon desc"}
    first = signed_in.get(
        f"{server.url}/api/data/v9.2/accounts", params=query, headers={"Prefer": "odata.maxpagesize=3"}, timeout=10
    ).json()
    second = signed_in.get(first["@odata.nextLink"], headers={"Prefer": "odata.maxpagesize=3"}, timeout=10)
    assert second.status_code == 200
    assert not {row["accountid"] for row in first["value"]} & {row["accountid"] for row in second.json()["value"]}


def test_a_revoked_token_is_renewed_by_signing_in_again(
    server: DynamicsServer, signed_in: requests.Session, app: msal.ConfidentialClientApplication
) -> None:
    who = f"{server.url}/api/data/v9.2/WhoAmI"
    assert signed_in.get(who, timeout=10).json()["UserId"] == server.organization.user_id
    server.organization.revoke_tokens()
    assert signed_in.get(who, timeout=10).status_code == 401
    app.remove_tokens_for_client()
    token = app.acquire_token_for_client([f"{server.url}/.default"])["access_token"]
    assert signed_in.get(who, headers={"Authorization": f"Bearer {token}"}, timeout=10).ok


def test_no_app_failed_and_nothing_is_left_behind(authority: Authority) -> None:
    with DynamicsServer(None, authority) as short:
        folder = short.organization.database.folder
        assert folder.exists()
    assert not folder.exists()
    assert short.web.failures == short.entra.failures == []

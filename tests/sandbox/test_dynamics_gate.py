"""Who gets in: tokens, privileges, service protection; and that single records can be written under conditions."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator

import pytest

from connector.sandbox.dynamics.organization import Organization
from connector.sandbox.exchange import Answer
from tests.sandbox.dynamics_org import CLIENT, ORIGIN, TENANT, Client, organization


@pytest.fixture
def org() -> Iterator[Organization]:
    with organization(0) as made:
        yield made


@pytest.fixture
def client(org: Organization) -> Client:
    return Client(org)


def test_a_token_opens_one_organization_for_a_while(org: Organization, client: Client) -> None:
    assert client.get("WhoAmI")["UserId"] == org.user_id
    foreign, good = org.tenant.desk.issue(CLIENT, TENANT, "https://graph.microsoft.com", 3600), client.token
    for token in (foreign, "nonsense", ""):
        client.token = token
        answer = client.ask("WhoAmI")
        assert (answer.status, answer.body) == (401, b"")
        assert f"/{TENANT}/oauth2/authorize" in answer.headers["WWW-Authenticate"]
    client.token = good
    assert org.revoke_tokens() == 2
    assert client.ask("WhoAmI").status == 401


def test_a_token_of_another_tenant_is_refused(org: Organization, client: Client) -> None:
    elsewhere = "11111111-0000-4000-8000-000000000001"
    client.token = org.tenant.desk.issue(CLIENT, elsewhere, ORIGIN, 3600)
    assert client.ask("WhoAmI").status == 401
    for header in ("Basic abc", "Bearer", f"Token {client.token}"):
        assert client.ask("WhoAmI", Authorization=header).status == 401


def test_an_expired_token_is_refused(org: Organization, client: Client) -> None:
    client.token = org.tenant.desk.issue(CLIENT, TENANT, ORIGIN, 0)
    assert "expired" in client.ask("WhoAmI").headers["WWW-Authenticate"]


@pytest.mark.parametrize("code", ["0x80072322", "0x80072321", "0x80072326"])
def test_throttling_comes_with_its_code_and_ends(org: Organization, client: Client, code: str) -> None:
    org.throttle(2, code, retry_after=7)
    for _ in range(2):
        answer = client.ask("WhoAmI")
        assert (answer.status, answer.headers["Retry-After"]) == (429, "7")
        assert json.loads(answer.body)["error"]["code"] == code
    assert client.ask("WhoAmI").status == 200
    org.throttle(1, code, retry_after=None)
    assert "Retry-After" not in client.ask("WhoAmI").headers


def test_the_request_limit_of_five_minutes_holds(org: Organization, client: Client) -> None:
    org.gate.request_limit = 3
    left = [client.ask("WhoAmI").headers["x-ms-ratelimit-burst-remaining-xrm-requests"] for _ in range(3)]
    assert left == ["2", "1", "0"]
    pauses = []
    for _ in range(3):
        answer = client.ask("WhoAmI")
        assert (answer.status, json.loads(answer.body)["error"]["code"]) == (429, "0x80072322")
        pauses.append(int(answer.headers["Retry-After"]))
    assert pauses == sorted(pauses) and pauses[0] < pauses[2], "pressing on lengthens the pause"


def test_the_execution_time_of_five_minutes_is_limited(org: Organization, client: Client) -> None:
    assert client.ask("WhoAmI").headers["x-ms-ratelimit-time-remaining-xrm-requests"] == "1,200.00"
    org.gate.time_limit = 0.0
    answer = client.ask("WhoAmI")
    assert (answer.status, json.loads(answer.body)["error"]["code"]) == (429, "0x80072321")
    assert 290 < int(answer.headers["Retry-After"]) <= 301
    org.gate.time_limit = 1200.0
    assert client.ask("WhoAmI").status == 200


def test_a_batch_is_one_request_whatever_it_holds(org: Organization, client: Client) -> None:
    part = "--b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\nGET WhoAmI HTTP/1.1\r\n\r\n\r\n"
    body = f"{part * 5}--b--\r\n".encode()
    org.gate.request_limit = 2
    kind = {"Content-Type": "multipart/mixed; boundary=b"}
    assert client.ask("$batch", method="POST", body=body, **kind).status == 200
    assert client.ask("WhoAmI").status == 200
    assert client.ask("WhoAmI").status == 429


def test_fifty_three_at_once_are_one_too_many(
    org: Organization, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, release = threading.Semaphore(0), threading.Event()

    def wait(*_: object) -> Answer:
        inside.release()
        release.wait(10)
        return Answer(204)

    monkeypatch.setattr("connector.sandbox.dynamics.webapi._route", wait)
    threads = [threading.Thread(target=client.ask, args=("WhoAmI",)) for _ in range(52)]
    for thread in threads:
        thread.start()
    for _ in threads:
        assert inside.acquire(timeout=10)
    assert client.refused("WhoAmI")[:2] == (429, "0x80072326")
    release.set()
    for thread in threads:
        thread.join()
    assert client.ask("WhoAmI").status == 204


def test_privileges_and_membership(org: Organization, client: Client) -> None:
    org.deny_read("opportunity")
    status, code, message = client.refused("opportunities?$select=name")
    assert (status, code) == (403, "0x80040220")
    assert "prvReadOpportunity" in message
    assert client.get("accounts")["value"] == []
    org.allow_read("opportunity")
    assert client.get("opportunities")["value"] == []
    org.gate.strangers.add(CLIENT)
    assert client.refused("WhoAmI") == (403, "0x80072560", "The user is not a member of the organization.")
    org.gate.strangers.clear()
    org.gate.disabled.add(CLIENT)
    status, code, message = client.refused("WhoAmI")
    assert (status, code) == (403, "0x80040225")
    assert message.startswith(f"The specified user(Id = {org.user_id}) is disabled.")


def test_missing_privileges_hold_on_every_road_to_a_table(org: Organization, client: Client) -> None:
    key = org.upsert("account", {"name": "A"})
    org.deny_read("account")
    for address in (
        "accounts", f"accounts({key})", f"accounts({key})/name", "accounts/$count",
        "accounts?$apply=aggregate($count as n)", "RetrieveTotalRecordCount(EntityNames=['account'])",
        "contacts?$expand=parentcustomerid_account",
    ):  # fmt: skip
        assert client.refused(address)[:2] == (403, "0x80040220"), address


def test_a_record_is_written_and_read_under_conditions(org: Organization, client: Client) -> None:
    made = client.ask("accounts", method="POST", body={"name": "A"})
    assert made.status == 204
    url = made.headers["OData-EntityId"]
    etag = client.get(url)["@odata.etag"]
    assert client.ask(url, **{"If-None-Match": etag}).status == 304
    assert client.ask(url, **{"If-None-Match": "null"}).status == 200
    for never in ("?$expand=primarycontactid($select=fullname)", "?$select=name&$expand=ownerid"):
        assert client.ask(url + never, **{"If-None-Match": etag}).status == 200, "what is expanded has no ETag"
    for note in ('odata.include-annotations="*"', 'odata.include-annotations="OData.Community.Display.V1.*"'):
        assert client.ask(url, note, **{"If-None-Match": etag}).status == 200, "nor have annotations"
    assert client.ask(url, method="PATCH", body={"name": "B"}, **{"If-Match": etag}).status == 204
    assert client.ask(url, method="PATCH", body={"name": "C"}, **{"If-Match": etag}).status == 412
    assert client.ask(url, method="PATCH", body={"name": "C"}, **{"If-None-Match": "*"}).status == 412
    assert client.get(url)["name"] == "B"
    contact = client.ask("contacts", method="POST", body={"lastname": "X", "parentcustomerid_account@odata.bind": url})
    assert client.get(contact.headers["OData-EntityId"])["_parentcustomerid_value"] in url
    assert client.ask(url, method="DELETE", **{"If-Match": etag}).status == 412
    assert client.ask(url, method="DELETE").status == 204
    assert client.ask(url, method="DELETE").status == 404
    assert client.ask(url, method="PATCH", body={"name": "D"}, **{"If-Match": "*"}).status == 404
    assert client.ask(url, method="PATCH", body={"name": "D"}, **{"If-None-Match": "*"}).status == 204
    again = client.ask(url, method="PATCH", body={"name": "E"}, **{"If-None-Match": "*"})
    assert (again.status, json.loads(again.body)["error"]) == (
        412, {"code": "", "message": "A record with matching key values already exists."},
    )  # fmt: skip
    assert client.ask(url, method="PATCH", body={"name": "E"}, **{"If-Match": "*"}).status == 204
    assert client.get(url)["name"] == "E"

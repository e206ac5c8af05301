"""``$batch``: many requests in one, answered in order; change sets all or nothing; what the service refuses is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from http.client import HTTPResponse
from io import BytesIO
from typing import Any

import pytest

from connector.sandbox.dynamics.organization import Organization
from connector.sandbox.exchange import Answer
from tests.sandbox.dynamics_org import ROOT, Client, organization

HEAD = "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n"


@pytest.fixture
def org() -> Iterator[Organization]:
    with organization(20) as made:
        yield made


@pytest.fixture
def client(org: Organization) -> Client:
    return Client(org)


def get(address: str, fields: str = "Accept: application/json\r\n") -> str:
    return f"{HEAD}\r\nGET {address} HTTP/1.1\r\n{fields}\r\n"


def write(method: str, address: str, body: dict[str, Any] | None = None, number: int | None = None) -> str:
    named = "" if number is None else f"Content-ID: {number}\r\n"
    text = "" if body is None else json.dumps(body)
    return f"{HEAD}{named}\r\n{method} {address} HTTP/1.1\r\nContent-Type: application/json\r\n\r\n{text}"


def change_set(*operations: str, name: str = "changeset_9") -> str:
    inner = "".join(f"--{name}\r\n{operation}\r\n" for operation in operations)
    return f'Content-Type: multipart/mixed; boundary="{name}"\r\n\r\n{inner}--{name}--\r\n'


def post(client: Client, *parts: str, prefer: str = "", end: str = "--batch_1--\r\n", **headers: str) -> Answer:
    body = "".join(f"--batch_1\r\n{part}\r\n" for part in parts) + end
    sent = {"Content-Type": 'multipart/mixed; boundary="batch_1"', **headers}
    return client.ask("$batch", prefer, "POST", body.encode(), **sent)


class Part:
    """One HTTP response out of a batch answer, read by the standard library."""

    def __init__(self, message: Message) -> None:
        assert message.get_content_type() == "application/http"
        assert message["Content-Transfer-Encoding"] == "binary"
        self.content_id = message["Content-ID"]
        payload = message.get_payload(decode=True)
        assert isinstance(payload, bytes)

        class Wire(BytesIO):
            def makefile(self, *_: Any, **__: Any) -> Wire:
                return self

        response = HTTPResponse(Wire(payload))  # type: ignore[arg-type]
        response.begin()
        self.status, self.headers, self.body = response.status, response.headers, response.read()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def told(answer: Answer) -> list[Part]:
    """The parts of an answer, those of change sets among them."""
    kind = answer.headers["Content-Type"]
    assert re.fullmatch(r"multipart/mixed; boundary=batchresponse_[0-9a-f-]{36}", kind)
    assert isinstance(answer.body, bytes)
    assert answer.body.startswith(f"--{kind.partition('=')[2]}\r\n".encode())
    whole = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + answer.body)
    return [Part(item) for item in whole.walk() if item.get_content_maintype() != "multipart"]


def test_each_request_is_answered_in_its_order_with_its_own_status(client: Client) -> None:
    answer = post(
        client,
        get("/api/data/v9.2/WhoAmI"),
        get(f"{ROOT}/opportunities?$select=name&$top=2"),
        get("EntityDefinitions(LogicalName='lead')?$select=EntitySetName"),
        get(
            "leads?$select=fullname&$filter=statecode eq 0 and contains(fullname,'a')",
            "Prefer: odata.maxpagesize=1\r\n",
        ),
    )
    assert (answer.status, answer.headers["OData-Version"]) == (200, "4.0")
    who, deals, lead, leads = told(answer)
    assert [part.status for part in (who, deals, lead, leads)] == [200] * 4
    assert who.json["UserId"] == client.organization.user_id
    assert deals.json == client.get("opportunities?$select=name&$top=2")
    assert lead.json["EntitySetName"] == "leads"
    assert leads.headers["Preference-Applied"] == "odata.maxpagesize=1"
    assert len(leads.json["value"]) == 1


def test_the_first_failure_ends_a_batch_unless_it_is_to_go_on(client: Client) -> None:
    parts = (get("accounts?$select=name"), get("accounts?$select=nmae"), get("contacts?$select=fullname"))
    stopped = post(client, *parts)
    assert stopped.status == 400
    assert [part.status for part in told(stopped)] == [200, 400]
    going_on = post(client, *parts, prefer="odata.continue-on-error")
    assert going_on.status == 200
    good, bad, last = told(going_on)
    assert [good.status, bad.status, last.status] == [200, 400, 200]
    assert "nmae" in bad.json["error"]["message"]
    assert bad.headers["REQ_ID"]


def test_a_change_set_is_done_as_a_whole(org: Organization, client: Client) -> None:
    answer = post(
        client,
        change_set(
            write("POST", "/api/data/v9.2/contacts", {"lastname": "Lovelace"}, 1),
            write("POST", "/api/data/v9.2/accounts", {"name": "Engines", "primarycontactid@odata.bind": "$1"}, 2),
            write("PATCH", "$2", {"telephone1": "555"}, 3),
        ),
        get("accounts?$select=telephone1&$filter=name eq 'Engines'"),
    )
    contact, account, _, read = told(answer)
    assert [part.content_id for part in told(answer)] == ["1", "2", "3", None]
    assert contact.headers["Location"] == contact.headers["OData-EntityId"]
    assert read.json["value"][0]["telephone1"] == "555"
    [row] = client.get("accounts?$select=_primarycontactid_value&$filter=name eq 'Engines'")["value"]
    assert row["_primarycontactid_value"] in contact.headers["Location"]
    assert row["accountid"] in account.headers["Location"]


def test_a_change_set_that_fails_changes_nothing_and_answers_once(org: Organization, client: Client) -> None:
    before, version = org.keys("account"), org.database.version
    answer = post(
        client,
        change_set(
            write("POST", "accounts", {"name": "A"}, 1),
            write("POST", "accounts", {"nmae": "B"}, 2),
            write("POST", "accounts", {"name": "C"}, 3),
        ),
    )
    [only] = told(answer)
    assert (answer.status, only.status) == (400, 400)
    assert org.keys("account") == before
    assert org.database.version == version
    assert post(client, write("POST", "accounts", {"name": "$100"})).status == 200


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ([change_set(get("accounts"))], "'GET' is not allowed within a change set"),
        ([change_set(write("POST", "accounts", {"name": "A"}))], "Content-ID' was not present"),
        ([change_set(write("PATCH", "$1", {}, 2))], "Content-ID Reference: '$1' does not exist in the batch context."),
        ([change_set(*[write("POST", "accounts", {"name": "A"}, 1)] * 2)], "found more than once"),
        ([change_set(change_set(get("accounts"), name="inner"))], "another change set"),
        ([get("accounts").replace("binary", "8bit")], "Content-Transfer-Encoding"),
        ([get("accounts").replace("application/http", "text/plain")], "Content-Type"),
        ([get("accounts").replace(" HTTP/1.1", "")], "request line"),
        ([get("https://elsewhere.example/api/data/v9.2/accounts")], "not within this organization"),
        ([get("WhoAmI")] * 1001, "maximum number of '1000'"),
    ],
)
def test_what_is_no_batch_is_refused_as_a_whole(client: Client, parts: list[str], words: str) -> None:
    answer = post(client, *parts)
    assert answer.status == 400
    assert words in json.loads(answer.body)["error"]["message"]  # type: ignore[arg-type]


def test_a_batch_holds_a_thousand_requests_and_no_batch(client: Client) -> None:
    assert len(told(post(client, *[get("WhoAmI")] * 1000))) == 1000
    [nested] = told(post(client, write("POST", "/api/data/v9.2/$batch", {})))
    assert nested.status == 400
    assert "other batch requests" in nested.json["error"]["message"]


def test_lines_end_in_crlf_and_the_last_boundary_is_closed(client: Client) -> None:
    body = f"--b\r\n{get('WhoAmI')}\r\n--b--\r\n"
    kind = {"Content-Type": "multipart/mixed; boundary=b"}
    assert client.ask("$batch", method="POST", body=body.encode(), **kind).status == 200
    for wrong in (body.replace("\r\n", "\n"), body.removesuffix("--b--\r\n"), ""):
        answer = client.ask("$batch", method="POST", body=wrong.encode(), **kind)
        assert answer.status == 400
        assert b"Stream was not readable" in answer.body  # type: ignore[operator]


def test_a_batch_is_posted_as_multipart_mixed(client: Client) -> None:
    assert client.refused("$batch")[0] == 405
    for kind, words in (("application/json", "multipart/mixed"), ("multipart/mixed", "boundary")):
        answer = client.ask("$batch", method="POST", body={}, **{"Content-Type": kind})
        assert answer.status == 400
        assert words in json.loads(answer.body)["error"]["message"]  # type: ignore[arg-type]


def test_addresses_may_be_twice_as_long_as_elsewhere(client: Client) -> None:
    for length, status in ((40_000, 200), (70_000, 414)):
        address = f"accounts?$select=name&$filter=name eq '{'x' * length}'"
        assert [part.status for part in told(post(client, get(address)))] == [status]


def test_parts_are_asked_in_the_name_of_the_sender_alone(org: Organization, client: Client) -> None:
    part = get("WhoAmI", "Authorization: Bearer nonsense\r\nHost: elsewhere.example\r\n")
    assert [item.status for item in told(post(client, part))] == [200]
    org.revoke_tokens()
    assert post(client, get("WhoAmI")).status == 401

"""Whatever is asked, the sandbox answers or refuses; it never breaks, and a refusal always says why."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.sandbox.dynamics.organization import Organization
from connector.sandbox.exchange import Answer
from tests.sandbox.dynamics_org import Client, organization

KEY = "035e2982-0004-ed11-b83e-000d3a372421"
WORDS = [
    "name", "statecode", "ownerid", "_ownerid_value", "estimatedvalue", "createdon", "estimatedclosedate", "eq", "gt",
    "and", "or", "not", "(", ")", ",", "'x'", "'", "5", "-1.5", "99999999999999999999", "null", "true", "2024-01-01",
    "2024-13-41", "0001-01-01T00:00:00+14:00", "contains", "startswith(name,'a')", "[", "]", "@p1", KEY, "'abc'",
    "parentaccountid", "parentaccountid/name", "$select=name", "²", "٣", "desc", "*", '"q"', "X'y'", "\x00",
    "aggregate($count as n)", "filter(", "/", "$ref", ";", "Microsoft.Dynamics.CRM.Between",
    "Microsoft.Dynamics.CRM.In(PropertyName='statecode',PropertyValues=[\"1\",\"x\"])",
]  # fmt: skip
OPTIONS = ["$filter", "$select", "$orderby", "$expand", "$top", "$count", "$apply", "$skiptoken", "$deltatoken", "@p1"]
PATHS = [
    "opportunities", "opportunities/$count", f"opportunities({KEY})", f"opportunities({KEY})/name", "opportunities(",
    "EntityDefinitions", "EntityDefinitions(LogicalName='lead')/Attributes", "audits", "$batch", "/opportunities",
    "RetrieveTotalRecordCount(EntityNames=@p1)",
]  # fmt: skip
PREFERENCES = ["", "odata.maxpagesize=3", "odata.track-changes", "odata.maxpagesize=²", 'odata.include-annotations="*"']
query = st.lists(
    st.tuples(st.sampled_from(OPTIONS), st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join) | st.text(max_size=5)),
    max_size=3,
)  # fmt: skip
unhurried = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def org() -> Iterator[Organization]:
    with organization(5) as made:
        made.gate.request_limit = 1_000_000
        yield made


def told(answer: Answer) -> None:
    assert answer.status < 500 or answer.status == 501
    assert isinstance(answer.body, bytes)
    if answer.status >= 400 and b"--batchresponse_" not in answer.body:
        error = json.loads(answer.body)["error"]
        assert error["message"]


@given(path=st.sampled_from(PATHS), asked=query, prefer=st.sampled_from(PREFERENCES))
@unhurried
def test_any_query_is_answered_or_refused(
    org: Organization, path: str, asked: list[tuple[str, str]], prefer: str
) -> None:
    told(Client(org).ask(f"{path}?{'&'.join(f'{name}={quote(value)}' for name, value in asked)}", prefer))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)
NAMES = ["name", "revenue", "industrycode", "accountid", "createdon", "primarycontactid", "creditonhold", "fullname"]
bodies = st.dictionaries(
    st.sampled_from([*NAMES, "primarycontactid@odata.bind", "ownerid@odata.bind", "@odata.type"]) | st.text(max_size=5),
    json_values | st.sampled_from([f"/contacts({KEY})", KEY, "2024-01-01", "2024-01-01T00:00:00Z"]),
    max_size=3,
)


@given(body=bodies | json_values)
@unhurried
def test_any_body_is_taken_or_refused(org: Organization, body: object) -> None:
    told(Client(org).ask("accounts", method="POST", body=json.dumps(body).encode()))


LINES = [
    "--b", "--b--", "--c", "--c--", "", "Content-Type: application/http", "Content-Transfer-Encoding: binary", ": x",
    "Content-Type: multipart/mixed; boundary=c", "Content-Type: multipart/mixed; boundary=", "Content-ID: 1", "\x00",
    "GET accounts HTTP/1.1", "POST accounts HTTP/1.1", "PATCH $1 HTTP/1.1", "GET $1/x HTTP/1.1", "{}", "GET",
    "Content-Type: application/json", '{"primarycontactid@odata.bind":"$2"}',
]  # fmt: skip


@given(body=st.lists(st.sampled_from(LINES), max_size=14).map("\r\n".join))
@unhurried
def test_any_batch_is_answered_or_refused(org: Organization, body: str) -> None:
    kind = {"Content-Type": "multipart/mixed; boundary=b"}
    told(Client(org).ask("$batch", method="POST", body=f"--b\r\n{body}\r\n--b--\r\n".encode(), **kind))

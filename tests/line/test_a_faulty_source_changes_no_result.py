"""Whatever goes wrong for a while leaves the store that a calm sync leaves; what lasts is told, and loses nothing."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from faulty_world import ROADS, World, world
from workplace import Outcome, Workplace

from connector.sandbox.faults import CATALOGUE, FaultError, read_order
from connector.sandbox.server import Answer, serve

#: design: retried under a deadline, never taken for an answer or an end
PASSING = [
    "status=429,retry-after=40",
    "status=429",
    "status=500",
    "status=502",
    "status=503,retry-after=7",
    "status=504",
    "status=204",
    "html",
    "html=503",
    "expired-session",
    "reset-before-headers",
    "reset-in-headers",
    "reset-in-body",
    "hang-up",
    "cut-body",
    "chunks-without-end",
    "drip=0.05",
    "stall",
    "silence",
    "short-body",
    "false-gzip",
    "cut-gzip",
    "corrupt-gzip",
    "duplicate-page",
    "empty-page",
]
REST, BULK, DYNAMICS, CHANGES = (
    "first read by REST",
    "first read by Bulk",
    "first read of Dynamics",
    "changes of Dynamics",
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("faulty")) as made:
        yield made


@pytest.fixture
def orgs(shared: World) -> Iterator[World]:
    yield shared
    for server in shared.box.servers.values():
        server.faults.mend()
        assert server.failures == []


def told(outcome: Outcome) -> list[tuple[str, str]]:
    """Code and sentence of every error in a summary."""
    found = []
    for source in outcome.json["sources"]:
        for one in (source, *source["objects"]):
            if one.get("error"):
                found.append((one["error"]["code"], one["error"]["message"]))
    return found


@pytest.mark.parametrize(("road", "fault"), [*product(ROADS, PASSING), (BULK, "job-failed")])
def test_what_passes_changes_nothing(road: str, fault: str, orgs: World, request: pytest.FixtureRequest) -> None:
    place = orgs.place(request.node.name.replace("/", " "), later=ROADS[road].later)
    planned = orgs.box.servers[ROADS[road].server].fault(fault, path=ROADS[road].path, after=2, times=2)
    outcome = orgs.sync(road, place)
    assert (outcome.code, told(outcome)) == (0, [])
    assert planned.fired == 2
    assert place.content() == orgs.truth(road)


@pytest.mark.parametrize("fault", ["duplicate-page", "empty-page"])
@pytest.mark.parametrize(
    ("road", "path"),
    [(REST, "FROM Opportunity"), (BULK, "/results"), (DYNAMICS, "/opportunities?"), (CHANGES, "/opportunities?")],
)
def test_deals_that_come_twice_are_one_and_leave_no_version(
    road: str, path: str, fault: str, orgs: World, request: pytest.FixtureRequest
) -> None:
    only = ("--object", "opportunity")
    place = orgs.place(request.node.name.replace("/", " "), later=ROADS[road].later)
    planned = orgs.box.servers[ROADS[road].server].fault(fault, path=path, times=2)
    assert orgs.sync(road, place, *only).code == 0
    assert planned.fired == 2
    assert place.content() == orgs.truth(road, *only)


@pytest.mark.parametrize("fault", PASSING)
def test_no_call_is_too_small_to_stumble(fault: str, orgs: World, request: pytest.FixtureRequest) -> None:
    """Sign-ins, describes, counts, delete logs: the first calls of a run and some of those that follow."""
    for road in (REST, DYNAMICS):
        place = orgs.place(f"{request.node.name} {road}".replace("/", " "))
        planned = []
        for server in ("salesforce", "dynamics", "entra"):
            for after in (0, 3, 7):
                try:
                    planned.append(orgs.box.servers[server].fault(fault, after=after))
                except FaultError:
                    assert CATALOGUE[read_order(fault).kind.name].needs
        outcome = orgs.sync(road, place)
        orgs.box.servers["salesforce"].faults.mend()
        assert (outcome.code, told(outcome)) == (0, [])
        assert place.content() == orgs.truth(road)
        assert sum(each.fired for each in planned) >= 3


#: 5 where pages that came before the trouble are kept
LASTING: list[tuple[str, str, int, str]] = [
    ("status=503", REST, 4, "at last: HTTP 503 (SERVER_UNAVAILABLE"),
    ("status=503", BULK, 4, "at last: HTTP 503 (SERVER_UNAVAILABLE"),
    ("status=503", DYNAMICS, 4, "at last: HTTP 503"),
    ("status=429,retry-after=60", CHANGES, 4, "and it asks to wait 60 s"),
    ("status=401", REST, 3, "the token was refused, and so were 3 fresh ones"),
    ("status=401", DYNAMICS, 3, "the token was refused, and so were 3 fresh ones"),
    ("status=403", REST, 3, "INSUFFICIENT_ACCESS"),
    ("status=403", DYNAMICS, 3, "0x80040220"),
    ("status=403,code=REQUEST_LIMIT_EXCEEDED,message=TotalRequests Limit exceeded.", REST, 4, "TotalRequests Limit"),
    ("html", REST, 4, "HTTP 200 with HTML where JSON is due"),
    ("html", BULK, 4, "HTTP 200 with HTML where JSON is due"),
    ("html", DYNAMICS, 4, "HTTP 200 with HTML where JSON is due"),
    ("expired-session", REST, 3, "the token was refused, and so were 3 fresh ones"),
    ("expired-session", CHANGES, 3, "the token was refused, and so were 3 fresh ones"),
    ("reset-before-headers", REST, 4, "the server hung up without an answer"),
    ("reset-in-headers", DYNAMICS, 4, "the body is empty where JSON is due"),
    ("reset-in-body", REST, 4, "the body was cut"),
    ("hang-up", BULK, 4, "the server hung up without an answer"),
    ("cut-body", DYNAMICS, 4, "the body was cut"),
    ("chunks-without-end", REST, 4, "the body was cut"),
    ("short-body", REST, 4, "the JSON is cut or broken"),
    ("false-gzip", DYNAMICS, 4, "the compressed body is broken"),
    ("cut-gzip", REST, 4, "the compressed body was cut"),
    ("corrupt-gzip", DYNAMICS, 4, "the compressed body is broken"),
    ("duplicate-page", REST, 4, "records came where"),
    ("duplicate-page", BULK, 5, "but it processed"),
    ("empty-page", REST, 4, "31 empty pages came in a row"),
    ("empty-page", BULK, 4, "31 empty pages came in a row"),
    ("empty-page", DYNAMICS, 4, "31 empty pages came in a row"),
    ("looping-link", REST, 4, "promised"),
    ("looping-link", BULK, 5, "leads back to a page that was read already"),
    ("looping-link", DYNAMICS, 4, "leads back to a page that was read already"),
    ("looping-link", CHANGES, 5, "leads back to a page that was read already"),
    ("foreign-link", REST, 4, "credentials go to the configured origin only"),
    ("foreign-link", DYNAMICS, 4, "the org sent a link to another origin"),
    ("foreign-link", CHANGES, 4, "the org sent a link to another origin"),
    ("foreign-delta-link", DYNAMICS, 5, "the org sent a link to another origin"),
    ("job-failed,message=the moon was full", BULK, 4, "the job ended as Failed: the moon was full"),
    ("job-aborted", BULK, 4, "the job ended as Aborted: somebody ended it in Salesforce"),
]


@pytest.mark.parametrize(("fault", "road", "code", "sentence"), LASTING)
def test_what_lasts_is_told_and_loses_nothing(
    fault: str, road: str, code: int, sentence: str, orgs: World, request: pytest.FixtureRequest
) -> None:
    place = orgs.place(request.node.name.replace("/", " "), later=ROADS[road].later)
    planned = orgs.box.servers[ROADS[road].server].fault(fault, path=ROADS[road].path, times="always")
    outcome = orgs.sync(road, place, "--object", "opportunity")
    assert planned.fired
    assert outcome.code == code
    assert any(sentence in message for _, message in told(outcome)), told(outcome)
    planned.mend()
    assert orgs.sync(road, place).code == 0
    assert place.content() == orgs.truth(road)


@pytest.mark.parametrize(
    ("fault", "source", "code", "sentence"),
    [
        ("salesforce:status=503,path=/oauth2/token", "acme", 4, "gave no usable answer"),
        ("salesforce:html,path=/oauth2/token", "acme", 4, "HTML where JSON is due"),
        ("salesforce:status=400,path=/oauth2/token", "acme", 3, "invalid_grant: authentication failure"),
        ("entra:status=503", "contoso", 4, "gave no usable answer"),
        ("entra:status=400,code=temporarily_unavailable,path=/token", "contoso", 4, "cannot sign in just now"),
        ("entra:status=401,path=/token", "contoso", 3, "AADSTS7000215"),
        ("entra:silence", "contoso", 4, "no answer in time"),
    ],
)
def test_a_sign_in_that_stays_broken_is_told(
    fault: str, source: str, code: int, sentence: str, orgs: World, request: pytest.FixtureRequest
) -> None:
    place = orgs.place(request.node.name.replace("/", " "))
    orgs.box.fault(fault, times="always")
    outcome = place.sync(source)
    assert outcome.code == code
    assert any(sentence in message for _, message in told(outcome)), told(outcome)


@pytest.mark.parametrize("road", [REST, DYNAMICS, CHANGES])
def test_nobody_is_asked_where_a_foreign_link_leads(road: str, orgs: World, request: pytest.FixtureRequest) -> None:
    place = orgs.place(request.node.name, later=ROADS[road].later)
    with serve(lambda _: Answer(), orgs.box.authority) as elsewhere:
        fault: dict[str, Any] = {"path": ROADS[road].path, "times": "always"}
        planned = orgs.box.servers[ROADS[road].server].fault(f"foreign-link={elsewhere.url}", **fault)
        orgs.sync(road, place)
        assert planned.fired and not elsewhere.log


def test_a_whole_read_with_duplicates_and_holes_takes_nothing_for_gone(
    orgs: World, request: pytest.FixtureRequest
) -> None:
    place = orgs.place(request.node.name)
    for road in (REST, DYNAMICS):
        assert orgs.sync(road, place).code == 0
    before = place.content()
    for server, path in (("salesforce", "/query"), ("dynamics", "?$select")):
        for fault in ("empty-page", "duplicate-page", "short-body"):
            orgs.box.servers[server].fault(fault, path=path, after=1, times=3)
    for road in (REST, DYNAMICS):
        outcome = orgs.sync(road, place, "--full")
        assert outcome.code == 0
        assert {line["loaded"] + line["deleted"] for line in outcome.objects().values()} == {0}
    assert place.content() == before


def test_every_fault_in_the_catalogue_was_tried() -> None:
    tried = {read_order(fault).kind.name for fault in (*PASSING, *(each[0] for each in LASTING), "job-failed")}
    assert tried == set(CATALOGUE)


def test_a_workplace_is_not_mistaken_for_another(orgs: World) -> None:
    """What the others compare with is worth comparing: the change is in it, and not in the store from before."""
    calm = orgs.truth(CHANGES)
    names = {row for row in map(repr, calm["opportunity"]) if "Changed" in row}
    assert len(names) == 17
    assert isinstance(orgs.before, Workplace) and "Changed" not in repr(orgs.before.content()["opportunity"])

"""Whatever goes wrong for a while leaves the store that a calm sync leaves; what lasts is told, and loses nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from faulty_world import PASSING, ROADS, World, world
from workplace import Outcome

from connector.sandbox.faults import CATALOGUE, read_order
from connector.sandbox.server import Answer, serve

REST, BULK, LATER, DYNAMICS, CHANGES = ROADS


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


@pytest.mark.parametrize("family", PASSING)
@pytest.mark.parametrize("road", ROADS)
def test_what_passes_changes_nothing(road: str, family: str, orgs: World) -> None:
    place = orgs.place(f"{road} {family}", later=ROADS[road].later)
    faults = [*PASSING[family], *(["job-failed"] if (road, family) == (BULK, "other answers") else [])]
    server = orgs.box.servers[ROADS[road].server]
    planned = [server.fault(fault, path=ROADS[road].path, after=1 + number) for number, fault in enumerate(faults)]
    outcome = orgs.sync(road, place)
    assert (outcome.code, told(outcome)) == (0, [])
    assert [each for each in planned if not each.fired] == []
    assert place.content() == orgs.truth(road)


@pytest.mark.parametrize("family", PASSING)
def test_no_call_is_too_small_to_stumble(family: str, orgs: World) -> None:
    """Sign-ins, describes, counts, delete logs: each of the first calls of a run goes wrong in its turn."""
    for road, names in ((REST, ["salesforce"]), (DYNAMICS, ["dynamics", "entra"])):
        place = orgs.place(f"{road} {family} from the first call on")
        planned = [
            orgs.box.servers[name].fault(fault, after=number)
            for name in names
            for number, fault in enumerate(PASSING[family])
            if not (name == "entra" and CATALOGUE[read_order(fault).kind.name].needs)
        ]
        outcome = orgs.sync(road, place)
        assert (outcome.code, told(outcome)) == (0, [])
        assert place.content() == orgs.truth(road)
        assert sum(each.fired for each in planned) >= len(PASSING[family])


@pytest.mark.parametrize(
    ("road", "path"),
    [(REST, "FROM Opportunity"), (BULK, "/results"), (DYNAMICS, "/opportunities?"), (CHANGES, "/opportunities?")],
)
def test_deals_that_come_twice_are_one_and_leave_no_version(road: str, path: str, orgs: World) -> None:
    only = ("--object", "opportunity")
    place = orgs.place(f"{road} twice", later=ROADS[road].later)
    server = orgs.box.servers[ROADS[road].server]
    planned = [server.fault(fault, path=path, times=2) for fault in ("duplicate-page", "empty-page")]
    assert orgs.sync(road, place, *only).code == 0
    assert [each.fired for each in planned] == [2, 2]
    assert place.content() == orgs.truth(road, *only)


#: 5 where pages that came before the trouble are kept
LASTING: list[tuple[str, str, int, str]] = [
    ("status=503", REST, 4, "at last: HTTP 503 (SERVER_UNAVAILABLE"),
    ("status=503", BULK, 4, "at last: HTTP 503 (SERVER_UNAVAILABLE"),
    ("status=429,retry-after=60", CHANGES, 4, "and it asks to wait 60 s"),
    ("status=401", REST, 3, "the token was refused, and so were 3 fresh ones"),
    ("status=403", REST, 3, "INSUFFICIENT_ACCESS"),
    ("status=403", DYNAMICS, 3, "0x80040220"),
    ("status=403,code=REQUEST_LIMIT_EXCEEDED,message=TotalRequests Limit exceeded.", REST, 4, "TotalRequests Limit"),
    ("html", BULK, 4, "HTTP 200 with HTML where JSON is due"),
    ("html", DYNAMICS, 4, "HTTP 200 with HTML where JSON is due"),
    ("expired-session", LATER, 3, "the token was refused, and so were 3 fresh ones"),
    ("expired-session", CHANGES, 3, "the token was refused, and so were 3 fresh ones"),
    ("reset-before-headers", REST, 4, "the server hung up without an answer"),
    ("reset-in-headers", DYNAMICS, 4, "the body is empty where JSON is due"),
    ("reset-in-body", REST, 4, "the body was cut"),
    ("hang-up", BULK, 4, "the server hung up without an answer"),
    ("cut-body", DYNAMICS, 4, "the body was cut"),
    ("chunks-without-end", LATER, 4, "the body was cut"),
    ("short-body", REST, 4, "the JSON is cut or broken"),
    ("false-gzip", DYNAMICS, 4, "the compressed body is broken"),
    ("cut-gzip", LATER, 4, "the compressed body was cut"),
    ("corrupt-gzip", DYNAMICS, 4, "the compressed body is broken"),
    ("duplicate-page", REST, 4, "records came where"),
    ("duplicate-page", BULK, 5, "but it processed"),
    ("empty-page", LATER, 4, "31 empty pages came in a row"),
    ("empty-page", BULK, 4, "31 empty pages came in a row"),
    ("empty-page", DYNAMICS, 4, "31 empty pages came in a row"),
    ("looping-link", REST, 4, "promised"),
    ("looping-link", BULK, 5, "leads back to a page that was read already"),
    ("looping-link", DYNAMICS, 4, "leads back to a page that was read already"),
    ("looping-link", CHANGES, 4, "leads back to a page that was read already"),
    ("foreign-link", LATER, 4, "credentials go to the configured origin only"),
    ("foreign-link", DYNAMICS, 4, "the org sent a link to another origin"),
    ("foreign-link", CHANGES, 4, "the org sent a link to another origin"),
    ("foreign-delta-link", DYNAMICS, 5, "the org sent a link to another origin"),
    ("job-failed,message=the moon was full", BULK, 4, "the job ended as Failed: the moon was full"),
    ("job-aborted", BULK, 4, "the job ended as Aborted: somebody ended it in Salesforce"),
]


@pytest.mark.parametrize(("fault", "road", "code", "sentence"), LASTING)
def test_what_lasts_is_told_and_loses_nothing(fault: str, road: str, code: int, sentence: str, orgs: World) -> None:
    only = ("--object", "opportunity")
    place = orgs.place(f"{road} {fault} for good".replace("/", " "), later=ROADS[road].later)
    planned = orgs.box.servers[ROADS[road].server].fault(fault, path=ROADS[road].path, times="always")
    outcome = orgs.sync(road, place, *only)
    assert planned.fired
    assert outcome.code == code
    assert any(sentence in message for _, message in told(outcome)), told(outcome)
    planned.mend()
    assert orgs.sync(road, place, *only).code == 0
    assert place.content() == orgs.truth(road, *only)


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
def test_a_sign_in_that_stays_broken_is_told(fault: str, source: str, code: int, sentence: str, orgs: World) -> None:
    place = orgs.place(fault.replace("/", " "))
    orgs.box.fault(fault, times="always")
    outcome = place.sync(source)
    assert outcome.code == code
    assert any(sentence in message for _, message in told(outcome)), told(outcome)


@pytest.mark.parametrize(
    ("road", "fault", "code"),
    [(REST, "status=503,path=/describe", 4), (DYNAMICS, "hang-up", 4), (DYNAMICS, "status=401", 3)],
)
def test_a_check_of_a_source_that_dies_in_its_midst_ends_with_it(road: str, fault: str, code: int, orgs: World) -> None:
    """To wait for every object in turn would take a check the better part of an hour."""
    place, waited = orgs.place(f"check {fault}".replace("/", " ")), orgs.clock.ahead
    planned = orgs.box.servers[ROADS[road].server].fault(fault, after=6, times="always")
    outcome = place.run("check", ROADS[road].source)
    assert outcome.code == code and planned.fired
    assert outcome.out.count("FAIL") == 1
    assert orgs.clock.ahead - waited < 300


@pytest.mark.parametrize("road", [LATER, DYNAMICS, CHANGES])
def test_nobody_is_asked_where_a_foreign_link_leads(road: str, orgs: World) -> None:
    place = orgs.place(f"{road} elsewhere", later=ROADS[road].later)
    with serve(lambda _: Answer(), orgs.box.authority) as elsewhere:
        server, path = orgs.box.servers[ROADS[road].server], ROADS[road].path
        planned = server.fault(f"foreign-link={elsewhere.url}", path=path, times="always")
        orgs.sync(road, place)
        assert planned.fired and not elsewhere.log


def test_a_whole_read_with_duplicates_and_holes_takes_nothing_for_gone(orgs: World) -> None:
    place = orgs.place("whole")
    for road in (REST, DYNAMICS):
        assert orgs.sync(road, place).code == 0
    before = place.content()
    for road in (REST, DYNAMICS):
        for fault in ("empty-page", "duplicate-page", "short-body"):
            orgs.box.servers[ROADS[road].server].fault(fault, path=ROADS[road].path, after=1, times=3)
        outcome = orgs.sync(road, place, "--full")
        assert outcome.code == 0
        assert {line["loaded"] + line["deleted"] for line in outcome.objects().values()} == {0}
    assert place.content() == before


def test_every_fault_in_the_catalogue_was_tried() -> None:
    faults = [fault for family in PASSING.values() for fault in family] + [each[0] for each in LASTING]
    assert {read_order(fault).kind.name for fault in faults} == set(CATALOGUE)


@pytest.mark.parametrize("road", [LATER, CHANGES])
def test_what_the_others_are_held_against_has_the_change(road: str, orgs: World) -> None:
    changed = [row for row in orgs.truth(road)["opportunity"] if "Changed" in repr(row)]
    assert len(changed) == 17
    assert "Changed" not in repr(orgs.before.content()["opportunity"])

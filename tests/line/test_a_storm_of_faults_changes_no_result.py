"""Any number of passing faults at any of a sync's calls: the store ends as if there had been none."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import count

import pytest
from faulty_world import PASSING, ROADS, World, world
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.sandbox.faults import CATALOGUE, read_order

PATHS = {
    "salesforce": ["", "/queryAll", "/query/", "/jobs/query", "/results", "/describe", "/deleted", "/token", "Lead"],
    "dynamics": ["", "opportunities", "EntityDefinitions", "organizations", "$skiptoken", "$deltatoken", "systemusers"],
    "entra": ["", "/token", "openid"],
}
SERVERS = {"acme": ["salesforce"], "contoso": ["dynamics", "entra"]}
QUIET = settings(deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@st.composite
def storms(draw: st.DrawFn) -> tuple[str, list[tuple[str, str]]]:
    """A road, and faults of the servers on it: five, so that even all at one call do not outlast its patience."""
    road = draw(st.sampled_from(list(ROADS)))
    faults = []
    for _ in range(draw(st.integers(1, 5))):
        server = draw(st.sampled_from(SERVERS[ROADS[road].source]))
        fault = draw(st.sampled_from([fault for family in PASSING.values() for fault in family]))
        if server == "entra" and CATALOGUE[read_order(fault).kind.name].needs:
            continue
        path, after = draw(st.sampled_from(PATHS[server])), draw(st.integers(0, 30))
        faults.append((server, f"{fault},path={path},after={after}"))
    return road, faults


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("storm")) as made:
        yield made


@pytest.fixture(scope="module")
def numbers() -> Iterator[int]:
    return count()


def weathers(shared: World, numbers: Iterator[int], storm: tuple[str, list[tuple[str, str]]]) -> None:
    road, faults = storm
    place = shared.place(f"storm {next(numbers)}", later=ROADS[road].later)
    planned = [shared.box.servers[server].fault(fault) for server, fault in faults]
    outcome = shared.sync(road, place)
    for each in planned:
        each.mend()
    assert outcome.code == 0, (planned, outcome.err)
    assert place.content() == shared.truth(road), planned
    assert [server.failures for server in shared.box.servers.values()] == [[]] * 4
    shutil.rmtree(place.folder)


@settings(QUIET, max_examples=15)
@given(storm=storms())
def test_a_storm_passes(shared: World, numbers: Iterator[int], storm: tuple[str, list[tuple[str, str]]]) -> None:
    weathers(shared, numbers, storm)


@pytest.mark.soak
@settings(QUIET, max_examples=1_000)
@given(storm=storms())
def test_a_long_storm_passes(shared: World, numbers: Iterator[int], storm: tuple[str, list[tuple[str, str]]]) -> None:
    weathers(shared, numbers, storm)

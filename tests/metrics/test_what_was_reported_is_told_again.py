"""A figure reported on a past day is told again, byte for byte, whatever was edited, reopened, deleted or moved since."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
import time_machine

from connector.metrics.catalog import catalog
from connector.metrics.engines import ENGINES
from connector.store.engine import Store, open_store
from tests.metrics.evolving import day, open_evolution
from tests.metrics.stores import OWN, World, world_in

DAYS = 4
WINDOWS = [("2026-01-01", "2026-06-30"), ("2026-02-01", "2026-02-28"), ("2026-01-01", "2026-03-31")]
Question = tuple[str, dict[str, Any]]
#: flags with which a measure shows more of what it reads
SHOWING = {**OWN, "satisfaction": {"minimum": "1"}}


def questions(rng: Random, on: str) -> Iterator[Question]:
    """One for every measure that the catalog lists, as of the day or another."""
    for about in catalog():
        as_of = rng.choice([on, on, day(rng.randint(-30, 30))])
        by, window, own = rng.choice([None, *about.groups]), rng.choice(WINDOWS), SHOWING.get(about.name, {})
        yield about.name, {"window": window, "by": by, "as_of": as_of, "known_at": on, "own": own}


def told(world: World, asked: Question) -> str:
    """The answer with its notes, and the records behind it, as they are printed."""
    name, params = asked
    return json.dumps([world.ask(name, **params).to_json(), world.explain(name, **params).to_json()])


def without_known_at(asked: Question) -> Question:
    return asked[0], {**asked[1], "known_at": None}


def figures(answer: str) -> Any:
    """What was answered, but for the parameters."""
    return [{**each, "params": None} for each in json.loads(answer)]


def hold_every_answer(store: Store, seed: int) -> None:
    rng = Random(seed)
    answers: list[tuple[Question, str]] = []
    with world_in(store) as world:
        evolution = open_evolution(world, seed)
        for number in range(DAYS):
            evolution.live(number, beyond_the_oracle=True)
            evening = f"{day(number)}T20:00:00Z"
            with time_machine.travel(evening, tick=False):
                evolution.sync(world, evening)
                world.pay(day(number), window=WINDOWS[0])
                for asked in questions(rng, day(number)):
                    answers.append((asked, told(world, asked)))
                    # on the evening itself, what is known then is all that is known
                    assert figures(told(world, without_known_at(asked))) == figures(answers[-1][1]), asked
        for asked, before in answers:
            assert told(world, asked) == before, asked


@pytest.mark.parametrize("seed", range(5))
def test_every_measure_answers_for_a_past_day_as_it_did_on_that_day(store: Store, seed: int) -> None:
    hold_every_answer(store, seed)


def hold_both_engines_alike(folder: Path, seed: int) -> None:
    rng = Random(seed)
    with open_store(folder / "store.db") as store:
        with store.engine.connect() as conn, conn.begin():
            evolution = open_evolution(world := World(conn), seed)
            for number in range(DAYS):
                evolution.live(number, beyond_the_oracle=True)
                evolution.sync(world, f"{day(number)}T20:00:00Z")
                world.pay(day(number), window=WINDOWS[0])
        with store.engine.connect() as conn:
            world.conn = conn
            for name, params in questions(rng, day(rng.randrange(DAYS))):
                first, second = (world.ask(name, engine=each, **params).to_json() for each in ENGINES)
                assert json.dumps(first) == json.dumps(second), (name, params)


def test_both_engines_tell_the_same_of_a_past_day(tmp_path: Path) -> None:
    hold_both_engines_alike(tmp_path, 0)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(50))
def test_both_engines_tell_the_same_of_many_past_days(tmp_path: Path, seed: int) -> None:
    hold_both_engines_alike(tmp_path, seed)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 200))
def test_every_measure_answers_for_many_past_days_as_it_did_then(store: Store, seed: int) -> None:
    hold_every_answer(store, seed)

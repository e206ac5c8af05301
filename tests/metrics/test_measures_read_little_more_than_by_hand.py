"""Every measure gives the figures of its hand-written query, for little more of SQLite's work.

Counted, not timed: steps of SQLite's machine are the same on every computer. A measure that reads deals once per person,
or misses an index, needs many times as many.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.business import store_of
from bench.measures import QUESTIONS, Asked, Bench, Rows, Spent, differences
from connector.store.engine import Store, driver, open_store

DEALS = 2_000
#: people, calendar and window are laid out for every question, whatever it is
FIXED, TIMES = 250_000, 3
_EVERY = 100


class Counting(Bench):
    """Counts the steps of SQLite's machine in place of seconds."""

    def _timed(self, run: Callable[[Any], Rows]) -> tuple[Spent, Rows]:
        steps = 0

        def count() -> None:
            nonlocal steps
            steps += _EVERY

        self.store.engine.dispose()
        with self.store.read() as conn:
            driver(conn).set_progress_handler(count, _EVERY)
            rows = run(conn)
            driver(conn).set_progress_handler(None, 0)
        return Spent(steps, 0), rows


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder: Path = tmp_path_factory.mktemp("business")
    with open_store(store_of(folder, DEALS)) as opened:
        yield opened


@pytest.mark.parametrize("asked", [each for each in QUESTIONS if not each.past], ids=lambda asked: asked.name)
def test_a_measure_gives_the_figures_of_the_query_by_hand_for_little_more_work(store: Store, asked: Asked) -> None:
    bench = Counting(store)
    by_hand, expected = bench.by_hand(asked)
    measured, rows = bench.measure(asked, "sqlite")
    assert differences(asked, rows, expected) == []
    assert measured.processor <= TIMES * by_hand.processor + FIXED

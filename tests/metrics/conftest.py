"""One empty store for all tests of measures; each test's rows are rolled back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from connector.store.engine import Store
from tests.metrics.stores import World, store_in_a_folder, world_in


@pytest.fixture(scope="session")
def store() -> Iterator[Store]:
    with store_in_a_folder() as opened:
        yield opened


@pytest.fixture
def new_world(store: Store) -> Iterator[Callable[..., World]]:
    with ExitStack() as stack:
        yield lambda **report: stack.enter_context(world_in(store, **report))


@pytest.fixture
def world(new_world: Callable[..., World]) -> Any:
    return new_world()

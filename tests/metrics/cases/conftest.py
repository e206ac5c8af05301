"""Every worked case runs three times: by call, as a user would type it, and so with the other engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from connector.store.engine import Store
from tests.metrics.command_line import CommandWorld
from tests.metrics.stores import World, world_in


@pytest.fixture(params=["call", "command line", "duckdb"])
def new_world(request: pytest.FixtureRequest, store: Store, tmp_path: Path) -> Iterator[Callable[..., World]]:
    if request.param != "call":
        engine = "duckdb" if request.param == "duckdb" else "sqlite"
        yield lambda **report: CommandWorld(tmp_path, engine=engine, **report)
        return
    with ExitStack() as stack:
        yield lambda **report: stack.enter_context(world_in(store, **report))

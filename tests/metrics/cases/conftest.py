"""Every worked case runs twice: by call, and as a user would type it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from connector.store.engine import Store
from tests.metrics.command_line import CommandWorld
from tests.metrics.stores import World, world_in


@pytest.fixture(params=["call", "command line"])
def new_world(request: pytest.FixtureRequest, store: Store, tmp_path: Path) -> Iterator[Callable[..., World]]:
    if request.param == "command line":
        yield lambda **report: CommandWorld(tmp_path, **report)
        return
    with ExitStack() as stack:
        yield lambda **report: stack.enter_context(world_in(store, **report))

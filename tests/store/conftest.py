"""An empty store for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.store.engine import Store, open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "crossfunnel.db") as opened:
        yield opened

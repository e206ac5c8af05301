"""Promise 4 holds in every run of every test: whatever ran, however it ended, each record it fetched is accounted for."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

UNBALANCED = "SELECT * FROM sync_run_object WHERE fetched <> loaded + unchanged + rejected + deleted"


@pytest.fixture(autouse=True)
def _every_run_is_balanced(request: pytest.FixtureRequest) -> Iterator[None]:
    """Looks at the run log of every store that the test has left in its folder, whoever wrote it and was killed."""
    folder: Path | None = request.getfixturevalue("tmp_path") if "tmp_path" in request.fixturenames else None
    yield
    for store in folder.rglob("*.db") if folder is not None else ():
        assert unbalanced(store) == [], store


def unbalanced(store: Path) -> list[tuple[object, ...]]:
    """Lines of the run log that do not add up; none where the file holds no run log."""
    try:
        with closing(sqlite3.connect(f"{store.as_uri()}?mode=ro", uri=True)) as connection:
            return connection.execute(UNBALANCED).fetchall()
    except sqlite3.Error:
        return []

"""`status` and `rejects` only look: at a path without a store they say so, answer as of an empty one, and make nothing."""

from __future__ import annotations

import pytest
from workplace import Workplace

from connector.store import open_store


@pytest.mark.parametrize("words", [("status",), ("rejects",), ("rejects", "--retry")])
@pytest.mark.parametrize("store", ["crossfunnel.db", "no/such/folder/crossfunnel.db"])
def test_looking_at_a_store_that_is_not_there_makes_none(place: Workplace, words: tuple[str, ...], store: str) -> None:
    place.configure(f"[store]\nurl = 'sqlite:///{store}'\n[sources.acme]\nkind = 'dynamics'\n")
    outcome = place.run(*words, "--format", "json")
    assert outcome.code == 0
    assert outcome.err == (
        f"note: There is no store at {place.folder / store} yet.\n"
        "hint: Run `crossfunnel sync` first, or correct [store] url.\n"
    )
    assert list(place.folder.iterdir()) == [place.config]
    path = place.folder / store
    path.parent.mkdir(parents=True, exist_ok=True)
    open_store(path).close()
    empty = place.run(*words, "--format", "json")
    assert (empty.code, empty.json) == (0, outcome.json)

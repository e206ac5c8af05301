"""The whole line, from the command line to the wire and back: a sandbox a test, a store a test, no mock between."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from workplace import Workplace

from connector import sandbox
from connector.sandbox import Sandbox


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workplace:
    monkeypatch.delenv("CROSSFUNNEL_CONFIG", raising=False)
    return Workplace(tmp_path)


@pytest.fixture
def box(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A fresh sandbox of both systems, with the workplace configured for it."""
    with sandbox.start(seed=11, deals=60) as running:
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        place.configure(running.config_text())
        yield running

"""What the tests of `check` share: an org of one kind, a place configured for it, and ways to stage a lack for a while."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from workplace import Workplace

from connector.sandbox import Sandbox
from connector.sandbox.exchange import App, Request
from connector.sandbox.server import RunningServer, Wire

HEAD = "version: 1\nextends: default\nobjects:\n"


@dataclass
class Case:
    """One check of one org, in which something is lacking."""

    place: Workplace
    box: Sandbox
    monkeypatch: pytest.MonkeyPatch

    def configure(self, *changes: tuple[str, str], more: str = "") -> None:
        """The sandbox's configuration with some words replaced, and more keys for its source."""
        text = self.box.config_text()
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new)
        self.place.configure(f"{text}\n{more}\n")

    def map(self, kind: str, entry: str) -> None:
        """The packaged mapping with one object's entry laid over it."""
        self.place.map(**{kind: HEAD + entry})

    def failures(self) -> tuple[int, list[dict[str, Any]]]:
        """The exit code, and the lines that do not hold."""
        outcome = self.place.run("check", "--format", "json")
        return outcome.code, [line for line in outcome.json if not line["ok"]]


Lack = Callable[[Case], Any]


@contextmanager
def intercepting(servers: list[RunningServer], take_over: Callable[[Request, App, Wire], None]) -> Iterator[None]:
    """Every exchange of these servers goes through ``take_over`` for a while."""
    for server in servers:
        server.interceptor = lambda _: take_over
    try:
        yield
    finally:
        for server in servers:
            server.interceptor = None


@contextmanager
def clock_ahead(servers: list[RunningServer], by: timedelta) -> Iterator[None]:
    """The servers' answers are dated so much later than it is here."""

    def dated(request: Request, app: App, wire: Wire) -> None:
        answer = app(request)
        answer.headers["Date"] = format_datetime(datetime.now(UTC) + by, usegmt=True)
        wire.send(answer)

    with intercepting(servers, dated):
        yield


def held_to(case: Case, code: int, expected: list[tuple[str, str]]) -> None:
    """The check ends with ``code`` and has exactly these failing lines: words of what, words of its mend."""
    found_code, found = case.failures()
    told = [(line["what"], line["mend"]) for line in found]
    assert len(told) == len(expected), told
    for (what, mend), (words, advice) in zip(told, expected, strict=True):
        assert words in what, told
        assert advice in mend, told
    assert found_code == code, told

"""A running sync shows bars on a terminal and leaves one log line an object otherwise."""

import io
import logging

import pytest
from rich.console import Console

from connector.errors import PermissionDenied
from connector.report.progress import Bars, LogLines
from connector.sync.summary import ObjectSummary


def test_a_terminal_shows_each_object_with_its_records() -> None:
    screen = io.StringIO()
    with Bars(Console(file=screen, force_terminal=True, width=120)) as bars:
        bars.advanced("acme", ObjectSummary("Lead", ("lead",), fetched=1200, loaded=1200))
        bars.ended("acme", ObjectSummary("Lead", ("lead",), fetched=2400, loaded=2400, status="ok"))
    assert "acme Lead" in screen.getvalue()
    assert "2,400 records" in screen.getvalue()


def test_a_log_gets_one_line_an_object_with_every_count(caplog: pytest.LogCaptureFixture) -> None:
    lines = LogLines()
    with caplog.at_level(logging.INFO, "crossfunnel.sync"):
        lines.advanced("acme", ObjectSummary("Lead", ("lead",), fetched=1))
        lines.ended("acme", ObjectSummary("Lead", ("lead",), fetched=3, loaded=1, unchanged=1, deleted=1, status="ok"))
        lines.ended("acme", ObjectSummary("Goal", ("quota",), status="failed", error=PermissionDenied("not allowed")))
    assert [record.getMessage() for record in caplog.records] == [
        "acme Lead: ok, 3 fetched, 1 loaded, 1 unchanged, 0 rejected, 1 deleted, 0 requests, 0.0 s",
        "acme Goal: not allowed",
    ]

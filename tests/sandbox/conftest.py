"""Sandbox orgs for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connector import sandbox
from connector.sandbox import Sandbox


@pytest.fixture(scope="module")
def shared() -> Iterator[Sandbox]:
    """A Salesforce org that the tests of one file only read."""
    with sandbox.start(systems=("salesforce",), long_text=True) as running:
        yield running
        assert running.salesforce.domain.failures == []


@pytest.fixture
def fresh() -> Iterator[Sandbox]:
    """A small Salesforce org of one test's own."""
    with sandbox.start(systems=("salesforce",), deals=40) as running:
        yield running
        assert running.salesforce.domain.failures == []

"""Each test of this folder runs in every world that can do what it needs; ``needs`` names what that is."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import pytest

from connector import redaction
from connector.sandbox.business import Business, generate
from connector.sandbox.certificates import Authority
from connector.transport import sessions
from tests.adapters.world import SourceWorld
from tests.adapters.worlds import WORLDS


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    for name in ("world", "peopled"):
        if name in metafunc.fixturenames:
            needed = {need for mark in metafunc.definition.iter_markers("needs") for need in mark.args}
            able = [world for world in WORLDS if not needed & world.cannot.keys()]
            metafunc.parametrize(name, able, ids=[world.name for world in able], indirect=True, scope=None)


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def secrets_of_one_test_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program knows the secrets of its own run; those of a thousand runs make every log line dear."""
    monkeypatch.setattr(redaction._known, "_values", set())
    monkeypatch.setattr(redaction._known, "_pattern", None)


#: thousands of runs trust the same few authorities, and reading the system's takes longer than a run
_trust = functools.cache(sessions.tls_context)


@pytest.fixture(autouse=True)
def trust_is_loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "tls_context", _trust)


@pytest.fixture(scope="session")
def authority() -> Iterator[Authority]:
    with Authority() as made:
        yield made


@pytest.fixture(scope="session")
def business() -> Business:
    return generate(seed=11, deals=90, long_text=True)


@pytest.fixture
def world(request: pytest.FixtureRequest, authority: Authority) -> Iterator[SourceWorld]:
    """An org of one test's own, with ten records in the plain object and four rows to a page."""
    made: SourceWorld = request.param(authority)
    made.page_size = 4
    for number in range(10):
        made.create(name=f"Deal {number}")
    yield made
    made.stop()


@pytest.fixture(scope="module")
def peopled(request: pytest.FixtureRequest, authority: Authority, business: Business) -> Iterator[SourceWorld]:
    """An org with the whole made-up business, which tests only read."""
    made: SourceWorld = request.param(authority, business)
    yield made
    made.stop()

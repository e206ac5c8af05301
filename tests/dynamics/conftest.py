"""A scripted org per test, and adapters onto it that are closed when the test ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from scripted_dataverse import CLIENT, SECRET, TENANT, ScriptedOrg

from connector.adapters.dynamics import DynamicsAdapter
from connector.sandbox.certificates import Authority
from connector.settings import DynamicsSource


@pytest.fixture(scope="session")
def authority() -> Iterator[Authority]:
    with Authority() as made:
        yield made


@pytest.fixture
def org(authority: Authority) -> Iterator[ScriptedOrg]:
    scripted = ScriptedOrg(authority)
    yield scripted
    scripted.server.stop()
    assert scripted.server.failures == []


@pytest.fixture
def connect(org: ScriptedOrg, authority: Authority) -> Iterator[Callable[..., DynamicsAdapter]]:
    """Makes an adapter for the scripted org; ``cache`` and transport options may be given."""
    made: list[DynamicsAdapter] = []

    def make(cache: dict[str, str] | None = None, page_size: int = 5000, **keys: Any) -> DynamicsAdapter:
        source = DynamicsSource(
            **{
                "name": "contoso",
                "kind": "dynamics",
                "url": org.url,
                "tenant_id": TENANT,
                "client_id": CLIENT,
                "client_secret": SECRET,
                "authority": org.url,
                "ca_bundle": authority.ca_file,
                **keys,
            }
        )
        adapter = DynamicsAdapter(
            source, cache={} if cache is None else cache, page_size=page_size, deadline=5.0, sleep=lambda _seconds: None
        )
        made.append(adapter)
        return adapter

    yield make
    for adapter in made:
        adapter.close()

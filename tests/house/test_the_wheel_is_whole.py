"""`make test` meets the built wheel and nothing else, mapping files and SQL included."""

import importlib.util
import os
from pathlib import Path

import pytest

from connector.mapping import packaged_folder

WHEEL = os.environ.get("CROSSFUNNEL_UNDER_TEST")

pytestmark = pytest.mark.skipif(WHEEL is None, reason="on the checkout")


@pytest.mark.parametrize("module", ["cli", "connector", "connector.metrics", "connector.store.migrations.env"])
def test_every_module_comes_from_the_wheel(module: str) -> None:
    found = importlib.util.find_spec(module)
    assert found is not None and found.origin is not None
    assert Path(found.origin).is_relative_to(str(WHEEL))


def test_the_packaged_mappings_lie_inside_the_wheel() -> None:
    assert packaged_folder().is_relative_to(str(WHEEL))
    assert {"salesforce.yaml", "dynamics.yaml", "funnel.yaml", "quota.yaml"} <= {
        path.name for path in packaged_folder().iterdir()
    }

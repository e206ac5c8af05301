"""docs/configuration.md cannot drift from the settings: every key that may be written stands in it."""

from pathlib import Path

import pytest
from pydantic import BaseModel

from connector.adapters.salesforce.permissions import NEEDED
from connector.settings import (
    DynamicsSource,
    Office365Source,
    ReportSettings,
    SalesforceSource,
    StoreSettings,
    SyncSettings,
)

PAGE = Path(__file__).resolve().parents[2] / "docs" / "configuration.md"


@pytest.mark.parametrize(
    "model", [StoreSettings, ReportSettings, SyncSettings, SalesforceSource, DynamicsSource, Office365Source]
)
def test_every_key_stands_in_the_page(model: type[BaseModel]) -> None:
    page = PAGE.read_text(encoding="utf-8")
    hidden = {"name", "missing"}
    assert [name for name in model.model_fields if name not in hidden and f"`{name}`" not in page] == []


def test_every_permission_that_check_asks_for_stands_in_the_page() -> None:
    page = " ".join(PAGE.read_text(encoding="utf-8").split())
    assert [needed.label for needed in NEEDED if f"**{needed.label}**" not in page] == []

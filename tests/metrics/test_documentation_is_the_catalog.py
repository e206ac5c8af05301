"""docs/measures.md is what the catalog says, and every measure says all that a reader needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.errors import UsageError
from connector.metrics import MetricInfo, catalog
from connector.metrics.catalog import as_markdown, info
from tests.metrics.stores import OWN, World

DOCUMENT = Path(__file__).parents[2] / "docs" / "measures.md"


def test_document_is_generated() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == as_markdown(), "run: python -m connector.metrics > docs/measures.md"


@pytest.mark.parametrize("measure", catalog(), ids=lambda measure: measure.name)
def test_a_measure_describes_exactly_its_columns(world: World, measure: MetricInfo) -> None:
    described = info(measure.name)
    world.deal("D1", "open", amount_minor=1)
    world.visit("acme:D1", 1, "qualify", "2026-01-01", None, "recorded")
    owner = world.user("ada")
    world.quota(owner, 1, "2026-01-01", "2026-03-31")
    world.deal("D2", "won", owner_id=owner, close_on="2026-02-01", amount_minor=1)
    world.visit("acme:D2", 1, "qualify", "2026-01-01", "2026-02-01", "recorded")
    world.record("satisfaction", "S1", score=5, score_max=5, given_on="2026-02-01", owner_id=owner)
    world.record("activity", "A1", kind="email", direction="out", occurred_on="2026-02-01", counterpart_email="x@y.z")
    world.derive()
    columns = [column.name for column in described.columns]
    asked = {"window": ("2026-01-01", "2026-12-31"), "own": OWN.get(described.name, {})}
    answer = world.ask(described.name, by=next(iter(described.groups), None), **asked)
    assert list(answer.columns) == columns
    assert answer.rows and all(list(row) == columns for row in answer.rows)
    ungrouped = world.ask(described.name, **asked)
    assert ungrouped.rows and all(list(row) == list(ungrouped.columns) for row in ungrouped.rows)


def test_an_unknown_measure_names_those_there_are() -> None:
    with pytest.raises(UsageError) as error:
        info("velocity")
    assert "funnel" in error.value.hint and "quota" in error.value.hint

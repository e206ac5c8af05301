"""The records that explain shows behind a row add up to its figures exactly, whatever the store and the question."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.errors import UsageError
from connector.metrics.catalog import catalog, info
from connector.report.metrics import render_explanation
from connector.store.engine import Store
from tests.metrics.random_business import DAYS, business, day, put_business
from tests.metrics.random_payouts import put_payouts
from tests.metrics.stores import OWN, World, world_in

QUESTIONS = st.sampled_from([(each.name, by) for each in catalog() for by in (None, *each.groups)])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6), question=QUESTIONS, as_of=st.integers(0, DAYS))
def test_contributions_re_sum(store: Store, seed: int, question: tuple[str, str | None], as_of: int) -> None:
    name, by = question
    with world_in(store) as world:
        put_business(world, business(seed))
        put_payouts(world, seed)
        world.derive()
        asked = {"window": ("2025-01-01", "2026-12-31"), "as_of": day(as_of), "by": by, "own": OWN.get(name, {})}
        answer = world.ask(name, **asked)
        explained = world.explain(name, **asked).to_json()
        assert [part["row"] for part in explained["rows"]] == answer.rows
        additive = [column.name for column in info(name).columns if column.is_additive]
        for part in explained["rows"]:
            sums: dict[str, int] = defaultdict(int)
            for record in part["records"]:
                for column, value in record["contributes"].items():
                    sums[column] += value
            assert set(sums) <= set(additive)
            for column in additive:
                assert (part["row"][column] or 0) == sums[column], (column, part["row"])


def put_small(world: World) -> None:
    owner = world.user("ada", team=world.team("North"))
    world.quota(owner, 100_00, "2026-01-01", "2026-03-31")
    for name, amount in (("D1", 80_00), ("D2", 40_00)):
        deal = world.deal(name, "won", owner_id=owner, close_on="2026-02-01", amount_minor=amount)
        world.visit(deal, 1, "qualify", "2026-01-01", "2026-02-01", "recorded")
    world.record("lead", "L1", created_on="2026-01-05", status="qualified", owner_id=owner)
    world.derive()


def test_each_record_stands_once_with_its_link_and_every_column_it_adds_to(world: World) -> None:
    put_small(world)
    found = world.explain("quota", {"person": "ada"}).to_json()
    assert list(found) == ["metric", "definition", "formula", "sql", "params", "policies", "rows"]
    ((part),) = found["rows"]
    assert part["records"] == [
        {
            "id": "acme:D1", "source": "acme", "url": "https://acme.test/opportunity/D1",
            "contributes": {"won_minor": 80_00, "won_count": 1, "commission_minor": 4_00},
        },
        {
            "id": "acme:D2", "source": "acme", "url": "https://acme.test/opportunity/D2",
            "contributes": {"won_minor": 40_00, "won_count": 1, "commission_minor": 3_00},
        },
        {"id": "acme:q000001", "source": "acme", "url": "https://acme.test/quota/q000001",
         "contributes": {"quota_minor": 100_00}},
    ]  # fmt: skip
    assert "quota_minor" in found["formula"] and "won_minor" in found["formula"]
    shown = render_explanation(world.explain("quota", {"person": "ada"}), "table").splitlines()
    assert [line.split() for line in shown[-5:] if "---" not in line] == [
        ["record", "quota", "USD", "won", "USD", "won_count", "commission", "USD", "url"],
        ["acme:D1", "-", "80.00", "1", "4.00", "https://acme.test/opportunity/D1"],
        ["acme:D2", "-", "40.00", "1", "3.00", "https://acme.test/opportunity/D2"],
        ["acme:q000001", "100.00", "-", "-", "-", "https://acme.test/quota/q000001"],
    ]


def test_rows_are_chosen_by_what_they_show(world: World) -> None:
    put_small(world)
    (part,) = world.explain("funnel", {"stage": "Propose"}).to_json()["rows"]
    assert part["row"]["stage"] == "propose"
    assert [record["contributes"]["advanced"] for record in part["records"]] == [1, 1]
    (lead,) = world.explain("funnel", {"stage": "lead"}).to_json()["rows"]
    assert [record["id"] for record in lead["records"]] == ["acme:L1"]
    with pytest.raises(UsageError) as none:
        world.explain("funnel", {"stage": "nowhere"})
    assert "qualify" in none.value.hint
    with pytest.raises(UsageError) as unknown:
        world.explain("funnel", {"phase": "lead"})
    assert "stage" in unknown.value.hint

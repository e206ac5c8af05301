"""--known-at follows what changed beside the deals, says what it cannot tell, and leaves no trace behind."""

from __future__ import annotations

import pytest

from connector.errors import UsageError
from connector.mapping.people import People
from connector.store import load, mark_pending, prune, set_setting
from connector.store.settings import VERSIONS_BEGIN
from connector.sync.derive import DeriveContext, Deriver
from tests.metrics.stores import World

YEAR = ("2026-01-01", "2026-12-31")
COMMON = ("id", "source", "source_id", "source_object", "is_deleted", "source_modified_at")
FIRST, SECOND = "2026-02-02T20:00:00Z", "2026-02-05T20:00:00Z"
FIRST_DAY, SECOND_DAY = FIRST[:10], SECOND[:10]


def come(world: World, table: str, own: str, at: str, **columns: object) -> None:
    row = (f"acme:{own}", "acme", own, table, 0, at, *columns.values())
    load(world.conn, table, (*COMMON, *columns), [row], synced_at=at, fresh=False)


def deal_with_history(world: World) -> None:
    world.close()
    come(world, "opportunity", "D1", FIRST, status="open", created_on="2026-01-05", created_at="2026-01-05T08:00:00Z",
         amount_minor=1_00, currency="USD", source_stage="propose", pipeline="default")  # fmt: skip
    for number, (day, value) in enumerate([("2026-01-05", "qualify"), ("2026-01-20", "propose")]):
        come(world, "stage_event", f"e{number}", FIRST, opportunity_id="acme:D1", occurred_at=f"{day}T10:00:00Z",
             occurred_on=day, source_stage=value, seq=0, evidence="history")  # fmt: skip
    mark_pending(world.conn, ["acme:D1"])
    world.derive(FIRST)


def test_a_stage_that_was_declared_closed_later_was_open_then(world: World) -> None:
    deal_with_history(world)
    come(world, "source_stage", "s1", SECOND, value="propose", name="propose", is_won=0, is_closed=1, position=3)
    world.derive(SECOND)
    for known_at, reached in ((FIRST_DAY, 1), (SECOND_DAY, 0)):
        rows = world.rows("funnel", "stage", window=YEAR, as_of=known_at, known_at=known_at)
        assert rows["propose"]["entered"] == reached, known_at


def test_a_funnel_of_today_tells_the_past_too(world: World) -> None:
    deal_with_history(world)
    come(world, "opportunity", "D1", SECOND, status="open", created_on="2026-01-05", created_at="2026-01-05T08:00:00Z",
         amount_minor=2_00, currency="USD", source_stage="propose", pipeline="default")  # fmt: skip
    world.derive(SECOND)
    row = world.rows("funnel", "stage", window=YEAR, as_of=FIRST_DAY, known_at=FIRST_DAY)["propose"]
    assert (row["entered"], row["amount_minor"]) == (1, 1_00)


def test_people_yaml_of_today_says_who_was_one_person(world: World) -> None:
    for own, email in (("u1", "ada@acme.test"), ("u2", "king@acme.test")):
        come(world, "crm_user", own, FIRST, name="Ada", email=email)
        come(world, "opportunity", f"D-{own}", FIRST, owner_id=f"acme:{own}", status="won", created_on="2026-01-05",
             close_on="2026-01-20", amount_minor=1_00, currency="USD")  # fmt: skip
    world.derive(FIRST)
    come(world, "crm_user", "u1", SECOND, name="Ada King", email="ada@acme.test")
    one = People({"ada@acme.test": "king@acme.test", "king@acme.test": "king@acme.test"})
    world.mappings = type(world.mappings)({}, world.mappings.funnel, people=one, plans=world.mappings.plans)
    Deriver(DeriveContext(report=world.report, funnel=world.mappings.funnel, kinds=world.kinds, now=SECOND, people=one)
            ).finish(world.conn)  # fmt: skip
    for known_at in (FIRST_DAY, SECOND_DAY):
        (row,) = world.ask("quota", window=YEAR, as_of=known_at, known_at=known_at).rows
        assert row["won_count"] == 2


def test_a_rate_corrected_later_was_the_old_one_then(world: World) -> None:
    come(world, "fx_rate", "r0", FIRST, currency="USD", units_per_base="1", dated=0)
    come(world, "fx_rate", "r1", FIRST, currency="EUR", units_per_base="0.8", valid_from="2026-01-01", dated=1)
    come(world, "opportunity", "D1", FIRST, status="won", created_on="2026-01-05", close_on="2026-01-20",
         amount_minor=1_00, currency="EUR")  # fmt: skip
    world.derive(FIRST)
    come(world, "fx_rate", "r1", SECOND, currency="EUR", units_per_base="0.5", valid_from="2026-01-01", dated=1)
    world.derive(SECOND)
    for known_at, value in ((FIRST_DAY, 1_25), (SECOND_DAY, 2_00)):
        (row,) = world.ask("quota", window=YEAR, by="total", as_of=known_at, known_at=known_at).rows
        assert row["won_minor"] == value


def test_a_quota_value_that_was_learned_late_does_not_count_before(world: World) -> None:
    ada = world.user("ada")
    quota = world.quota(ada, 120_00, "2026-01-01", "2026-03-31", source_modified_at="2026-03-20T08:00:00Z")
    for modified, known_from, known_to, amount in (
        ("2026-01-01", "2026-01-02", "2026-03-05", 60_00),
        ("2026-02-01", "2026-03-05", "2026-04-01", 90_00),
    ):
        world.put("quota_version", id=quota, known_from=f"{known_from}T00:00:00Z", known_to=f"{known_to}T00:00:00Z",
                  source_modified_at=f"{modified}T08:00:00Z", amount_minor=amount, currency="USD")  # fmt: skip
    world.derive()
    for known_at, amount in (("2026-03-01", 60_00), ("2026-03-10", (60_00 * 31 + 90_00 * 59) // 90)):
        (row,) = world.ask("quota", window=YEAR, as_of="2026-03-10", known_at=known_at).rows
        assert row["quota_minor"] == pytest.approx(amount, abs=1), known_at


def test_nothing_of_a_question_stays_for_the_next(world: World) -> None:
    deal_with_history(world)
    now = world.ask("funnel", window=YEAR).to_json()
    before = world.ask("funnel", window=YEAR, as_of="2026-01-31", known_at="2026-01-31").rows
    assert all(row["entered"] == 0 for row in before)
    assert world.ask("funnel", window=YEAR).to_json() == now
    with pytest.raises(UsageError):
        world.ask("funnel", window=YEAR, known_at="2026-01-31", where=[("person", "nobody")])
    assert world.ask("funnel", window=YEAR).to_json() == now
    world.derive()  # it writes to the tables themselves


def test_explain_shows_the_records_as_they_were_known(world: World) -> None:
    deal_with_history(world)
    come(world, "opportunity", "D1", SECOND, status="open", created_on="2026-01-05", created_at="2026-01-05T08:00:00Z",
         amount_minor=2_00, currency="USD", source_stage="propose", pipeline="default")  # fmt: skip
    world.derive(SECOND)
    shown = world.explain("funnel", {"stage": "propose"}, window=YEAR, as_of=FIRST_DAY, known_at=FIRST_DAY).to_json()
    ((record,),) = (row["records"] for row in shown["rows"])
    assert record["contributes"] == {"entered": 1, "open": 1, "amount_minor": 1_00}
    assert record["url"] == "https://acme.test/opportunity/D1"
    assert shown["params"]["known_at"] == FIRST_DAY


def test_a_day_whose_states_were_dropped_is_refused(world: World) -> None:
    deal_with_history(world)
    come(world, "opportunity", "D1", SECOND, status="won", close_on="2026-02-05")
    world.derive(SECOND)
    prune(world.conn, versions_before="2026-02-05T00:00:00Z")
    world.ask("quota", window=YEAR, known_at=FIRST_DAY)
    prune(world.conn, versions_before="2026-02-10T00:00:00Z")
    with pytest.raises(UsageError, match="what was known before 2026-02-10 is kept no longer"):
        world.ask("quota", window=YEAR, known_at=FIRST_DAY)
    assert world.ask("quota", window=YEAR, by="total", known_at="2026-02-10").rows[0]["won_count"] == 1


def test_a_store_that_kept_less_once_says_so(world: World) -> None:
    deal_with_history(world)
    set_setting(world.conn, VERSIONS_BEGIN, "2026-02-04T00:00:00Z")
    for known_at, says in ((FIRST_DAY, True), (SECOND_DAY, False)):
        notes = world.ask("funnel", window=YEAR, as_of=known_at, known_at=known_at).notes
        assert any("kept of deals and quotas only" in note for note in notes) == says

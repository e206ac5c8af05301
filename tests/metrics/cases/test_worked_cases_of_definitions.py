"""Leads and prospects are told apart by one rule, and nobody is counted twice; every word has its sentence."""

from __future__ import annotations

from connector.metrics import catalog
from connector.metrics.words import terms
from tests.metrics.stores import World


def put_x03(world: World) -> None:
    for source, own, contact in (
        ("acme", "L1", None), ("acme", "L2", None), ("acme", "L3", "C1"), ("contoso", "M1", None), ("contoso", "M2", "K1"),
    ):  # fmt: skip
        status = "qualified" if contact else "open"
        world.record("lead", own, source, status=status, contact_id=contact and f"{source}:{contact}")
    world.record("contact", "C1", "acme")
    world.record("contact", "K1", "contoso")


def test_x03_leads_and_prospects(world: World) -> None:
    put_x03(world)
    world.derive()
    rows = world.rows("definitions", "name")
    assert (rows["lead"]["count"], rows["prospect"]["count"]) == (3, 2)
    assert "3 leads, 2 prospects." in world.ask("definitions").notes
    by_source = {(row["group"], row["name"]): row["count"] for row in world.ask("definitions", by="source").rows}
    assert by_source["acme", "lead"] == 2 and by_source["acme", "prospect"] == 1


def test_a_contact_on_an_open_opportunity_is_a_prospect_and_one_person_by_address(world: World) -> None:
    put_x03(world)
    world.deal("D1", account_id="acme:A1")
    world.deal("D2", "won", account_id="acme:A2", close_on="2026-02-01")
    world.record("contact", "C2", account_id="acme:A1", email="Eve@Acme.test")
    world.record("contact", "C3", account_id="acme:A2")
    world.record("contact", "C4")
    world.record(
        "activity", "T1", kind="call", occurred_on="2026-02-01", opportunity_id="acme:D1", contact_id="acme:C4"
    )
    world.record("lead", "M3", "contoso", status="qualified", email="eve@acme.test")
    world.record("lead", "M4", "contoso", status="qualified", email="eve@acme.test", is_deleted=1)
    world.record("lead", "M5", "contoso", status="disqualified")
    world.derive()
    rows = world.rows("definitions", "name")
    assert (rows["lead"]["count"], rows["prospect"]["count"]) == (3, 4)  # C1, K1, C2 and M3 in one, C4
    assert [rows[name]["count"] for name in ("opportunity", "open", "won", "lost")] == [2, 1, 1, 0]


def test_every_measure_and_term_has_a_sentence_in_both_languages(world: World) -> None:
    world.derive()
    english, persian = (world.ask("definitions", lang=lang).rows for lang in ("en", "fa"))
    names = {each.name for each in catalog()} | set(terms("en"))
    assert {row["name"] for row in english} == {row["name"] for row in persian} == names
    for row in persian:
        assert any("\u0600" <= letter <= "\u06ff" for letter in row["definition"]), row["name"]
    for row in english:
        assert row["definition"].isascii() and row["definition"].endswith("."), row["name"]
    assert [row["count"] for row in english] == [row["count"] for row in persian]

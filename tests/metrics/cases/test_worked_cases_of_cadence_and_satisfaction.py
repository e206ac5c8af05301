"""The worked cases of message cadence and satisfaction, over stores of contract columns, by call and by command line."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from connector.metrics import Result
from tests.metrics.stores import World

EARLY = ("2025-01-01", "2025-12-31")
G01 = [
    ("2025-01-06", "T1"), ("2025-01-08", "T2"), ("2025-01-10", "T3"), ("2025-01-12", "T4"), ("2025-01-15", "T5"),
    ("2025-01-16", "T6"), ("2025-01-22", "T1"), ("2025-01-29", "T7"), ("2025-02-15", "T8"), ("2025-02-25", "T9"),
    ("2025-03-05", "T10"),
]  # fmt: skip


def put_mails(world: World, address: str, mails: Sequence[tuple[str, str]], source: str = "acme") -> None:
    for day, subject in mails:
        world._serial += 1
        world.record(
            "activity", f"m{world._serial}", source, kind="email", direction="out", occurred_on=day,
            subject_hash=subject, counterpart_email=address,
        )  # fmt: skip


def test_g01_too_many_and_the_same_again(world: World) -> None:
    put_mails(world, "p@x.test", G01)
    world.record("contact", "C1", name="Pat", email="P@x.test")
    world.derive()
    (row,) = world.ask("cadence", window=EARLY, as_of="2025-03-31").rows
    assert row["violations"] == [
        ["2025-01-12", "over_week1"], ["2025-01-16", "over_weekly"], ["2025-01-22", "repeat_message"],
        ["2025-02-25", "over_monthly"],
    ]  # fmt: skip
    assert (row["person"], row["sent"], row["first_sent_on"]) == ("Pat", 11, "2025-01-06")
    assert row["next_allowed_on"] == "2025-04-04"  # day 88: the block of days 58 to 87 has its one


def test_g02_over_marketing_shows_only_across_both_crms(world: World) -> None:
    put_mails(world, "p1@x.test", [("2025-01-06", "T1"), ("2025-01-09", "T2")])
    put_mails(world, "P1@X.test", [("2025-01-07", "U1"), ("2025-01-10", "U2")], "contoso")
    put_mails(world, "p2@x.test", [("2025-01-06", "T1")])
    world.derive()
    first, second = world.ask("cadence", window=EARLY, as_of="2025-01-31").rows
    assert (first["sent"], first["violations"]) == (4, [["2025-01-10", "over_week1"]])
    assert (second["sent"], second["violations"], second["under"]) == (1, [["2025-01-12", "under"]], [["week1", 1]])
    assert first["under"] == []


def verdict(answer: Result) -> list[str]:
    return [note for note in answer.notes if "llowed" in note]


def check(world: World, day: str, **own: str) -> tuple[int, list[str]]:
    answer = world.ask("cadence", as_of=day, own={"check": "p@x.test", **own})
    return answer.exit_code, verdict(answer)


def test_a_campaign_tool_asks_before_it_sends(world: World) -> None:
    put_mails(world, "p@x.test", G01[:4])
    put_mails(world, "q@x.test", G01[:1])
    world.record("contact", "C2", name="Quinn", email="out@x.test", opted_out=1)
    world.derive()
    assert check(world, "2025-01-12") == (8, ["Not allowed: over_week1, again from 2025-01-13."])
    assert check(world, "2025-01-13", message="T9") == (0, ["Allowed."])
    assert check(world, "2025-01-13", message="T3") == (8, ["Not allowed: repeat_message."])
    assert world.ask("cadence", as_of="2025-01-13", own={"check": "new@x.test"}).exit_code == 0
    assert verdict(world.ask("cadence", as_of="2025-01-13", own={"check": "OUT@x.test"})) == ["Not allowed: opted_out."]


def test_members_of_a_campaign_who_got_nothing_are_under(world: World) -> None:
    world.record("campaign", "K1", name="Spring", starts_on="2025-01-06")
    for number, address in enumerate(("p@x.test", "q@x.test")):
        world.record("campaign_member", f"M{number}", campaign_id="acme:K1", email=address)
    put_mails(world, "p@x.test", [("2024-12-01", "T0"), ("2025-01-07", "T1"), ("2025-01-09", "T2")])
    put_mails(world, "elsewhere@x.test", G01)
    world.derive()
    rows = world.ask("cadence", window=EARLY, as_of="2025-01-31", own={"campaign": "spring"}).rows
    assert [(row["sent"], row["first_sent_on"], row["violations"]) for row in rows] == [
        (0, None, [["2025-01-12", "under"]]), (2, "2025-01-07", []),
    ]  # fmt: skip


def put_members(world: World, campaign: str, source: str, *addresses: str | None) -> None:
    for address in addresses:
        world._serial += 1
        world.record("campaign_member", f"M{world._serial}", source, campaign_id=campaign, email=address)


def test_a_filter_on_a_campaign_accuses_nobody_whose_mails_it_hides(world: World) -> None:
    ada = world.user("ada", name="Ada")
    world.user("someone", "contoso")
    for source, address in (("acme", "p@x.test"), ("contoso", "q@x.test")):
        campaign = world.record("campaign", f"K-{source}", source, name="Spring", starts_on="2025-01-06")
        put_members(world, campaign, source, address, None)
        put_mails(world, address, G01[:1], source)
    world.derive()

    def asked(**where: str) -> tuple[list[int], list[str]]:
        answer = world.ask(
            "cadence", window=EARLY, as_of="2025-01-31", own={"campaign": "spring"}, where=list(where.items())
        )
        notes = [note for note in answer.notes if "of the campaign" in note or note.startswith("Who")]
        return [len(row["under"]) for row in answer.rows], notes

    without = "of the campaign without an e-mail address: in no row."
    assert asked() == ([1, 1], [f"2 members {without}"])
    assert asked(source="contoso") == ([1], [f"1 member {without}"])
    told = "Who got too few mails is not told: a filter hides the mails that others sent them."
    assert asked(person=ada) == ([], [f"2 members {without}", told])


def test_mails_to_nobody_known_are_counted_in_the_window_and_where_anyone_is_asked_about(world: World) -> None:
    world.record("campaign", "K1", name="Spring", starts_on="2025-01-06")
    put_members(world, "acme:K1", "acme", "p@x.test")
    for day in ("2024-12-31", "2025-01-06", "2025-01-07"):
        world._serial += 1
        world.record("activity", f"m{world._serial}", kind="email", direction="out", occurred_on=day)
    world.derive()

    def unknown(**own: str) -> list[str]:
        answer = world.ask("cadence", window=EARLY, as_of="2025-01-31", own=own)
        return [note.split(" to ")[0] for note in answer.notes if "nobody known" in note]

    assert unknown() == ["2 mails"]
    assert unknown(campaign="spring") == unknown(check="p@x.test") == []


def test_a_mail_counts_as_sent_unless_somebody_says_that_it_came_in(world: World) -> None:
    directions = ("out", None, "Outbound", "outgoing", "in", "Inbound", "incoming")
    for number, direction in enumerate(directions):
        world.record(
            "activity", f"m{number}", kind="email", direction=direction, occurred_on="2025-01-06",
            counterpart_email="p@x.test",
        )  # fmt: skip
    world.derive()
    (row,) = world.ask("cadence", window=EARLY).rows
    assert row["sent"] == 4


def test_mails_after_opting_out_are_violations(world: World) -> None:
    world.record("contact", "C1", email="p@x.test", opted_out=1, source_modified_at="2025-01-09T12:00:00Z")
    put_mails(world, "p@x.test", G01[:3])
    world.derive()
    (row,) = world.ask("cadence", window=EARLY, as_of="2025-01-31").rows
    assert row["violations"] == [["2025-01-10", "opted_out"]]
    assert row["next_allowed_on"] is None


def test_a_mail_that_two_sources_recorded_is_one(world: World) -> None:
    for source in ("acme", "contoso"):
        world.record(
            "activity", "A1", source, kind="email", direction="out", occurred_on="2025-01-06",
            occurred_at="2025-01-06T08:00:00Z", subject_hash="T1", counterpart_email="p@x.test",
        )  # fmt: skip
    world.derive()
    (row,) = world.ask("cadence", window=EARLY, as_of="2025-01-08").rows
    assert (row["sent"], row["violations"]) == (1, [])


def test_satisfaction_shows_who_can_influence_it_and_hides_anecdotes(world: World) -> None:
    first, second = world.user("ada", name="Ada"), world.user("bob", name="Bob")
    for number, score in enumerate([5, 5, 4, 5, 1, 5]):
        world.record("satisfaction", f"A{number}", score=score, score_max=5, given_on="2025-02-01", owner_id=first)
    for number in range(4):
        world.record("satisfaction", f"B{number}", score=1, score_max=5, given_on="2025-02-01", owner_id=second)
    world.record("satisfaction", "odd", score=7, score_max=5, given_on="2025-02-01", owner_id=second)
    world.derive()
    answer = world.ask("satisfaction", window=EARLY, by="person")
    ada, bob = answer.rows
    assert (ada["group"], ada["responses"], ada["mean_share"]) == ("Ada", 6, pytest.approx(25 / 30))
    assert ada["top_box"] == pytest.approx(4 / 6)
    assert ada["wilson_low"] < 4 / 6 < ada["wilson_high"]
    assert (bob["group"], bob["responses"], bob["mean_share"], bob["top_box"]) == ("Bob", 4, None, None)
    assert answer.notes[:2] == [
        "1 row with fewer than 5 answers: no figures.", "1 answer without a score between 0 and its highest: left out.",
    ]  # fmt: skip
    (_, low) = world.ask("satisfaction", window=EARLY, by="person", own={"minimum": "4"}).rows
    assert low["mean_share"] == pytest.approx(0.2)

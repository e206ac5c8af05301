"""funnel.yaml, people.yaml, quota.yaml and rates.csv: what they say, and every mistake in them."""

from decimal import Decimal
from pathlib import Path

import pytest

from connector.mapping import People, fold_email, plan_for
from tests.mapping.workbench import complaints, load, write


def stages(count: int) -> str:
    return "".join(f"  - {{key: s{n}, salesforce: [Stage {n}]}}\n" for n in range(count))


@pytest.mark.parametrize("count", [3, 7])
def test_three_to_seven_stages_are_a_funnel(folder: Path, count: int) -> None:
    write(folder, "funnel.yaml", f"version: 1\nstages:\n{stages(count)}")
    assert [stage.position for stage in load(folder).funnel.stages] == list(range(1, count + 1))


@pytest.mark.parametrize("count", [2, 8])
def test_fewer_or_more_stages_are_refused(folder: Path, count: int) -> None:
    (folder / "funnel.yaml").write_text(f"version: 1\nstages:\n{stages(count)}", encoding="utf-8")
    assert complaints(folder) == [f"2:1: a funnel has 3 to 7 stages, this one has {count}"]


def test_a_stage_is_claimed_by_name_before_category(folder: Path) -> None:
    text = "version: 1\nstages: [{key: a, dynamics: [0]}, {key: b, dynamics: [1, Pilot]}, {key: c, salesforce: [x]}]\n"
    write(folder, "funnel.yaml", text)
    funnel = load(folder).funnel
    assert funnel.claim("dynamics", "pilot ", 0) == "b"
    assert funnel.claim("dynamics", "Something", 0) == "a"
    assert funnel.claim("dynamics", "1", None) == "b"
    assert funnel.claim("dynamics", "Something", None) is None
    assert funnel.claim("salesforce", "X", None) == "c"
    assert funnel.claim("office365", "X", None) is None
    assert [stage.name for stage in funnel.stages] == ["A", "B", "C"]


def test_every_mistake_of_a_funnel_is_told(folder: Path) -> None:
    (folder / "funnel.yaml").write_text(
        "version: 1\nstages:\n  - {key: won, salesforce: [A]}\n  - {key: Big, salesforce: [B]}\n"
        "  - {key: a, salesforce: [C, 12:30]}\n  - {key: a, saleforce: [D]}\n  - {key: b, salesforce: [c, [d]]}\n  - x\n",
        encoding="utf-8",
    )
    assert complaints(folder) == [
        "3:11: 'won' is no stage key: won and lost are statuses, and lead and open name other things",
        "4:11: the stage key 'Big' must be a lower-case word of letters, digits and _",
        '5:30: 12:30 without quotes is a number in base 60 to some YAML readers: write "12:30", or spell the number plainly',
        "6:11: duplicate stage key 'a'",
        "6:14: unknown key 'saleforce', did you mean 'salesforce'?",
        "7:27: c is claimed by stage 'a' already",
        "7:30: salesforce lists stage values or stage categories, not a list",
        "8:5: a stage must be a mapping ({key: value}), not x",
    ]


def test_people_are_one_by_any_of_their_addresses(folder: Path) -> None:
    write(
        folder,
        "people.yaml",
        """
        version: 1
        people:
          - {email: Ada.Byron@acme.test, also: [ada@old.test], name: Ada Byron}
        shared: [Info@acme.test]
        """,
    )
    people = load(folder).people
    assert people.canonical("ADA@old.test") == "ada.byron@acme.test"
    assert people.canonical("ada.byron@acme.test.invalid") == "ada.byron@acme.test"
    assert people.canonical("bob@acme.test") == "bob@acme.test"
    assert people.canonical("info@ACME.test") is None
    assert people.canonical(" ") is None
    assert people.name_of("ada@old.test") == "Ada Byron"
    assert fold_email(None) is None
    assert load(None).people == People()


def test_every_mistake_of_people_is_told(folder: Path) -> None:
    (folder / "people.yaml").write_text(
        "version: 1\npeople:\n  - {email: a@x.test, also: [b@x.test]}\n  - {email: c@x.test, also: [B@x.test, nobody]}\n"
        "  - {name: Ada}\nshared: [a@x.test, 5]\n",
        encoding="utf-8",
    )
    assert complaints(folder) == [
        "4:30: 'B@x.test' is listed for two people",
        "4:40: 'nobody' is no e-mail address",
        "5:5: email is missing",
        "6:10: 'a@x.test' is shared here and a person's address above; it can be one of them only",
        "6:20: shared holds texts, not 5",
    ]


def test_the_most_specific_plan_wins(folder: Path) -> None:
    plan = "{{name: {0}, applies_to: {1}, tiers: [{{name: t, up_to: null, commission: 0.1}}]}}"
    plans = ", ".join(
        plan.format(name, whom)
        for name, whom in [("all", '{person: "*"}'), ("emea", "{team: EMEA}"), ("ada", "{person: Ada@acme.test}")]
    )
    write(folder, "quota.yaml", f"version: 1\nplans: [{plans}]\n")
    found = load(folder).plans
    assert [one.name for one in found] == ["all", "emea", "ada"]
    names = [
        plan_for(found, emails, teams).name  # type: ignore[union-attr]
        for emails, teams in [(["ada@acme.test"], ["emea"]), (["bob@acme.test"], ["Emea "]), ([], [])]
    ]
    assert names == ["ada", "emea", "all"]
    assert plan_for((), [], []) is None


def test_a_plan_is_read_whole() -> None:
    plan = load(None).plans[0]
    assert [(tier.name, tier.up_to, tier.commission) for tier in plan.tiers] == [
        ("base", Decimal("1.0"), Decimal("0.05")),
        ("accelerator", None, Decimal("0.10")),
    ]
    assert (plan.changed_quota, plan.ramp_months, plan.retroactive) == ("prorate_days", (), False)
    assert plan.bonus is not None
    assert plan.bonus.amount == 5000
    assert plan.review is not None
    assert (plan.review.periods, plan.review.min_deals) == (2, 5)


def test_every_mistake_of_a_plan_is_told(folder: Path) -> None:
    (folder / "quota.yaml").write_text(
        """version: 1
plans:
  - name: a
    applies_to: {person: ada}
    changed_quota: lates
    ramp_months: [0.5, 2]
    tiers:
      - {name: x, up_to: 1.0, commission: 0.1}
      - {name: x, up_to: 0.5, commission: much}
      - {name: y, commission: -1}
      - {name: z, up_to: 2, commission: 5}
    retroactive: maybe
    bonus: {at: 1}
    review: {below: 0.5, periods: 1.5}
  - {name: a, applies_to: {team: A, person: "*"}}
""",
        encoding="utf-8",
    )
    assert complaints(folder) == [
        "4:18: person is an e-mail address or \"*\", not 'ada'",
        "5:20: unknown value of changed_quota: 'lates', did you mean 'latest'?",
        "6:24: a share in ramp_months is from 0 to 1, this one is 2",
        "9:19: duplicate tier 'x'",
        "9:19: tiers rise: up_to 0.5 does not come after 1.0",
        "9:43: commission must be a number, not much",
        "10:9: up_to is missing: the attainment up to which the tier reaches, null for no end",
        "10:31: commission must not be below 0, it is -1",
        "11:19: no tier can follow 'y', which has no upper end",
        "11:41: commission is a share of what was won, from 0 to 1, this one is 5",
        "12:18: retroactive must be true or false, not maybe",
        "13:12: amount is missing",
        "14:35: periods must be a whole number, it is 1.5",
        "15:6: duplicate plan 'a'",
        "15:27: applies_to names one of person and team",
    ]


def test_rates_are_read_exactly_and_in_order(folder: Path) -> None:
    write(
        folder,
        "rates.csv",
        "\ufeffCurrency,valid_from,units per base unit\nEUR,2026-01-01,0.91\nEUR,,0.9\n\nJPY,,150\n",
    )
    rates = load(folder).rates
    assert [(rate.currency, rate.valid_from, rate.units_per_base) for rate in rates] == [
        ("EUR", None, Decimal("0.9")),
        ("EUR", "2026-01-01", Decimal("0.91")),
        ("JPY", None, Decimal(150)),
    ]


def test_every_mistake_of_rates_is_told(folder: Path) -> None:
    (folder / "rates.csv").write_text(
        "currency,valid_from,units_per_base\neur,2026-13-01,0\nEUR\nUSD,,1\nUSD,,2\nCHF,,0,9\nGBP,,abc\n",
        encoding="utf-8",
    )
    assert complaints(folder) == [
        "2:1: 'eur' is no currency code (three capitals, such as EUR)",
        "2:1: '2026-13-01' is no day (YYYY-MM-DD)",
        "2:1: '0' is no rate (a number above 0, with a point)",
        "3:1: 3 values are due in this line, there are 1",
        "5:1: a second rate for USD from the beginning",
        "6:1: 3 values are due in this line, there are 4",
        "7:1: 'abc' is no rate (a number above 0, with a point)",
    ]
    (folder / "rates.csv").write_text("EUR;2026-01-01;0.9\n", encoding="utf-8")
    assert complaints(folder) == ["1:1: the first line must name the columns: currency,valid_from,units_per_base"]

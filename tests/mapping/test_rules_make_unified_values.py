"""Every op of the vocabulary: what it makes of a value, of nothing, and of a value that does not fit."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connector.adapters.base import FiscalCalendar, Value
from connector.errors import CrossfunnelError
from tests.mapping.workbench import Bench, context, frame, load, one_field, outcome, rows_of, write

D = Decimal
CURRENCIES = frame(lookups={"cur": {"g1": {"code": "JPY"}, "g2": {"code": None}}})


@pytest.mark.parametrize(
    ("column", "rule", "row", "expected"),
    [
        ("name", "A", {"A": "x"}, "x"),
        ("name", "A", {"A": 5}, "5"),
        ("name", "A", {"A": D("5.00")}, "5"),
        ("name", "A", {"A": D("0.10")}, "0.1"),
        ("name", "A", {"A": D("1E+3")}, "1000"),
        ("name", "A", {"A": True}, "true"),
        ("name", "A", {"A": None}, None),
        ("name", "A", {"A": "a\ud800b"}, "a\ufffdb"),
        ("name", "{from: A}", {"A": "x"}, "x"),
        ("name", "{const: x}", {}, "x"),
        ("account_id", "{ref: account, from: A}", {"A": "001"}, "acme:001"),
        ("account_id", "{ref: account, from: A}", {"A": 7}, "acme:7"),
        ("account_id", "{ref: account, from: A}", {"A": "\ud800"}, "acme:\ufffd"),
        ("account_id", "{ref: account, from: A}", {"A": None}, None),
        ("amount_minor", "{money: A}", {"A": D("12.345")}, 1235),
        ("amount_minor", "{money: A}", {"A": D("-12.345")}, -1235),
        ("amount_minor", "{money: A}", {"A": D("12.344999999999999999999999999999")}, 1234),
        ("amount_minor", "{money: A}", {"A": 7}, 700),
        ("amount_minor", "{money: A}", {"A": "7.5"}, 750),
        ("amount_minor", "{money: A}", {"A": None}, None),
        ("amount_minor", "{money: A, currency: C}", {"A": D("1.5"), "C": "JPY"}, 2),
        ("amount_minor", "{money: A, currency: C}", {"A": D("1.2345"), "C": "KWD"}, 1235),
        ("amount_minor", "{money: A, currency: C}", {"A": D("1.5"), "C": "usd"}, 150),
        ("amount_minor", "{money: A, else: {money: B}}", {"A": None, "B": 2}, 200),
        ("status", "{map: {0: open, 1: won}, from: A}", {"A": 1}, "won"),
        ("status", "{map: {0: open, 1: won}, from: A}", {"A": "1"}, "won"),
        ("status", "{map: {0: open, 1: won}, from: A}", {"A": D("1.0")}, "won"),
        ("status", '{map: {"0": open}, from: A}', {"A": 0}, "open"),
        ("status", "{map: {true: won}, from: A, else: open}", {"A": "true"}, "won"),
        ("status", "{map: {0: open, 1: won}, from: A}", {"A": None}, None),
        ("status", "{map: {0: open}, from: A, else: lost}", {"A": 9}, "lost"),
        ("name", "{map: {0: zero}, from: A, else: {from: B}}", {"A": 9, "B": "b"}, "b"),
        ("status", "{when: A, is: true, then: won, else: open}", {"A": True}, "won"),
        ("status", "{when: A, is: true, then: won, else: open}", {"A": None}, "open"),
        ("status", "{when: A, is: [x, y], then: won}", {"A": "y"}, "won"),
        ("status", "{when: A, is: null, then: won}", {"A": None}, "won"),
        ("status", '{when: A, is: "*", then: won, else: open}', {"A": "anything"}, "won"),
        ("name", "{first: [A, B], else: none}", {"A": None, "B": "b"}, "b"),
        ("name", "{first: [A, B], else: none}", {}, "none"),
        ("name", "{first: [{when: A, is: 1, then: {from: B}}, C]}", {"A": 1, "B": None, "C": "c"}, "c"),
        ("name", "{first: [{when: A, is: 1, then: {from: B}}, C]}", {"A": 1, "B": "b", "C": "c"}, "b"),
        ("probability", "{percent: A}", {"A": D(10)}, 0.1),
        ("probability", "{percent: A}", {"A": 100}, 1.0),
        ("probability", "A", {"A": D("0.25")}, 0.25),
        ("close_on", "A", {"A": "2026-03-29"}, "2026-03-29"),
        ("close_on", "A", {"A": "2026-03-31T23:30:00Z"}, "2026-04-01"),
        ("close_on", "A", {"A": "2026-03-31T23:30:00"}, "2026-03-31"),
        ("close_on", "{day: A, zone: source}", {"A": "2026-03-31T23:30:00Z"}, "2026-03-31"),
        ("close_on", "{const: 2026-01-31}", {}, "2026-01-31"),
        ("created_at", "A", {"A": "2026-03-31T23:30:00Z"}, "2026-03-31T23:30:00Z"),
        ("created_at", "A", {"A": "2026-03-31T23:30:00.000+0000"}, "2026-03-31T23:30:00Z"),
        ("created_at", "A", {"A": "2026-01-31T12:00:00"}, "2026-01-31T17:00:00Z"),
        ("name", '{join: [A, B, C], with: ", "}', {"A": "a", "C": 3}, "a, 3"),
        ("name", "{join: [A, B]}", {}, None),
    ],
)  # fmt: skip
def test_a_value_becomes(folder: Path, column: str, rule: str, row: dict[str, Value], expected: Any) -> None:
    ctx = context(source_zone=ZoneInfo("America/New_York"))
    assert outcome(folder, column, rule, row, ctx) == expected


@pytest.mark.parametrize(
    ("column", "rule", "row", "message"),
    [
        ("amount_minor", "{money: A}", {"A": "a lot"}, "amount_minor: 'a lot' is no number"),
        ("amount_minor", "{money: A}", {"A": True}, "amount_minor: True is no number"),
        ("amount_minor", "{money: A}", {"A": D("NaN")}, "amount_minor: NaN is no number"),
        ("amount_minor", "{money: A}", {"A": D("1E+999999")}, "amount_minor: 1E+999999 is too large an amount"),
        ("amount_minor", "{money: A, currency: C}", {"A": 1, "C": "Euro"}, "amount_minor: 'Euro' is no currency code"),
        ("status", "{map: {0: open}, from: A}", {"A": 7}, "status: 7 is not among the values that map lists"),
        ("status", "A", {"A": "Won"}, "status: 'Won' is not one of open, won, lost"),
        ("probability", "A", {"A": 10}, "probability: 10 is no share from 0 to 1; a percentage is mapped with {percent: ...}"),
        ("probability", "{percent: A}", {"A": 101}, "probability: 101 is no percentage from 0 to 100"),
        ("close_on", "A", {"A": "2026-02-30"}, "close_on: '2026-02-30' is no instant"),
        ("close_on", "A", {"A": 20260230}, "close_on: 20260230 is no day"),
        ("created_at", "A", {"A": "2026-02-03"}, "created_at: '2026-02-03' is a day, not an instant; a day can only fill"),
        ("created_at", "A", {"A": "2026-02-03T25:00:00Z"}, "created_at: '2026-02-03T25:00:00Z' is no instant"),
    ],
)  # fmt: skip
def test_a_value_that_does_not_fit_is_a_reject_that_names_it(
    folder: Path, column: str, rule: str, row: dict[str, Value], message: str
) -> None:
    assert str(outcome(folder, column, rule, row)).startswith(message)


def test_a_day_beside_an_instant_is_filled_and_can_be_mapped(folder: Path) -> None:
    mapped = Bench(one_field(folder, "created_at", "A"), "salesforce", "Thing").map(
        {"Id": "1", "A": "2026-03-31T22:30:00Z"}
    )
    assert rows_of(mapped)[0]["created_on"] == "2026-04-01"
    text = "version: 1\nobjects: {Thing: {table: lead, fields: {created_at: A, created_on: B}}}\n"
    write(folder, "salesforce.yaml", text)
    mapped = Bench(load(folder, "salesforce"), "salesforce", "Thing").map(
        {"Id": "1", "A": "2026-03-31T22:30:00Z", "B": "2026-03-31"}
    )
    assert rows_of(mapped)[0]["created_on"] == "2026-03-31"


def test_days_hold_in_zones_off_by_half_an_hour_and_at_the_ends_of_time(folder: Path) -> None:
    ctx = context(report_zone=ZoneInfo("Asia/Kolkata"))
    bench = Bench(one_field(folder, "created_at", "A"), "salesforce", "Thing", ctx)
    mapped = bench.map(
        {"Id": "1", "A": "2026-03-31T18:29:59Z"},
        {"Id": "2", "A": "2026-03-31T18:30:00Z"},
        {"Id": "3", "A": "9999-12-31T23:00:00Z"},
    )
    assert [row["created_on"] for row in rows_of(mapped)] == ["2026-03-31", "2026-04-01", "9999-12-31"]


def test_the_currency_column_is_filled_beside_an_amount(folder: Path) -> None:
    bench = Bench(one_field(folder, "amount_minor", "{money: A, currency: C}"), "salesforce", "Thing")
    mapped = bench.map({"Id": "1", "A": 1, "C": "EUR"}, {"Id": "2", "A": 1}, {"Id": "3", "C": "JPY"})
    assert [row["currency"] for row in rows_of(mapped)] == ["EUR", "USD", "JPY"]


def test_an_amount_in_a_currency_that_is_not_known_is_refused_never_guessed(folder: Path) -> None:
    rule = "{money: A, currency: {lookup: cur, from: C, field: code}}"
    ctx = context(frame=CURRENCIES)
    bench = Bench(one_field(folder, "amount_minor", rule), "salesforce", "Thing", ctx)
    mapped = bench.map({"Id": "1", "A": 5, "C": "g1"}, {"Id": "2", "A": 5, "C": "g9"}, {"Id": "3", "A": 5})
    assert [(row["id"], row["amount_minor"], row["currency"]) for row in rows_of(mapped)] == [
        ("acme:1", 5, "JPY"),
        ("acme:3", 500, "USD"),
    ]
    assert [reject.source_id for reject in mapped.rejects] == ["2"]
    assert mapped.rejects[0].message == "amount_minor: cur 'g9' is not known, so neither is its code"


def test_labels_and_lookups_come_from_the_frame(folder: Path) -> None:
    ctx = context(frame=frame(labels={("Thing", "A"): {1: "North"}}, lookups={"stage": {"s1": {"name": "Pilot"}}}))
    assert outcome(folder, "region", "{label: A}", {"A": 1}, ctx) == "North"
    assert outcome(folder, "region", "{label: A}", {"A": 2}, ctx) == "2"
    assert outcome(folder, "region", "{label: A}", {}, ctx) is None
    assert outcome(folder, "region", "{lookup: stage, from: A, field: name}", {"A": "s1"}, ctx) == "Pilot"
    assert outcome(folder, "region", "{lookup: stage, from: A, field: name}", {"A": "s2"}, ctx) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("https://www.Acme.test/about?x=1", "acme.test"),
        ("acme.test", "acme.test"),
        ("Ada <ada@mail.acme.test", "mail.acme.test"),
        ("http://user:secret@acme.test:8080#top", "acme.test"),
        ("n/a", None),
        ("http://", None),
        (None, None),
    ],
)
def test_a_domain_is_found_or_nothing(folder: Path, value: Value, expected: str | None) -> None:
    assert outcome(folder, "domain", "{domain: W}", {"W": value}, table="account") == expected


@pytest.mark.parametrize(
    ("calendar", "year", "period", "expected"),
    [
        (FiscalCalendar(), 2026, 3, ("2026-07-01", "2026-09-30")),
        (FiscalCalendar(), 2024, 102, ("2024-02-01", "2024-02-29")),
        (FiscalCalendar(), 2026, 202, ("2026-07-01", "2026-12-31")),
        (FiscalCalendar(4, 1), 2026, 301, ("2025-04-01", "2026-03-31")),
        (FiscalCalendar(4, 1, named_by_start=True), 2026, 1, ("2026-04-01", "2026-06-30")),
        (FiscalCalendar(7, 15), 2026, 101, ("2025-07-15", "2025-08-14")),
        (FiscalCalendar(), 2026, 401, ("2026-01-01", "2026-01-28")),
        (FiscalCalendar(), 2026, 413, ("2026-12-03", "2026-12-31")),
    ],
)
def test_fiscal_periods_follow_the_orgs_own_calendar(
    folder: Path, calendar: FiscalCalendar, year: int, period: int, expected: tuple[str, str]
) -> None:
    ctx = context(frame=frame(fiscal=calendar))
    rule = "{{fiscal: {0}, year: Y, period: P, when: W, else: {{day: D, zone: source}}}}"
    row: dict[str, Value] = {"Y": year, "P": period, "W": True}
    found = [
        outcome(folder, f"period_{bound}", rule.format(bound), row, ctx, table="quota") for bound in ("start", "end")
    ]
    assert tuple(found) == expected


def test_a_goal_that_is_no_fiscal_one_has_its_own_days(folder: Path) -> None:
    rule = "{fiscal: start, year: Y, period: P, when: W, else: {day: D, zone: source}}"
    ctx = context(source_zone=ZoneInfo("Europe/Copenhagen"))
    row: dict[str, Value] = {"Y": 2026, "P": 1, "W": False, "D": "2026-03-31T22:00:00Z"}
    assert outcome(folder, "period_start", rule, row, ctx, table="quota") == "2026-04-01"
    refused = outcome(folder, "period_start", rule, {"Y": 2026, "P": 77, "W": True}, ctx, table="quota")
    assert refused == "period_start: 77 is no fiscal period code"


def test_a_hash_keeps_the_message_apart_but_not_the_text(folder: Path) -> None:
    mappings = one_field(folder, "subject_hash", "{hash: S}", table="activity")
    bench = Bench(mappings, "salesforce", "Thing")
    mapped = bench.map({"Id": "1", "S": "Offer "}, {"Id": "2", "S": "offer"}, {"Id": "3", "S": "Other"}, {"Id": "4"})
    one, two, three, four = (row["subject_hash"] for row in rows_of(mapped))
    assert one == two != three
    assert len(one) == 64
    assert four is None
    other_key = Bench(mappings, "salesforce", "Thing", context(hash_key=b"other")).map({"Id": "1", "S": "offer"})
    assert rows_of(other_key)[0]["subject_hash"] != one
    with pytest.raises(CrossfunnelError, match="needs the store's hash key"):
        Bench(mappings, "salesforce", "Thing", context(hash_key=b"")).map({"Id": "1"})


def test_extra_keeps_what_is_no_column(folder: Path) -> None:
    text = """
    version: 1
    objects:
      Thing:
        table: team
        fields: {name: N, extra.tier: T, extra.score: S, extra.vip: V, extra.note: {label: L}}
    """
    write(folder, "salesforce.yaml", text)
    bench = Bench(load(folder, "salesforce"), "salesforce", "Thing")
    mapped = bench.map(
        {"Id": "1", "T": 'go"ld\n', "S": D("1.50"), "V": False, "L": 3}, {"Id": "2"}, {"Id": "3", "T": "\ud800"}
    )
    assert [row["extra"] for row in rows_of(mapped)] == [
        '{"note":"3","score":1.5,"tier":"go\\"ld\\n","vip":false}',
        None,
        json.dumps({"tier": "\ufffd"}, ensure_ascii=False, separators=(",", ":")),
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("ada@x.example", "ada@x.example"), ("ada@x.example;bo@y.example;", "ada@x.example"),
        ("Ada B <ada@x.example>, bo@y.example", "ada@x.example"), (" 'ada@x.example' ", "ada@x.example"),
        ("Ada", None), ("@", None), ("", None), (None, None), (7, None),
    ],
)  # fmt: skip
def test_the_first_address_of_a_list_is_found_or_nothing(folder: Path, value: Value, expected: str | None) -> None:
    assert outcome(folder, "counterpart_email", "{address: W}", {"W": value}, table="activity") == expected

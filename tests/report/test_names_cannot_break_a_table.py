"""Whatever people and accounts are called, a table keeps its lines and columns, in both languages."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from connector.metrics import Result, info
from connector.metrics.notes import Name, Note
from connector.report.answer import Answer
from connector.report.metrics import render_result
from tests.report.terminal import DIRECTIONS, is_balanced, table_of

ANYTHING = st.text(st.characters(codec=None, categories=None), max_size=12)
#: letters of scripts that a terminal lays out cell by cell, marks that sit on others, and what breaks or turns lines
AWKWARD = st.text(
    st.sampled_from("aZ 9علیسا۵日本語é\u0301\u064e\u0654\u200c\n\r\t\x1b\x07\x85\u2028\u2029" + "".join(sorted(DIRECTIONS))),
    max_size=12,
)  # fmt: skip


def shown(name: str, language: str) -> str:
    columns = tuple(column.name for column in info("win_rate").columns)
    row = {
        **dict.fromkeys(columns),
        "group": name,
        "group_id": "1",
        "basis": "closed",
        "won": 12,
        "lost": 3,
        "rate": 0.8,
    }
    other = {**row, "group": "Ada", "won": 1}
    note = Note("{group}: {sentence}", group=Name(name), sentence=Note("Allowed."))
    params = {"as_of": "2026-06-15", "where": [f"person={name}"], "base_currency": "IRR"}
    result = Result("win_rate", params, columns, [row, other], [note], language=language)
    return render_result(Answer(result, info("win_rate")), "table")


@given(ANYTHING | AWKWARD)
def test_no_name_breaks_a_line_or_turns_its_direction(name: str) -> None:
    for language in ("en", "fa"):
        lines = shown(name, language).split("\n")
        assert len(lines) == 6
        for line in lines:
            assert not any(unicodedata.category(each) in ("Cc", "Cs", "Zl", "Zp") for each in line)
            assert is_balanced(line)
        if language == "en":
            assert not DIRECTIONS & set("".join(lines))


@given(AWKWARD)
def test_every_column_stands_under_its_head_whatever_the_name(name: str) -> None:
    heads, row, other = table_of(shown(name, "fa"))
    assert heads[:4] == ["گروه", "مبنا", "برنده", "ازدست‌رفته"]
    assert row[1:5] == ["بسته‌شده", "۱۲", "۳", "۸۰٫۰٪"] and other[:3] == ["Ada", "بسته‌شده", "۱"]
    heads, row, other = table_of(shown(name, "en"))
    assert heads[:4] == ["group", "basis", "won", "lost"]
    assert row[1:5] == ["closed", "12", "3", "80.0%"] and other[:3] == ["Ada", "closed", "1"]

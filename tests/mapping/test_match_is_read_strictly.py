"""match.yaml: a well-formed one is read and changes nothing, every mistake has its place, and nobody trusts it early."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.mapping.workbench import complaints, load

SHARES = st.integers(0, 100).map(lambda percent: Decimal(percent) / 100)


def told(folder: Path, text: str) -> list[str]:
    (folder / "match.yaml").write_text(text, encoding="utf-8")
    return complaints(folder)


def test_the_shape_that_the_documentation_shows_is_read(folder: Path) -> None:
    assert told(
        folder,
        "version: 1\nenabled: false\n"
        "opportunity: {account: true, amount_within: 0.01, close_within_days: 7, auto_at: 0.95, review_at: 0.7}\n"
        "account: {domain: true, name_similarity: 0.92}\nprefer: [acme, contoso]\n",
    ) == []  # fmt: skip


def test_matching_is_refused_where_it_is_asked_for(folder: Path) -> None:
    (found,) = told(folder, "version: 1\nprefer: []\nenabled: true\n")
    assert found.startswith("3:10: enabled: true is for a later version")
    assert "set enabled: false" in found and "opportunity.duplicate_of" in found


@pytest.mark.parametrize(
    ("line", "mistake"),
    [
        ("enable: false", "2:1: unknown key 'enable', did you mean 'enabled'?"),
        ("enabled: maybe", "2:10: enabled must be true or false, not maybe"),
        ("opportunity: [a]", "2:14: opportunity must be a mapping ({key: value}), not a list"),
        ("opportunity: {acount: true}", "2:15: unknown key 'acount', did you mean 'account'?"),
        ("opportunity: {account: 1}", "2:24: account must be true or false, not 1"),
        ("opportunity: {amount_within: 1.5}", "2:30: amount_within is a share, from 0 to 1, this one is 1.5"),
        ("opportunity: {amount_within: -0.1}", "2:30: amount_within must not be below 0, it is -0.1"),
        ("opportunity: {amount_within: tiny}", "2:30: amount_within must be a number, not tiny"),
        ("opportunity: {close_within_days: 0.5}", "2:34: close_within_days must be a whole number, it is 0.5"),
        ("opportunity: {close_within_days: -1}", "2:34: close_within_days must not be below 0, it is -1"),
        ("opportunity: {auto_at: true}", "2:24: auto_at must be a number, not True"),
        ("opportunity: {review_at: 2}", "2:26: review_at is a share, from 0 to 1, this one is 2"),
        ("opportunity: {auto_at: 0.8, review_at: 0.9}", "2:29: review_at 0.9 is above auto_at 0.8"),
        ("opportunity: {review_at: 0.96}", "2:15: review_at 0.96 is above auto_at 0.95"),
        ("opportunity: {auto_at: 0.5}", "2:15: review_at 0.7 is above auto_at 0.5"),
        ("account: yes indeed", "2:10: account must be a mapping ({key: value}), not yes indeed"),
        ("account: {name: 0.9}", "2:11: unknown key 'name'; known here: domain, name_similarity"),
        ("account: {domain: acme.test}", "2:19: domain must be true or false, not acme.test"),
        ("account: {name_similarity: 92}", "2:28: name_similarity is a share, from 0 to 1, this one is 92"),
        ("prefer: acme", "2:9: prefer must be a list ([a, b]), not acme"),
        ("prefer: [acme, 1]", "2:16: prefer holds texts, not 1"),
        ("prefer: [Acme]", "2:10: 'Acme' is no name of a source: a letter a-z, then a-z, 0-9, _ or -"),
        ("prefer: [acme, b, acme]", "2:19: duplicate source 'acme'"),
    ],
)
def test_each_mistake_is_told_with_its_place(folder: Path, line: str, mistake: str) -> None:
    assert told(folder, f"version: 1\n{line}\n") == [mistake]


def test_all_mistakes_are_told_at_once(folder: Path) -> None:
    text = "version: 1\nenabled: true\nopportunity: {auto: 1, auto_at: 9, review_at: x}\naccount: {domain: 0}\nprefer: [_]\n"
    assert [line.split(": ")[0] for line in told(folder, text)] == ["2:10", "3:15", "3:33", "3:47", "4:19", "5:10"]


@st.composite
def well_formed(draw: st.DrawFn) -> dict[str, Any]:
    """Any of the keys, each with a value that it may have, or null."""
    review, auto = sorted([draw(SHARES), draw(SHARES)])
    deals = {"account": st.booleans(), "amount_within": SHARES, "close_within_days": st.integers(0, 10**6)}
    likeness = {"review_at": review, "auto_at": auto}
    sources = st.lists(st.from_regex(r"[a-z][a-z0-9_-]{0,9}", fullmatch=True), unique=True, max_size=4)
    keys = {
        "enabled": st.just(False),
        "opportunity": st.fixed_dictionaries({}, optional=deals).map(lambda one: one | draw(st.sampled_from([likeness, {}]))),
        "account": st.fixed_dictionaries({}, optional={"domain": st.booleans(), "name_similarity": SHARES}),
        "prefer": sources,
    }  # fmt: skip
    return {"version": 1, **draw(st.fixed_dictionaries({}, optional={key: st.none() | of for key, of in keys.items()}))}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tree=well_formed())
@example(tree={"version": 1, "opportunity": {"auto_at": 0.7, "review_at": 0.7, "amount_within": 1, "account": None}})
def test_any_well_formed_file_is_read_and_changes_nothing(folder: Path, tree: dict[str, Any]) -> None:
    (folder / "match.yaml").write_text(json.dumps(tree, default=float), encoding="utf-8")
    assert load(folder) == load(None)

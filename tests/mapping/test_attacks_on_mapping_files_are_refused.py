"""Whatever lies in the folder of mapping and policy files: a sentence with its place, fast, whichever file it is."""

from __future__ import annotations

import os
import re
import textwrap
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from connector import suggestions
from connector.errors import MappingError
from connector.mapping import nodes, read_mappings
from connector.mapping.files import NAMES
from connector.mapping.findings import MOST
from connector.mapping.nodes import MAX_BYTES, MAX_DIGITS, MAX_LENGTH
from tests.mapping.workbench import TARGETS, complaints
from tests.odd_files import ODD, put

YAMLS = [name for name in NAMES if name.endswith(".yaml")]
LAUGHS = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9))


def told(folder: Path, name: str, content: str | bytes) -> list[str]:
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return complaints(folder)


@pytest.mark.parametrize("name", YAMLS)
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "1:1: the file is empty"),
        (b"# only words\n", "2:1: the file is empty"),
        (b"\xef\xbb\xbf", "1:1: the file is empty"),
        ("version: 1\n".encode("utf-16"), "1:1: the file is not UTF-8 text but, by its first bytes, UTF-16"),
        ("version: 1\n".encode("utf-16-le"), "1:1: the file is not UTF-8 text but, by its first bytes, UTF-16"),
        ("version: 1\n".encode("utf-32"), "1:1: the file is not UTF-8 text but, by its first bytes, UTF-16 or UTF-32"),
        (b"version: 1 # M\xfcller\n", "1:1: the file is not UTF-8 text (byte 15); save it as UTF-8"),
        (b"version: 1\nx: a\x00b\n", "2:5: not YAML: the control character U+0000"),
        ("version: 1\né: ü\x1b[2J\n".encode(), "2:5: not YAML: the control character U+001B"),
        (b"version: 1\n\tx: 1\n", "2:"),
        (b"- version: 1\n", "1:1: the file must be a mapping that starts with version: 1, not a list"),
        (b"1\n", "1:1: the file must be a mapping that starts with version: 1, not 1"),
        (b"version: 1\n---\nversion: 1\n", "2:1: a second document starts here; a file holds one"),
        (b"version: 1\nversion: 1\n", "2:1: duplicate key 'version', first used in line 1"),
        (b"version: 1\n<<: {x: 1}\n", "2:1: merge keys (<<) are not supported here; write the entries out"),
        (b"version: 1\nx: &a [1]\n<<: *a\n", "2:4: anchors and aliases (&a) are not supported here"),
        (f"version: 1\na0: &a0 [x]\n{LAUGHS}".encode(), "2:5: anchors and aliases (&a0) are not supported here"),
        (b"version: 1\nx: *nowhere\n", "2:4: anchors and aliases (*nowhere) are not supported here"),
        (b"version: 1\nx: !!python/object/apply:os.system [id]\n", "2:4: tags (tag:yaml.org,2002:python/object/apply:os"),
        (b"version: 1\nx: !!python/name:os.system\n", "2:4: tags (tag:yaml.org,2002:python/name:os.system"),
        (b"version: 1\nx: !any\n", "2:4: tags (!any) are not supported here"),
        (b"version: 1\nx: !!binary aGk=\n", "2:4: tags (tag:yaml.org,2002:binary) are not supported"),
        (b"version: 1\nx: " + b"[" * 200_000, "2:24: nested more than 20 levels deep"),
        (b"version: 1\n" + b"- " * 50_000, "2:1: not YAML"),
        (b"version: 1\nx:\n" + b"? " * 50_000, "3:43: nested more than 20 levels deep"),
        (b"version: 1\nx: " + b"{a: " * 50_000, "2:81: nested more than 20 levels deep"),
        (b"version: 1\nx: '" + b"a" * (MAX_LENGTH + 1) + b"'\n", "2:4: a value of over 5,000 characters"),
        (b"version: 1\nx: '" + b"a\n" * 100_000, "a quote"),
        (b"version: 1\nx: [" + b"1," * 60_000 + b"]\n", "more than 40,000 entries; mapping files are small"),
        (b"version: 1\n# " + b"x" * MAX_BYTES, "1:1: the file has over 1,000,000 bytes"),
        (b"%YAML 1.1\n%YAML 1.1\n---\nversion: 1\n", "2:1: not YAML"),
        (b"version: 1\nx: {a: 1\n", "is a bracket or a quote still open?"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_settings_says_where_and_why(folder: Path, name: str, content: bytes, words: str) -> None:
    found = told(folder, name, content)
    assert any(words in one for one in found), found
    assert all(len(one) < 500 for one in found)


@pytest.mark.parametrize("name", YAMLS)
@pytest.mark.parametrize(
    "word",
    ["NO", "yes", "On", "OFF", "12:30", "1:2:3", "-190:20:30", "012", "0o14", "0x10", "0b11", "1_000", "1e3", "1.5E-3", ".5", "5.", ".nan", ".NaN", ".inf", "-.INF", "9999999999999999999"],
)  # fmt: skip
def test_a_word_that_yaml_readers_understand_differently_must_be_quoted(folder: Path, name: str, word: str) -> None:
    found = told(folder, name, f"version: 1\nx: {word}\n")
    assert any(one.startswith(f"2:4: {word} without quotes is ") and f'write "{word}"' in one for one in found), found
    assert not any("without quotes" in one for one in told(folder, name, f'version: 1\nx: "{word}"\n'))


@pytest.mark.parametrize("word", ["2026-01-31", "2026-01-31T10:00:00Z", "nan", "inf", "None", "NULLIF", "1.2.3", "12:99", "=", "0", "-0", "1.50", "0.0"])  # fmt: skip
def test_other_words_are_what_they_look_like(folder: Path, word: str) -> None:
    assert not any("without quotes" in one for one in told(folder, "match.yaml", f"version: 1\nx: {word}\n"))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("what", ODD)
def test_what_is_no_file_is_told_and_never_passed_over_for_the_packaged_one(folder: Path, name: str, what: str) -> None:
    put(what, folder / name)
    (found,) = complaints(folder)
    assert found.startswith(f"1:1: the file {ODD[what]}")


def test_a_link_to_a_file_is_that_file(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("version: 7\n", encoding="utf-8")
    (folder / "match.yaml").symlink_to(tmp_path / "elsewhere")
    assert complaints(folder) == ["1:10: version 7 is not known; this program reads version 1"]


@pytest.mark.parametrize("name", NAMES)
def test_no_file_is_read_further_than_its_limit(folder: Path, name: str) -> None:
    (folder / name).touch()
    os.truncate(folder / name, 200_000_000)
    tracemalloc.start()
    try:
        assert complaints(folder)[0].startswith("1:1: the file has over 1,000,000 bytes")
        assert tracemalloc.get_traced_memory()[1] < 4 * MAX_BYTES
    finally:
        tracemalloc.stop()


def test_a_folder_that_may_not_be_looked_into_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(_: Path) -> Any:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", forbidden)
    assert complaints(folder) == ["the folder cannot be read: Permission denied"]


HEAD = "version: 1\nobjects:\n  A:\n    table: team\n    fields:\n"
THOUSANDS = {
    "columns": ("salesforce.yaml", HEAD + "".join(f"      nome{n}: X\n" for n in range(6_000))),
    "ops": ("salesforce.yaml", HEAD + "".join(f"      extra.k{n}: {{opp{n}: X}}\n" for n in range(4_000))),
    "tables": ("salesforce.yaml", HEAD.replace("team", f"[{','.join(f'teem{n}' for n in range(9_000))}]") + "      name: N\n"),
    "surprises": ("match.yaml", "version: 1\nx: [" + "012," * 9_000 + "]\n"),
    "duplicates": ("cadence.yaml", "version: 1\n" + "x: 1\n" * 9_000),
    "plans": ("quota.yaml", "version: 1\nplans: [" + "{name: a, applies_to: {person: '*'}}," * 3_000 + "]\n"),
    "rates": ("rates.csv", "currency,valid_from,units_per_base\n" + "x\n" * 300_000),
}  # fmt: skip


@pytest.mark.parametrize("what", THOUSANDS)
def test_thousands_of_mistakes_are_told_up_to_a_limit_and_compared_no_further(
    folder: Path, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Comparing names is what costs; a file of thousands of wrong ones must not take a minute."""
    compared = 0
    closest = suggestions.difflib.get_close_matches

    def counted(*arguments: Any, **options: Any) -> list[str]:
        nonlocal compared
        compared += 1
        return closest(*arguments, **options)

    monkeypatch.setattr(suggestions.difflib, "get_close_matches", counted)
    name, text = THOUSANDS[what]
    found = told(folder, name, text)
    assert len(found) == MOST + 1
    assert found[-1].endswith(f"{MOST} mistakes were told, there may be more")
    assert compared <= 2 * (MOST + 1)


def test_names_of_any_length_are_shown_short_and_not_compared(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suggestions.difflib, "get_close_matches", lambda *_, **__: pytest.fail("was compared"))
    (found,) = told(folder, "salesforce.yaml", HEAD + f"      {'n' * 900}: X\n")
    assert len(found) < 300 and "nnn..." in found


class Watched:
    """A pattern that notes how long a text it was ever given."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self._pattern = pattern
        self.longest = 0

    def match(self, text: str) -> re.Match[str] | None:
        self.longest = max(self.longest, len(text))
        return self._pattern.match(text)


def test_no_pattern_meets_a_text_long_enough_to_stall_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    watched = {name: Watched(getattr(nodes, name)) for name in ("_WHOLE", "_NUMBER", "_TRUTH", "_CLOCK", "_ODD_NUMBER")}
    for name, pattern in watched.items():
        monkeypatch.setattr(nodes, name, pattern)
    values = ["1" + "_" * size + "x" for size in (10, MAX_DIGITS - 2, MAX_DIGITS, 4_000)]
    told(folder, "match.yaml", "version: 1\nx: [" + ", ".join(values) + "]\n")
    assert {name: pattern.longest for name, pattern in watched.items()} == dict.fromkeys(watched, MAX_DIGITS)


# --- anything at all ---

WORDS = st.sampled_from(
    ["version: 1", "extends: default", "objects:", "  Opportunity:", "    table: opportunity", "    fields:", "      name: ",
     "      extra.x: A", "stages:", "  - {key: a, salesforce: [x]}", "people:", "shared: [a@b]", "plans:", "    rows:", "- a",
     "? [a]", "!!x", "&a *a", "{", "[", "'", '"', "|", ">", "%", "@", "`", "---", "...", "\t", "<<: 1", "null", "a: {map: {1: x}, from: Y}",
     "currency,valid_from,units_per_base", "EUR,2026-01-01,0.9", 'EUR,"', ",,"]
)  # fmt: skip
TEXTS = st.lists(st.one_of(WORDS, st.text(max_size=12)), max_size=10).map(
    lambda lines: "\n".join(lines).encode("utf-8", "replace")
)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(NAMES), content=st.one_of(st.binary(max_size=120), TEXTS))
@example(name="funnel.yaml", content=b"version: 1\nstages: [{key: null}, {key: [a]}, {key: {a: b}}]")
@example(name="salesforce.yaml", content=b"version: 1\nobjects: {A: {rows: [{each: [x], table: 5, key: {a: b}}]}}")
@example(name="rates.csv", content=b"currency,valid_from,units_per_base\n\x00,\x00,\x00\n")
def test_any_bytes_are_mappings_or_sentences_with_their_place(folder: Path, name: str, content: bytes) -> None:
    for stale in folder.iterdir():
        stale.unlink()
    (folder / name).write_bytes(content)
    _, found = read_mappings(folder, TARGETS, [])
    for one in found:
        assert one.place.file == str(folder / name)
        assert one.place.line >= 1 and one.place.column >= 1
        assert one.message
    if found:
        assert MappingError(found).exit_code == 2


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    fields=st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from(["Name", "a b", "open", "*", "report", "opportunity", "each.item"])),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(st.sampled_from(["first", "when", "is", "then", "else", "map", "from", "money", "currency", "ref", "const", "join", "with",
                                             "lookup", "field", "fiscal", "year", "period", "label", "day", "zone", "percent", "hash", "domain", "x"]), inner, max_size=4),
        ),
        max_leaves=12,
    )
)  # fmt: skip
def test_any_rule_is_read_or_refused_with_its_place(folder: Path, fields: Any) -> None:
    body = textwrap.indent(yaml.safe_dump({"name": fields, "amount_minor": fields, "extra.x": fields}), "      ")
    (folder / "salesforce.yaml").write_text(
        f"version: 1\nobjects:\n  A:\n    table: opportunity\n    fields:\n{body}", encoding="utf-8"
    )
    mappings, found = read_mappings(folder, TARGETS, ["salesforce"])
    assert all(one.place.line > 5 or one.place.line == 3 for one in found)
    assert found or mappings.kinds["salesforce"].objects["A"].wanted.fields is not None

"""Whatever a measure can say in English it can say in Persian: notes, words, columns and terms, in plain Persian."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

import connector
from connector.mapping import load_mappings
from connector.metrics import MetricInfo, catalog
from connector.metrics.measures.quota.notes import ADVICE
from connector.metrics.notes import Called, Count, Day, Figure, Listed, Name, Note, Word
from connector.metrics.population import LEAD_KEYS
from connector.metrics.words import column_words, file_of, measure_words, name_of_term, word
from connector.metrics.words.telling import told
from connector.store import targets

CODE = Path(connector.__file__).parent
#: Persian words of the product that no literal in the code names
VIOLATIONS = ("over_week1", "over_weekly", "over_monthly", "repeat_message", "under", "opted_out")
COVERAGES = ("recorded", "audited", "observed", "current_only", "path")
ISOLATE = re.compile("[\u2066\u2068][^\u2069]*\u2069")
PLACEHOLDER = re.compile(r"\{[^}]*\}")


def calls(*names: str) -> Iterator[ast.Call]:
    for path in sorted([*(CODE / "metrics").rglob("*.py"), *(CODE / "report").rglob("*.py")]):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = node.func if isinstance(node, ast.Call) else None
            if isinstance(called, ast.Name | ast.Attribute) and ast.unparse(called).split(".")[-1] in names:
                yield node


def literals(at: int, *names: str) -> set[str]:
    """The text that calls of these names have in one place, where it stands there as it is."""
    found = (node.args[at] for node in calls(*names) if len(node.args) > at)
    return {each.value for each in found if isinstance(each, ast.Constant) and isinstance(each.value, str)}


def placeholders(template: str) -> list[str]:
    return sorted(name for _, name, _, _ in Formatter().parse(template) if name is not None)


def test_every_note_has_a_persian_template_with_the_same_parts() -> None:
    assert all(isinstance(node.args[0], ast.Constant) for node in calls("Note")), (
        "a template stands in the code as it is"
    )
    templates = literals(0, "Note")
    persian = file_of("fa/notes")
    assert len(templates) > 80
    assert {each: word("notes", each) for each in templates if word("notes", each) is None} == {}
    assert set(persian) - templates == set(), "nothing is kept that nobody says"
    assert [each for each in templates if placeholders(each) != placeholders(persian[each])] == []


def test_every_noun_and_word_of_notes_is_known() -> None:
    nouns = {*literals(1, "counted", "Count", "amount_notes"), "lead", "prospect"}
    assert {each for each in nouns if word("nouns", each) is None} == set()
    assert set(file_of("fa/words")["nouns"]) == nouns
    words = {*literals(0, "Word"), *ADVICE, *VIOLATIONS, *COVERAGES, *LEAD_KEYS, "(none)", "total", "lead", "won"}
    for about in catalog():
        words |= {*about.groups, *about.filters}
    assert {each for each in words if word("cells", each) is None} == set()
    joints = literals(1, "of")
    assert {each for each in (*joints, ", ") if word("joints", each) is None} == set()


@pytest.mark.parametrize("about", catalog(), ids=lambda about: about.name)
def test_every_measure_and_column_has_words_in_both_languages(about: MetricInfo) -> None:
    for which in ("title", "question", "definition"):
        assert is_plain_persian(measure_words(about.name, which, "fa", "")), which
    for column in about.columns:
        assert column.description, column.name
        head = column_words(about.name, column.name, "head")
        assert head is not None and is_plain_persian(head) and len(head) <= 25, column.name
        assert is_plain_persian(column_words(about.name, column.name, "means") or ""), column.name
    known = {column.name for column in about.columns}
    assert set(file_of("fa/columns").get(about.name, {})) <= known
    assert all(word("parameters", name) for name in about.flags)


def test_every_term_has_a_name_and_a_sentence() -> None:
    for term, words in file_of("terms").items():
        assert words["en"].isascii() and words["en"].endswith("."), term
        assert words["fa"].endswith(".") and is_plain_persian(words["fa"]), term
        assert is_plain_persian(name_of_term(term) or ""), term


def test_the_packaged_stages_have_persian_names() -> None:
    stages = load_mappings(None, targets(), ["salesforce"]).funnel.stages
    assert len(stages) == 4 and all(is_plain_persian(stage.names["fa"]) for stage in stages)


def test_persian_words_are_spelt_as_persian_is() -> None:
    wrong = [text for text in every_text() if text.strip(" ،؛:().{}") and not is_plain_persian(text, pieces=True)]
    assert wrong == []


def every_text() -> Iterator[str]:
    def of(tree: Any) -> Iterator[str]:
        for each in tree.values() if isinstance(tree, dict) else ():
            yield from of(each) if isinstance(each, dict) else (each,)

    for name in ("notes", "words", "measures", "columns"):
        yield from of(file_of(f"fa/{name}"))
    yield from (words[key] for words in file_of("terms").values() for key in ("fa", "name_fa"))


def is_plain_persian(text: str, *, pieces: bool = False) -> bool:
    """Persian letters and digits; Latin only in isolates; no Arabic yeh or kaf, no Arabic or ASCII digits."""
    bare = PLACEHOLDER.sub("", ISOLATE.sub("", text))
    forbidden = re.search("[A-Za-z0-9\u064a\u0643\u0660-\u0669\u0629,;?%]", bare)
    joined = re.search("\u200c(?=[\\s\u200c.،]|$)|(?<=\\s)\u200c", bare)
    parts = re.search(r"\b(?:می|نمی) [\u0600-\u06ff]", bare)
    return not forbidden and not joined and not parts and (pieces or bool(re.search("[\u0600-\u06ff]", bare)))


def test_a_note_is_told_by_its_parts() -> None:
    note = Note(
        "{quotas} left out of the sum as a manager's, whose people have quotas of the same period: {people}.",
        quotas=Count(1200, "quota"),
        people=Listed((Name("Ada\u202e\n3"), Word("(none)"), Called("won", {}), Day("2026-03-21"), Figure("-1,234.5"))),
    )
    assert told(note, "en") == str(note) and str(note).startswith("1200 quotas left out")
    assert told(note, "fa") == (
        "۱٬۲۰۰ سهمیه در جمع نیامده است، چون از آنِ مدیری است که افرادش در همان دوره سهمیه دارند: "
        "\u2068Ada 3\u2069، (بدون)، برنده، ۱۴۰۵/۰۱/۰۱، \u2066−۱٬۲۳۴٫۵\u2069."
    )

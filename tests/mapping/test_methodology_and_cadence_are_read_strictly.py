"""methodology.yaml and cadence.yaml: what they say, and every mistake in them with its place."""

from pathlib import Path

from connector.mapping.cadence import Repeating, Span
from connector.mapping.methodology import ActivityLogged, FieldFilled, Stayed
from tests.mapping.workbench import complaints, load, write


def test_the_packaged_files_are_sound_and_say_the_usual() -> None:
    mappings = load(None)
    assert mappings.methodology.stages == {
        "qualify": (FieldFilled("next_step"), ActivityLogged("meeting", 1), Stayed(most=60)),
        "propose": (FieldFilled("amount_minor"),),
    }
    assert mappings.cadence.spans == (Span(0, 6, 2, 3), Span(7, 13, 0, 1), Span(14, 20, 0, 1), Span(21, 27, 0, 1))
    assert mappings.cadence.repeating == Repeating(28, 30, 0, 1)
    assert mappings.cadence.never_repeat


def test_blocks_repeat_from_their_first_day(folder: Path) -> None:
    write(folder, "cadence.yaml", "version: 1\nschedule: [{days: [0, 2], max: 1}, {every_days: 10, min: 1, max: 2}]\n")
    cadence = load(folder).cadence
    assert cadence.span_of(2) == Span(0, 2, 0, 1)
    assert cadence.span_of(12) == Span(3, 12, 1, 2, repeats=True)
    assert cadence.span_of(13) == Span(13, 22, 1, 2, repeats=True)
    assert [span.first for span in cadence.demands_until(22)] == [3, 13]
    assert [span.first for span in cadence.demands_until(21)] == [3]


def test_a_schedule_may_say_nothing_of_a_day(folder: Path) -> None:
    write(folder, "cadence.yaml", "version: 1\nschedule: [{days: [1, 2], max: 1}, {days: [5, 6], max: 1}]\n")
    cadence = load(folder).cadence
    assert [cadence.span_of(day) is None for day in (0, 1, 3, 6, 99)] == [True, False, True, False, True]


def test_another_funnel_leaves_the_packaged_methodology_alone(folder: Path) -> None:
    text = "version: 1\nstages: [{key: a, salesforce: [A]}, {key: b, salesforce: [B]}, {key: c, salesforce: [C]}]\n"
    write(folder, "funnel.yaml", text)
    assert "qualify" in load(folder).methodology.stages
    (folder / "methodology.yaml").write_text("version: 1\nstages:\n  qualifi: {require: []}\n", encoding="utf-8")
    assert complaints(folder) == ["3:3: unknown stage 'qualifi'; known here: a, b, c"]


def test_every_mistake_of_a_methodology_is_told(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "methodology.yaml").write_text(
        "version: 1\nstages:\n"
        "  qualify: {require: [{field: next_stepp}, {activity: meting}, {field: name, activity: call}, {}]}\n"
        "  develop: {require: [{field: name, at_least: 2}, {field: name}], min_days: 9, max_days: 3}\n"
        "  propose: {requires: [], min_days: soon}\n  close: [a]\n",
        encoding="utf-8",
    )
    told = complaints(folder)
    assert [line.split(":")[0] for line in told] == ["3", "3", "3", "3", "4", "4", "4", "5", "5", "6"]
    for words in (
        "did you mean 'next_step'", "did you mean 'meeting'", "a field or an activity", "at_least counts activities",
        "name filled is required twice", "max_days 3 is below min_days 9", "did you mean 'require'",
        "min_days must be a number", "stage close must be a mapping",
    ):  # fmt: skip
        assert any(words in line for line in told), (words, told)


def test_every_mistake_of_a_cadence_is_told(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "cadence.yaml").write_text(
        "version: 1\nschedule:\n  - {days: [0, 6], min: 4, max: 3}\n  - {days: [6, 9]}\n  - {days: [12, 10]}\n"
        "  - {days: 7}\n  - {max: 1}\n  - {every_days: 30, from_day: 3, max: 1}\n  - {days: [90, 99], max: 1}\n"
        "never_repeat: maybe\n",
        encoding="utf-8",
    )
    told = complaints(folder)
    assert [line.split(":")[0] for line in told] == ["3", "4", "5", "6", "7", "8", "9", "10"]
    for words in (
        "max 3 is below min 4", "day 6 lies in the entry before", "end before they begin", "two whole numbers",
        "days: [first, last], or every_days", "nothing can follow every_days", "true or false",
    ):  # fmt: skip
        assert any(words in line for line in told), (words, told)

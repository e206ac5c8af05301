"""``crossfunnel sandbox --fault``: what a user writes is what breaks, and what cannot be is told before anything starts."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from workplace import Workplace

from connector.sandbox.faults import CATALOGUE, SERVERS


@contextmanager
def served(place: Workplace, monkeypatch: pytest.MonkeyPatch, *faults: str) -> Iterator[list[str]]:
    """The command at work, its secrets in the environment; what it says at its end is in the list afterwards."""
    options = [word for fault in faults for word in ("--fault", fault)]
    process = place.process("sandbox", "--folder", str(place.folder), "--deals", "8", *options)
    assert process.stdout is not None
    said: list[str] = []
    try:
        for line in process.stdout:
            word, _, variable = line.decode().strip().partition(" ")
            if word == "export":
                monkeypatch.setenv(*variable.split("=", 1))
            if line.startswith(b"stop with"):
                break
        yield said
    finally:
        process.send_signal(signal.SIGTERM)
        said += process.communicate(timeout=30)[0].decode().splitlines()
    assert process.returncode == 0


def test_what_was_asked_for_breaks_and_is_counted(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    faults = ("salesforce:cut-body,path=/queryAll,times=2", "dynamics:status=403,path=/leads,times=always")
    with served(place, monkeypatch, *faults) as said:
        outcome = place.sync()
    assert outcome.code == 5
    failed = {name for name, line in outcome.objects().items() if line["status"] != "ok"}
    assert failed == {"contoso/lead"}
    assert said == [f"{faults[0]}: fired 2", f"{faults[1]}: fired 1"]


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("salesforce:cut-boddy", "unknown fault 'cut-boddy', did you mean 'cut-body'?"),
        ("salesfroce:cut-body", "unknown server 'salesfroce', did you mean 'salesforce'?"),
        ("salesforce:cut-body,pth=/query", "cut-body has no option 'pth', did you mean 'path'?"),
        ("cut-body", "'cut-body' does not say at which server: write server:fault"),
        ("dynamics:status=abc", "status=abc cannot be; status is 200 to 599"),
        ("entra:job-failed", "job-failed cannot befall an Entra tenant"),
    ],
)
def test_a_fault_that_cannot_be_is_code_2(place: Workplace, fault: str, sentence: str) -> None:
    outcome = place.run("sandbox", "--folder", str(place.folder / "box"), "--deals", "1", "--fault", fault)
    assert outcome.code == 2
    assert sentence in outcome.err and "hint: " in outcome.err
    assert not (place.folder / "box").exists()


def test_help_lists_every_fault(place: Workplace) -> None:
    said, _ = place.process("sandbox", "--help").communicate(timeout=30)
    assert [name for name in (*CATALOGUE, *SERVERS) if name not in said.decode()] == []


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "no CSV file named after a Salesforce object, such as Opportunity.csv"),
        ("", "no CSV file named after a Salesforce object, such as Opportunity.csv"),
        ("Id,Name\n", "no CSV file named after a Salesforce object, such as Opportunity.csv"),
        ("Name,Amount\nx,1\n", "no CSV file named after a Salesforce object, such as Opportunity.csv"),
        ("Id,Amount\n006A,1\n006B,abc\n", "Opportunity.csv, line 3, Amount: 'abc' is no number"),
    ],
)
def test_an_export_that_cannot_be_served_is_code_2(place: Workplace, content: str | None, sentence: str) -> None:
    folder = place.folder / "export"
    folder.mkdir()
    if content is not None:
        place.write("export/Opportunity.csv", content)
    outcome = place.run("sandbox", "--folder", str(place.folder / "box"), "--export", str(folder))
    assert outcome.code == 2
    assert sentence in outcome.err and "hint: " in outcome.err
    assert not (place.folder / "box").exists()

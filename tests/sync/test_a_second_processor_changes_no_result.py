"""Large pages are mapped by a process beside the program: with the same outcome, without secrets, never outliving it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from connector.adapters.base import Frame, Page, Shape
from connector.adapters.salesforce.csvpages import CsvRows
from connector.adapters.salesforce.fields import Column, Selection
from connector.errors import SourceUnavailable
from connector.mapping import Context, ObjectMapping, RowMapper, load_mappings
from connector.mapping.process import MapperProcess
from connector.store import targets
from connector.sync.lanes import Lanes

RULES = """
version: 1
objects:
  Opportunity:
    table: opportunity
    keep: {IsPrivate: [false]}
    fields: {name: Name, amount_minor: {money: Amount}, close_on: CloseDate, extra.tier: Tier__c}
"""
KINDS = {"Id": "id", "Name": "text", "Amount": "number", "CloseDate": "text", "Tier__c": "number", "IsPrivate": "flag"}
SHAPE = Shape("Opportunity", tuple(KINDS))
SELECTION = Selection("Opportunity", tuple(Column(name, name, kind) for name, kind in KINDS.items()))  # type: ignore[arg-type]
CONTEXT = Context("acme", Frame(), "USD", "USD", ZoneInfo("Europe/Berlin"), ZoneInfo("Europe/Berlin"), b"the hash key")
HEADER = ",".join(f'"{name}"' for name in KINDS) + "\n"


def packed(first: int, records: int) -> CsvRows:
    """Some good records, every tenth with an amount that is none, every seventh private, line breaks in between."""
    text = HEADER
    for number in range(first, first + records):
        amount = "much" if number % 10 == 0 else f"{number}.50"
        private = "true" if number % 7 == 0 else "false"
        text += f'"006{number:015}","Deal\n""{number}""","{amount}","2026-01-02","{number}.0","{private}"\n'
    return CsvRows(text.encode(), records, SELECTION, False, "acme: Bulk query of Opportunity")


def pages(count: int = 6, records: int = 2_100) -> list[Page]:
    return [Page(packed(number * records, records), last=number == count - 1) for number in range(count)]


@pytest.fixture
def mapping(tmp_path: Path) -> ObjectMapping:
    (tmp_path / "salesforce.yaml").write_text(RULES)
    return load_mappings(tmp_path, targets(), ["salesforce"]).kinds["salesforce"].objects["Opportunity"]


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def lanes(mapping: ObjectMapping, slots: int) -> Lanes:
    return Lanes(mapping, SHAPE, CONTEXT, RowMapper(mapping, SHAPE, CONTEXT), threading.Semaphore(slots))


def outcome(lanes: Lanes, given: Iterator[Page] | list[Page]) -> list[tuple[object, ...]]:
    return [(page.last, m.outputs, m.rows, m.accepted, m.rejects, m.dropped) for page, m in lanes.map(given)]


def test_both_lanes_make_the_same_of_every_record(mapping: ObjectMapping) -> None:
    beside = lanes(mapping, 1)

    def late() -> Iterator[Page]:
        for number, page in enumerate(pages()):
            if number == 2:
                until(lambda: beside._process is not None and beside._process.ready)
            yield page

    assert outcome(beside, late()) == outcome(lanes(mapping, 0), pages())


def test_a_process_that_dies_costs_no_record(mapping: ObjectMapping) -> None:
    beside = lanes(mapping, 1)

    def murderous() -> Iterator[Page]:
        for number, page in enumerate(pages()):
            if number == 1:
                until(lambda: beside._process is not None and beside._process.ready)
            if number == 3:
                os.kill(beside._process._process.pid, signal.SIGKILL)  # type: ignore[union-attr]
            yield page

    assert outcome(beside, murderous()) == outcome(lanes(mapping, 0), pages())


def test_what_cannot_be_read_fails_as_it_does_here(mapping: ObjectMapping) -> None:
    beside = lanes(mapping, 1)

    def broken() -> Iterator[Page]:
        for number, page in enumerate(pages()):
            if number == 1:
                until(lambda: beside._process is not None and beside._process.ready)
                page.rows.text = HEADER.encode() + b'"1","2"\n' * len(page.rows)  # type: ignore[attr-defined]
            yield page

    with pytest.raises(SourceUnavailable, match="acme: Bulk query of Opportunity: its result cannot be read"):
        outcome(beside, broken())


def test_the_process_holds_no_secret(mapping: ObjectMapping, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALESFORCE_CLIENT_SECRET", "hush-hush")
    with closing(MapperProcess(mapping, SHAPE, CONTEXT)) as process:
        until(lambda: process.ready)
        environment = Path(f"/proc/{process._process.pid}/environ")
        if not environment.exists():
            pytest.skip("this system does not show the environment of a process")
        assert b"hush-hush" not in environment.read_bytes()


def test_rules_that_need_the_hash_key_stay_here(tmp_path: Path) -> None:
    hashed = RULES.replace("name: Name", "name: {hash: Name}")
    (tmp_path / "salesforce.yaml").write_text(hashed)
    mapping = load_mappings(tmp_path, targets(), ["salesforce"]).kinds["salesforce"].objects["Opportunity"]
    assert not MapperProcess.may_hold(mapping)
    assert len(outcome(lanes(mapping, 1), pages())) == 6


def test_the_process_ends_with_a_program_that_is_killed(mapping: ObjectMapping, tmp_path: Path) -> None:
    script = f"""
    import sys, time
    from pathlib import Path
    sys.path[:0] = {sys.path!r}
    from tests.sync.{Path(__file__).stem} import *
    folder = Path({str(tmp_path)!r})
    mapping = load_mappings(folder, targets(), ["salesforce"]).kinds["salesforce"].objects["Opportunity"]
    process = MapperProcess(mapping, SHAPE, CONTEXT)
    until(lambda: process.ready)
    process.send(packed(0, 5_000))
    (folder / "pid").write_text(str(process._process.pid) + " ")
    time.sleep(600)
    """
    program = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)])
    told = tmp_path / "pid"
    try:
        until(lambda: told.exists() and told.read_text().endswith(" "))
    finally:
        program.kill()
        program.wait()
    child = int(told.read_text())
    until(lambda: not is_running(child))


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        # an orphan that nobody has waited for yet is over all the same
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False

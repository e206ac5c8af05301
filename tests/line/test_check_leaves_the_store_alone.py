"""`check` tells how the store stands, whatever lies in its place, and changes not a byte of it or beside it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from workplace import Workplace

from connector.sandbox import Sandbox
from connector.store import StoreLock, open_store, schema
from connector.store.examine import examine


def contents(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file with its time of change and its bytes."""
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def line(place: Workplace) -> tuple[int, dict[str, object]]:
    """The exit code, and what is told of the store."""
    place.configure("[sources.acme]\nkind = 'dynamics'\n")
    outcome = place.run("check", "--format", "json")
    return outcome.code, next(each for each in outcome.json if each["about"] == "store")


def nothing(place: Workplace) -> None: ...


def a_store(place: Workplace) -> None:
    open_store(place.store).close()


def an_open_log(place: Workplace) -> None:
    """A store whose last commits lie in the log beside it, as a killed run leaves them."""
    a_store(place)
    raw = sqlite3.connect(place.store)
    raw.execute("PRAGMA wal_autocheckpoint = 0")
    raw.execute("INSERT INTO store_setting VALUES ('x', 'y')")
    raw.commit()
    kept = {path: path.read_bytes() for path in place.folder.glob("crossfunnel.db*")}
    raw.close()
    for path, content in kept.items():
        path.write_bytes(content)
    assert place.store.with_name("crossfunnel.db-wal").stat().st_size > 0


def an_empty_file(place: Workplace) -> None:
    place.store.touch()


def of_another_program(place: Workplace) -> None:
    raw = sqlite3.connect(place.store)
    raw.execute("CREATE TABLE theirs (x)")
    raw.close()


def of_a_newer_program(place: Workplace) -> None:
    a_store(place)
    raw = sqlite3.connect(place.store)
    with raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.close()


def a_text(place: Workplace) -> None:
    place.store.write_text("no database at all, but a text of some length\n" * 50, encoding="utf-8")


def a_folder(place: Workplace) -> None:
    place.store.mkdir()


@pytest.mark.parametrize(
    ("make", "ok", "words"),
    [
        (nothing, True, "will be made by the first sync"),
        (a_store, True, "opens and is free"),
        (an_open_log, True, "opens and is free"),
        (an_empty_file, True, "is empty and free"),
        (of_another_program, False, "is a SQLite database of another program"),
        (of_a_newer_program, False, "was written by a newer crossfunnel (schema 9999"),
        (a_text, False, "is not a SQLite database"),
        (a_folder, False, "is no file"),
    ],
)
def test_whatever_lies_there_is_told_and_left_as_it_is(
    place: Workplace, make: Callable[[Workplace], None], ok: bool, words: str
) -> None:
    make(place)
    place.configure("[sources.acme]\nkind = 'dynamics'\n")
    before = contents(place.folder)
    outcome = place.run("check", "--format", "json")
    told = next(each for each in outcome.json if each["about"] == "store")
    assert outcome.code == 2
    assert (told["ok"], words in told["what"]) == (ok, True), told
    assert bool(told["mend"]) is not ok
    after = contents(place.folder)
    assert {name: each for name, each in after.items() if not name.endswith("-shm")} == {
        name: each for name, each in before.items() if not name.endswith("-shm")
    }


def test_a_store_of_an_older_version_is_told_and_not_migrated(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_store(place)
    before = contents(place.folder)
    monkeypatch.setattr(schema, "HEAD", "9998")
    assert "is of an older version; the next sync backs it up and migrates it" in examine(place.store)
    assert contents(place.folder) == before


def test_a_store_in_a_folder_yet_to_be_made_is_told(place: Workplace) -> None:
    path = place.folder / "deep" / "er" / "crossfunnel.db"
    assert examine(path) == "will be made by the first sync, with its folder"
    assert list(place.folder.iterdir()) == []


def test_a_store_that_a_sync_holds_is_code_7(place: Workplace, box: Sandbox) -> None:
    with StoreLock(place.store):
        a_store_file = place.store
        sqlite3.connect(a_store_file).close()
        a_store_file.touch()
        outcome = place.run("check", "--format", "json")
    told = [each for each in outcome.json if not each["ok"]]
    assert [each["about"] for each in told] == ["store"]
    assert "a sync or another that writes, holds the store" in told[0]["what"]
    assert "Wait until it ends" in told[0]["mend"]
    assert outcome.code == 7


@pytest.mark.parametrize("place_of", ["file", "folder"])
def test_a_store_that_may_not_be_written_is_told(
    place: Workplace, monkeypatch: pytest.MonkeyPatch, place_of: str
) -> None:
    a_store(place)
    forbidden = place.store if place_of == "file" else place.folder
    access = os.access
    # root may write anything, so the answer of the system is what is made up here
    monkeypatch.setattr(
        os, "access", lambda path, mode: False if Path(path) == forbidden and mode & os.W_OK else access(path, mode)
    )
    code, told = line(place)
    assert code == 2
    assert "cannot be written: this account may not write" in str(told["what"])
    assert "write access, or set [store] url to another place" in str(told["mend"])


def test_a_check_after_a_sync_changes_nothing_anywhere(place: Workplace, box: Sandbox) -> None:
    assert place.sync().code == 0
    before = contents(place.folder)
    assert place.run("check").code == 0
    assert contents(place.folder) == before


@pytest.mark.parametrize(
    ("spoil", "words"),
    [(Path.unlink, "is gone"), (lambda key: key.write_bytes(bytes(32)), "is not the key that the texts")],
)
def test_a_hash_key_that_is_gone_or_another_is_told_with_the_mend_of_sync(
    place: Workplace, box: Sandbox, spoil: Callable[[Path], object], words: str
) -> None:
    assert place.sync("acme", "--object", "Lead", "--object", "Task").code == 0
    spoil(place.store.with_name("crossfunnel.db.key"))
    before = contents(place.folder)
    outcome = place.run("check", "acme", "--format", "json")
    (told,) = [each for each in outcome.json if not each["ok"]]
    assert (outcome.code, told["about"], words in told["what"]) == (2, "store", True)
    assert contents(place.folder) == before
    refused = place.sync("acme")
    assert refused.code == 2
    assert told["what"] in refused.err and told["mend"] in refused.err

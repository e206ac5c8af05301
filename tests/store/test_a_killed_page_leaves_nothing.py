"""Promise 3: rows, rejects, cursor and run log of a page are one transaction; a kill between statements leaves none."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from connector.errors import StoreUnusable
from connector.store.cursors import read_cursor
from connector.store.engine import driver, open_store
from tests.store.pages import deal, loaded, stored

ROOT = Path(__file__).parents[2]
#: loads a page statement by statement and kills itself, without warning, after so many of them
PAGE = """
import os, signal, sys
from dataclasses import dataclass, field
from pathlib import Path
from connector.store import *
from tests.store.pages import COLUMNS, deal, moment

@dataclass
class Refused:
    source_id: str = "9"
    rule: str = "amount_minor"
    message: str = "no number"
    fields: dict = field(default_factory=dict)

page = [
    lambda conn: load(conn, "opportunity", COLUMNS, [deal("1", name="new"), deal("2")], synced_at=moment(9), fresh=False),
    lambda conn: delete(conn, "opportunity", "acme", "Opportunity", ["3"], synced_at=moment(9)),
    lambda conn: write_rejects(conn, "acme", "Opportunity", [Refused()], run_id="r2"),
    lambda conn: mark_pending(conn, ["acme:1", "acme:2"]),
    lambda conn: write_cursor(conn, "acme", "Opportunity", {"at": 2}, fingerprint="f", run_id="r2", at=moment(9)),
    lambda conn: log_object(conn, ObjectLog("r2", "acme", "Opportunity", fetched=4, loaded=2, rejected=1, deleted=1)),
]
with open_store(Path(sys.argv[1])) as store, store.write() as conn:
    for step in page[: int(sys.argv[2])]:
        step(conn)
    if int(sys.argv[2]) <= len(page):
        os.kill(os.getpid(), signal.SIGKILL)
"""
TABLES = ("opportunity", "opportunity_version", "reject", "pending_deal", "sync_cursor", "sync_run_object")


def run_page(path, statements):
    done = subprocess.run(
        [sys.executable, "-c", PAGE, str(path), str(statements)],
        check=False,
        cwd=ROOT,
    )
    return done.returncode


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "crossfunnel.db"
    with open_store(path) as store:
        loaded(store, deal("1"), deal("3"))
    return path


def everything(path):
    with open_store(path) as store:
        return {table: stored(store, table, "1") for table in TABLES}


@pytest.mark.parametrize("statements", [1, 2, 3, 4, 5, 6])
def test_a_page_killed_between_statements_never_was(path, statements):
    before = everything(path)
    assert run_page(path, statements) == -signal.SIGKILL
    assert everything(path) == before


def test_the_same_page_left_alone_is_all_there(path):
    assert run_page(path, 7) == 0
    with open_store(path) as store:
        assert [row["name"] for row in stored(store)] == ["new", "Deal 2", "Deal 3"]
        assert [row["is_deleted"] for row in stored(store)] == [0, 0, 1]
        assert [len(stored(store, table, "1")) for table in TABLES] == [3, 2, 1, 2, 1, 1]
        with store.read() as conn:
            assert read_cursor(conn, "acme", "Opportunity").cursor == {"at": 2}


def test_an_error_in_a_page_takes_all_of_it_back(path):
    before = everything(path)
    with open_store(path) as store, pytest.raises(KeyError), store.write() as conn:
        conn.exec_driver_sql("UPDATE opportunity SET name = 'x'")
        raise KeyError
    assert everything(path) == before


def test_a_full_disk_is_told_in_one_sentence_and_leaves_nothing(path):
    before = everything(path)
    with open_store(path) as store, store.engine.connect() as first:
        pages = driver(first).execute("PRAGMA page_count").fetchone()[0]
        driver(first).execute(f"PRAGMA max_page_count = {pages + 2}").fetchall()
        first.close()
        with pytest.raises(StoreUnusable, match="disk is full"):
            loaded(store, *(deal(f"{n}", name="x" * 500) for n in range(5_000)), second=1)
    assert everything(path) == before

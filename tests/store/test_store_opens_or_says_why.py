"""A store opens ready for use, or one sentence says why not and what to do; nothing foreign is ever touched."""

import sqlite3
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from connector.errors import StoreUnusable
from connector.store.engine import open_store
from tests.nobody import without_privileges


def test_a_new_store_is_in_wal_mode_and_empty(store):
    with store.read() as conn:
        assert conn.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
        assert conn.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 0
        assert conn.exec_driver_sql("SELECT count(*) FROM opportunity").scalar_one() == 0


def test_a_store_without_rows_of_ours_yet_is_created_in_an_empty_file(tmp_path):
    (tmp_path / "empty.db").touch()
    with open_store(tmp_path / "empty.db") as store, store.read() as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM lead").scalar_one() == 0


@pytest.mark.parametrize("write", [True, False])
def test_text_is_no_store_and_stays_as_it_is(tmp_path, write):
    path = tmp_path / "notes.txt"
    path.write_text("not a database, but long enough to be taken for one\n" * 40)
    before = path.read_bytes()
    with pytest.raises(StoreUnusable, match="not a SQLite database"):
        open_store(path, write=write)
    assert path.read_bytes() == before


@pytest.mark.parametrize("write", [True, False])
def test_another_programs_database_stays_as_it_is(tmp_path, write):
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as raw:
        raw.execute("CREATE TABLE bookmarks (url TEXT)")
    raw.close()
    with pytest.raises(StoreUnusable, match="another program"):
        open_store(path, write=write)
    raw = sqlite3.connect(path)
    assert raw.execute("SELECT name FROM sqlite_master").fetchall() == [("bookmarks",)]
    raw.close()


@pytest.mark.parametrize("write", [True, False])
def test_a_store_of_a_newer_program_is_refused(tmp_path, write):
    path = tmp_path / "crossfunnel.db"
    open_store(path).close()
    raw = sqlite3.connect(path)
    raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.commit()
    raw.close()
    with pytest.raises(StoreUnusable, match="newer crossfunnel") as refused:
        open_store(path, write=write)
    assert "9999" in str(refused.value)
    assert refused.value.exit_code == 2


def test_reading_a_store_that_is_not_there_creates_none(tmp_path):
    with pytest.raises(StoreUnusable, match="no store") as refused:
        open_store(tmp_path / "crossfunnel.db", write=False)
    assert "crossfunnel sync" in refused.value.hint
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(StoreUnusable, match="no folder"):
        open_store(tmp_path / "gone" / "crossfunnel.db")


def test_a_folder_is_no_store(tmp_path):
    with pytest.raises(StoreUnusable, match="is a folder"):
        open_store(tmp_path)


def test_a_path_with_awkward_signs_opens(tmp_path):
    folder = tmp_path / "50% off? #1 – Büro"
    folder.mkdir()
    open_store(folder / "a b.db").close()
    assert (folder / "a b.db").is_file()


def test_a_program_that_holds_a_transaction_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr("connector.store.engine.BUSY_SECONDS", 0.05)
    path = tmp_path / "crossfunnel.db"
    open_store(path).close()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        with open_store(path) as store, pytest.raises(StoreUnusable, match="locked by another program"), store.write():
            pass
    finally:
        other.close()


def test_a_store_in_a_folder_that_may_not_be_written_can_be_read():
    with TemporaryDirectory() as name:
        folder, path = Path(name), Path(name) / "crossfunnel.db"
        open_store(path).close()
        path.with_name("crossfunnel.db.lock").unlink()
        path.chmod(0o444)
        folder.chmod(0o555)
        with without_privileges(folder, path):
            with open_store(path, write=False) as store, store.read() as conn:
                conn.exec_driver_sql("CREATE TEMP TABLE scratch (x)")
                assert conn.exec_driver_sql("SELECT count(*) FROM opportunity").scalar_one() == 0
            with pytest.raises(StoreUnusable, match="cannot be") as refused:
                open_store(path)
            assert "write" in refused.value.hint
        folder.chmod(0o755)


def test_temporary_tables_of_a_read_end_with_it(store):
    for _ in range(2):
        with store.read() as conn:
            conn.exec_driver_sql("CREATE TEMP TABLE scratch AS SELECT 1 AS x")


def test_a_read_sees_one_state_while_another_connection_writes(store):
    with store.read() as before:
        count = "SELECT count(*) FROM person"
        assert before.exec_driver_sql(count).scalar_one() == 0
        with store.write() as conn:
            conn.exec_driver_sql("INSERT INTO person (id) VALUES ('person:1')")
        assert before.exec_driver_sql(count).scalar_one() == 0
    with store.read() as after:
        assert after.exec_driver_sql(count).scalar_one() == 1


def test_a_checkpoint_empties_the_write_ahead_log(store):
    with store.write() as conn:
        conn.exec_driver_sql("INSERT INTO person (id) VALUES ('person:1')")
    log = store.path.with_name(store.path.name + "-wal")
    assert log.stat().st_size > 0
    store.checkpoint()
    assert log.stat().st_size == 0


def test_a_reader_does_not_hold_up_a_checkpoint(store, monkeypatch):
    monkeypatch.setattr("connector.store.engine.CHECKPOINT_MILLISECONDS", 1)
    log = store.path.with_name(store.path.name + "-wal")
    with store.read() as reader:
        reader.exec_driver_sql("SELECT count(*) FROM person").all()
        with store.write() as conn:
            conn.exec_driver_sql("INSERT INTO person (id) VALUES ('person:1')")
        store.checkpoint()
        assert log.stat().st_size > 0
    store.checkpoint()
    assert log.stat().st_size == 0


def test_values_of_records_stay_out_of_error_texts(store):
    with pytest.raises(Exception, match="no such table") as failed, store.write() as conn:
        conn.exec_driver_sql("INSERT INTO nowhere VALUES (?)", ("jane@customer.test",))
    assert "jane@customer.test" not in str(failed.value)

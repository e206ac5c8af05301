"""Whoever asks a measure of what is no store of today is told what is there; an older store is migrated first."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from typer.testing import CliRunner

from cli import app
from connector.store.engine import Store, make_engine
from connector.store.upgrade import MIGRATIONS
from tests.metrics.command_line import CommandWorld

ASKING = (("metrics", "quota"), ("explain", "funnel"), ("metrics", "win_rate", "--engine", "duckdb"))


def asked(folder: Path, *words: str) -> Any:
    return CliRunner().invoke(app, ["--config", str(folder / "crossfunnel.toml"), *words, "--as-of", "2026-06-15"])


@pytest.mark.parametrize(
    ("spoil", "told", "hint"),
    [
        (("UPDATE alembic_version SET version_num = '9999'",), "newer crossfunnel (schema 9999", "Update crossfunnel"),
        (("DELETE FROM alembic_version",), "does not say of which schema it is", "Restore a backup"),
        (("DROP TABLE quota",), "lacks the table quota.", "Restore a backup"),
        (
            ("DROP VIEW v_activity", "ALTER TABLE activity DROP COLUMN counterpart_email"),
            "lacks the column counterpart_email of the table activity.",
            "Restore a backup",
        ),
        (b"no database, but a text that is long enough" * 40, "is not a SQLite database", "Set [store] url"),
        (b"", "There is no store at ", "crossfunnel sync"),
    ],
)
def test_what_is_no_store_of_today_is_told(tmp_path: Path, spoil: Any, told: str, hint: str) -> None:
    CommandWorld(tmp_path).derive()
    store = tmp_path / "store.db"
    if isinstance(spoil, tuple):
        with closing(sqlite3.connect(store)) as raw, raw:
            for statement in spoil:
                raw.execute(statement)
    else:
        store.unlink()
    if isinstance(spoil, bytes) and spoil:
        store.write_bytes(spoil)
    for words in ASKING:
        ended = asked(tmp_path, *words)
        assert ended.exit_code == 2 and ended.stderr.startswith("error [store]: "), ended.output
        assert told in ended.stderr and hint in ended.stderr
        assert ended.stdout == ""
    assert store.exists() == (spoil != b"")


def test_a_database_of_another_program_stays_as_it_is(tmp_path: Path) -> None:
    CommandWorld(tmp_path).derive()
    store = tmp_path / "store.db"
    store.unlink()
    with closing(sqlite3.connect(store)) as raw, raw:
        raw.execute("CREATE TABLE bookmarks (url TEXT)")
    before = store.read_bytes()
    for words in ASKING:
        ended = asked(tmp_path, *words)
        assert ended.exit_code == 2 and "of another program" in ended.stderr, ended.output
    assert store.read_bytes() == before


@pytest.mark.parametrize("words", ASKING)
def test_an_older_store_is_migrated_and_answers(tmp_path: Path, words: tuple[str, ...]) -> None:
    CommandWorld(tmp_path).derive()
    path = tmp_path / "store.db"
    path.unlink()
    config = Config()
    config.set_main_option("script_location", MIGRATIONS.as_posix())
    with Store(path, make_engine(path, create=True)) as store, store.write() as conn:
        config.attributes["connection"] = conn
        command.upgrade(config, "0001")
    ended = asked(tmp_path, *words)
    assert ended.exit_code == 0, ended.output
    assert len(list(tmp_path.glob("store.db.backup-0001-*"))) == 1

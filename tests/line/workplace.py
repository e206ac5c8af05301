"""One folder with a configuration and a store, and commands run on it as a user runs them."""

from __future__ import annotations

import io
import json
import logging
import os
import sqlite3
import subprocess
import sys
from contextlib import closing, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cli


@dataclass
class Outcome:
    """What a command left: exit code, standard output, standard error."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    def objects(self) -> dict[str, dict[str, Any]]:
        """The summary's lines by ``source/object``."""
        return {
            f"{source['source']}/{line['object']}": line
            for source in self.json["sources"]
            for line in source["objects"]
        }


#: every store's, so that one subject has one hash in all of them and their contents can be compared
HASH_KEY = b"one key for all stores of a test."[:32]


class Workplace:
    """One folder with a crossfunnel.toml, and commands run on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "crossfunnel.toml"
        self.store = folder / "crossfunnel.db"

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def configure(self, text: str) -> None:
        self.write("crossfunnel.toml", text)

    def map(self, **files: str) -> None:
        """Puts mapping files into place and the configuration's pointer to them."""
        for stem, text in files.items():
            self.write(f"mappings/{stem}.yaml", text)
        if "[mappings]" not in self.config.read_text(encoding="utf-8"):
            with self.config.open("a", encoding="utf-8") as file:
                file.write('\n[mappings]\npath = "mappings"\n')

    def run(self, *arguments: str) -> Outcome:
        """One command, in this process."""
        self._bring_key(arguments)
        out, err = io.StringIO(), io.StringIO()
        handlers, level = logging.getLogger().handlers[:], logging.getLogger().level
        argv, sys.argv = sys.argv, ["crossfunnel", "--config", str(self.config), *arguments]
        try:
            with redirect_stdout(out), redirect_stderr(err):
                cli.main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0
        finally:
            sys.argv = argv
            logging.getLogger().handlers[:] = handlers
            logging.getLogger().setLevel(level)
        outcome = Outcome(code, out.getvalue(), err.getvalue())
        assert "Traceback" not in outcome.err
        if "sync" in arguments and outcome.out.startswith("{"):
            self._is_balanced(outcome)
        return outcome

    def sync(self, *arguments: str) -> Outcome:
        """A sync with its JSON summary."""
        return self.run("sync", "--format", "json", *arguments)

    def _bring_key(self, arguments: tuple[str, ...]) -> None:
        key = self.store.with_name(self.store.name + ".key")
        if "sync" in arguments and not key.exists() and not self.store.exists():
            key.write_bytes(HASH_KEY)
            key.chmod(0o600)

    def _is_balanced(self, outcome: Outcome) -> None:
        """Promise 4, in every run of every test."""
        for name, line in outcome.objects().items():
            accounted = line["loaded"] + line["unchanged"] + line["rejected"] + line["deleted"]
            assert line["fetched"] == accounted, (name, line)

    def process(self, *arguments: str) -> subprocess.Popen[bytes]:
        """One command, as a process of its own."""
        self._bring_key(arguments)
        command = [sys.executable, "-m", "cli", "--config", str(self.config), *arguments]
        return subprocess.Popen(
            command, cwd=self.folder, env={**os.environ}, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def rows(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        with sqlite3.connect(self.store) as connection:
            found = connection.execute(sql, parameters).fetchall()
        connection.close()
        return found

    def content(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every unified and derived row, in order, without the columns that may depend on when a sync ran."""
        found = {}
        with closing(sqlite3.connect(self.store)) as connection:
            for (table,) in connection.execute(_TABLES).fetchall():
                if table in OPERATORS:
                    continue
                columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})") if row[1] not in TIMED]
                order = ", ".join(str(place) for place in range(1, len(columns) + 1))
                found[table] = connection.execute(
                    f"SELECT {', '.join(columns)} FROM {table} ORDER BY {order}"
                ).fetchall()
        return found


_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
OPERATORS = {"sync_run", "sync_run_object", "sync_cursor", "source_metadata", "store_setting", "alembic_version"}
TIMED = {"synced_at", "known_from", "known_to", "run_id", "version_id", "reject_id", "first_seen_at", "retried_at"}

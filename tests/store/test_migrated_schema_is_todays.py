"""The migrations lead to exactly the schema that a new store is created with."""

import re
from contextlib import contextmanager

from alembic.config import Config
from alembic.script import ScriptDirectory

from connector.store import schema
from connector.store.engine import Store, make_engine, open_store
from connector.store.settings import VERSIONS_BEGIN, get_setting
from connector.store.tables import METADATA
from connector.store.upgrade import MIGRATIONS, upgrade


@contextmanager
def bare(path):
    store = Store(path, make_engine(path, create=True))
    yield store
    store.close()


def columns(store):
    """Everything SQLite keeps of a column: name, type, NOT NULL, default, place in the key."""
    with store.read() as conn:
        return {
            name: [tuple(row)[1:] for row in conn.exec_driver_sql(f"PRAGMA table_info({name})")]
            for name in METADATA.tables
        }


def test_a_migrated_store_equals_a_new_one(tmp_path, store):
    with bare(tmp_path / "migrated.db") as migrated:
        upgrade(migrated, "nothing")
        assert columns(migrated) == columns(store)
        with migrated.read() as conn:
            assert schema.version(conn, migrated.path) == schema.HEAD


def test_versions_of_the_first_schema_are_kept_and_completed(tmp_path):
    with bare(tmp_path / "older.db") as older:
        upgrade(older, "nothing", to="0001")
        with older.write() as conn:
            conn.exec_driver_sql(
                "INSERT INTO opportunity (id, source, source_id, source_object, name, region) "
                "VALUES ('acme:1', 'acme', '1', 'Opportunity', 'First', 'APAC')"
            )
            for known_to, region in (("2026-02-01T00:00:00Z", "EMEA"), ("2026-03-01T00:00:00Z", None)):
                conn.exec_driver_sql(
                    "INSERT INTO opportunity_version (id, known_to, region) VALUES ('acme:1', ?, ?)", (known_to, region)
                )
        upgrade(older, "0001")
        with older.read() as conn:
            kept = "SELECT version_id, known_to, region, name, source_object FROM opportunity_version ORDER BY 1"
            assert conn.exec_driver_sql(kept).all() == [
                (1, "2026-02-01T00:00:00Z", "EMEA", "First", "Opportunity"),
                (2, "2026-03-01T00:00:00Z", None, "First", "Opportunity"),
            ]
            assert get_setting(conn, VERSIONS_BEGIN) is not None


def test_a_store_without_a_ledger_of_payouts_gets_an_empty_one_and_keeps_its_rows(tmp_path):
    with bare(tmp_path / "older.db") as older:
        upgrade(older, "nothing", to="0002")
        with older.write() as conn:
            assert "payout" not in conn.exec_driver_sql("SELECT name FROM sqlite_master").scalars().all()
            conn.exec_driver_sql("INSERT INTO quota (id, amount_minor) VALUES ('acme:q', 100)")
    with open_store(tmp_path / "older.db", write=False) as store, store.read() as conn:
        assert schema.version(conn, store.path) == schema.HEAD
        assert conn.exec_driver_sql("SELECT * FROM v_payout").all() == []
        assert conn.exec_driver_sql("SELECT id, amount_minor FROM quota").all() == [("acme:q", 100)]


def test_every_table_of_the_model_is_in_the_store(store):
    with store.read() as conn:
        made = set(conn.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars())
    assert set(METADATA.tables) <= made


def test_the_known_revisions_are_those_of_the_migration_files():
    config = Config()
    config.set_main_option("script_location", MIGRATIONS.as_posix())
    files = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert list(schema.REVISIONS) == files


def test_a_store_of_todays_schema_opens_without_alembic(tmp_path):
    import subprocess
    import sys

    code = (
        "import sys; from pathlib import Path; from connector.store.engine import open_store\n"
        f"for _ in range(2): open_store(Path({str(tmp_path / 'a.db')!r})).close()\n"
        "print([m for m in sys.modules if re.match('alembic|mako', m)])"
    )
    done = subprocess.run([sys.executable, "-c", "import re;" + code], capture_output=True, text=True, check=True)
    assert re.fullmatch(r"\[\]\n", done.stdout)

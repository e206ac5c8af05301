"""An older store is copied before it is migrated, keeps its rows, and a failed migration leaves it as it was."""

import shutil
import sqlite3
import stat
import textwrap

import pytest

from connector.errors import StoreLocked
from connector.store import schema
from connector.store import upgrade as upgrading
from connector.store.engine import open_store
from connector.store.handwork import watch
from connector.store.lock import StoreLock

TODAY = schema.HEAD
NEXT = """
import sqlalchemy as sa
from alembic import op
revision = "next"
down_revision = "{today}"
def upgrade():
    with op.batch_alter_table("opportunity") as batch:
        batch.add_column(sa.Column("mood", sa.String()))
        batch.alter_column("region", new_column_name="territory")
    {then}
"""


@pytest.fixture
def older(tmp_path, monkeypatch):
    """A store with a row, and a program one migration ahead of it; returns the function that sets that migration."""
    path = tmp_path / "crossfunnel.db"
    with open_store(path) as store, store.write() as conn:
        conn.exec_driver_sql("INSERT INTO opportunity (id, name, region) VALUES ('acme:1', 'First', 'EMEA')")
    with open_store(path) as store, store.write() as conn:
        conn.exec_driver_sql('CREATE VIEW "my deals" AS SELECT id, name FROM opportunity')
        watch(conn)
    path.chmod(0o640)
    scripts = tmp_path / "scripts"
    shutil.copytree(upgrading.MIGRATIONS, scripts, ignore=shutil.ignore_patterns("__pycache__"))

    def ahead(then=""):
        (scripts / "versions" / "r9999_next.py").write_text(textwrap.dedent(NEXT).format(then=then, today=TODAY))
        monkeypatch.setattr(schema, "REVISIONS", ("next", *schema.REVISIONS))
        monkeypatch.setattr(schema, "HEAD", "next")
        # today's views do not read the renamed column of a schema that only this test knows
        monkeypatch.setattr("connector.store.views.VIEWS", ())
        monkeypatch.setattr(upgrading.upgrade, "__kwdefaults__", {"scripts": scripts, "to": "head"})
        return path

    return ahead


def backups(path):
    return sorted(path.parent.glob("crossfunnel.db.backup-*"))


@pytest.mark.parametrize("write", [True, False])
def test_an_older_store_is_migrated_with_its_rows(older, write):
    path = older()
    with open_store(path, write=write) as store, store.read() as conn:
        assert conn.exec_driver_sql("SELECT id, name, territory, mood FROM opportunity").all() == [
            ("acme:1", "First", "EMEA", None)
        ]
        assert schema.version(conn, path) == "next"
        assert conn.exec_driver_sql('SELECT name FROM "my deals"').all() == [("First",)]


def test_the_backup_is_the_store_as_it_was(older):
    path = older()
    open_store(path).close()
    (copy,) = backups(path)
    assert f"backup-{TODAY}-" in copy.name
    assert stat.S_IMODE(copy.stat().st_mode) == 0o640
    raw = sqlite3.connect(copy)
    assert raw.execute("SELECT id, region FROM opportunity").fetchall() == [("acme:1", "EMEA")]
    assert raw.execute("SELECT version_num FROM alembic_version").fetchall() == [(TODAY,)]
    raw.close()


def test_a_migrated_store_is_not_backed_up_again(older):
    path = older()
    open_store(path).close()
    open_store(path).close()
    assert len(backups(path)) == 1


def test_a_migration_that_fails_half_way_leaves_the_store_as_it_was(older):
    path = older(then="raise RuntimeError('half way')")
    with pytest.raises(RuntimeError, match="half way"):
        open_store(path)
    raw = sqlite3.connect(path)
    assert raw.execute("SELECT version_num FROM alembic_version").fetchall() == [(TODAY,)]
    assert raw.execute("SELECT name, region FROM opportunity").fetchall() == [("First", "EMEA")]
    assert raw.execute("SELECT count(*) FROM sqlite_master WHERE name = 'v_opportunity'").fetchone() == (1,)
    raw.close()


def test_a_store_in_use_is_not_migrated(older):
    path = older()
    with StoreLock(path), pytest.raises(StoreLocked):
        open_store(path)
    assert backups(path) == []

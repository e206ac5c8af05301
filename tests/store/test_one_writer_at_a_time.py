"""Promise 6: one writer at a time, and the lock is free the moment its holder dies."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from connector.errors import StoreLocked, StoreUnusable
from connector.store.engine import open_store
from connector.store.lock import StoreLock

ROOT = Path(__file__).parents[2]
HOLD = """
import sys
from pathlib import Path
from connector.store.lock import StoreLock
lock = StoreLock(Path(sys.argv[1]))
lock.acquire()
print("held", flush=True)
sys.stdin.read()
lock.release()
"""


@pytest.fixture
def holder(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "crossfunnel.db")],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "held\n"
    yield process
    if process.poll() is None:
        process.kill()
    process.communicate()


def test_a_second_process_is_refused_at_once_with_exit_code_7(tmp_path, holder):
    with pytest.raises(StoreLocked) as refused:
        StoreLock(tmp_path / "crossfunnel.db").acquire()
    assert refused.value.exit_code == 7
    assert "crossfunnel.db" in str(refused.value)
    assert refused.value.hint


def test_the_lock_is_free_the_moment_its_holder_is_killed(tmp_path, holder):
    os.kill(holder.pid, signal.SIGKILL)
    assert holder.wait() == -signal.SIGKILL
    with StoreLock(tmp_path / "crossfunnel.db") as lock:
        assert lock.held


def test_a_stale_lock_file_holds_nothing(tmp_path):
    (tmp_path / "crossfunnel.db.lock").write_text("4711")
    with StoreLock(tmp_path / "crossfunnel.db"):
        pass


def test_the_lock_is_free_once_released(tmp_path, holder):
    holder.communicate("")
    assert holder.returncode == 0
    with StoreLock(tmp_path / "crossfunnel.db"):
        pass


def test_two_paths_to_one_store_share_its_lock(tmp_path, holder):
    (tmp_path / "link.db").symlink_to(tmp_path / "crossfunnel.db")
    with pytest.raises(StoreLocked):
        StoreLock(tmp_path / "link.db").acquire()


def test_a_store_may_lock_again_what_it_holds(tmp_path):
    with open_store(tmp_path / "crossfunnel.db") as store, store.lock:
        with store.lock:
            pass
        assert store.lock.held
    assert not store.lock.held


def test_reading_needs_no_lock(tmp_path):
    open_store(tmp_path / "crossfunnel.db").close()
    with (
        StoreLock(tmp_path / "crossfunnel.db"),
        open_store(tmp_path / "crossfunnel.db", write=False) as store,
        store.read() as conn,
    ):
        assert conn.exec_driver_sql("SELECT count(*) FROM opportunity").scalar_one() == 0


def test_a_folder_without_write_permission_is_named(tmp_path):
    (tmp_path / "crossfunnel.db.lock").mkdir()
    with pytest.raises(StoreUnusable, match="lock"):
        StoreLock(tmp_path / "crossfunnel.db").acquire()

"""Promise 1: whatever the moment of a SIGKILL, the cursor that survives stands for exactly the rows that survive."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from connector.store import open_store, read_cursor

ROOT = Path(__file__).parents[2]
LOADER = """
import sys
from pathlib import Path
from connector.store import *
from tests.store.pages import COLUMNS, deal, moment
with open_store(Path(sys.argv[1])) as store:
    for page in range(1, 100_000):
        with store.write() as conn:
            rows = [deal(f"{page}-{n}") for n in range(50)]
            load(conn, "opportunity", COLUMNS, rows, synced_at=moment(0), fresh=page % 2 == 0)
            write_cursor(conn, "acme", "Opportunity", {"page": page}, fingerprint="f", run_id="r", at=moment(0))
        print(page, flush=True)
"""


@pytest.mark.parametrize("pages", [1, 7, 20, 45])
def test_cursor_and_rows_survive_together(tmp_path, pages):
    path = tmp_path / "crossfunnel.db"
    loader = subprocess.Popen(
        [sys.executable, "-c", LOADER, str(path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    told = 0
    while told < pages:
        told = int(loader.stdout.readline())
    loader.send_signal(signal.SIGKILL)
    loader.communicate()
    with open_store(path) as store, store.read() as conn:
        reached = read_cursor(conn, "acme", "Opportunity").cursor["page"]
        assert conn.exec_driver_sql("SELECT count(*) FROM opportunity").scalar_one() == 50 * reached
        assert reached >= told, "a page that was told to be committed is there"
        assert conn.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"

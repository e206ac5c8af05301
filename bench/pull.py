"""`make bench`: a sync of many opportunities beside the floor, in one run on one machine.

The floor is what any program has to do at least: curl of the same bytes from the same server, then the sqlite3
shell's import into a table with the same key. Ours is the whole command, from sign-in to the derived rows.
Figures are ratios of one run; the absolute ones say more about the machine than about us.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from connector import sandbox

ROOT = Path(__file__).resolve().parent.parent

SALESFORCE_MAPPING = """\
version: 1
extends: default
objects:
  Opportunity:
    fields:
      region: Region__c
      extra.description: Description
      extra.expected_revenue: ExpectedRevenue
      extra.fiscal_quarter: FiscalQuarter
      extra.fiscal_year: FiscalYear
"""
DYNAMICS_MAPPING = """\
version: 1
extends: default
objects:
  opportunity:
    fields:
      region: {label: new_region}
      type: {label: new_dealtype}
      next_step: new_nextstep
      extra.description: description
      extra.statuscode: statuscode
      extra.final_decision: finaldecisiondate
"""


@dataclass
class Measured:
    """One command: wall seconds, and the highest memory of each of its processes, added up, in MiB."""

    seconds: float
    memory: float = 0.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--repeat", type=int, default=2, help="the best of so many runs counts, ours and the floor's")
    parser.add_argument("roads", nargs="*", default=["bulk", "dataverse"])
    chosen = parser.parse_args()
    for tool in ("curl", "sqlite3"):
        if shutil.which(tool) is None:
            sys.stderr.write(f"the floor needs {tool} on the PATH\n")
            return 2
    for road in chosen.roads:
        run = {"bulk": bulk, "dataverse": dataverse}[road]
        small = run(chosen.rows // 4, 1)
        large = run(chosen.rows, chosen.repeat)
        tell(road, chosen.rows, small, large)
    return 0


def tell(road: str, rows: int, small: tuple[Measured, Measured, int], large: tuple[Measured, Measured, int]) -> None:
    """One block a road."""
    ours, floor, columns = large
    print(f"\n{road}: {rows:,} opportunities of {columns} columns")
    print(f"  ours   {rows / ours.seconds:10,.0f} rows/s  {ours.seconds:6.2f} s  {ours.memory:5.0f} MiB peak")
    print(f"  floor  {rows / floor.seconds:10,.0f} rows/s  {floor.seconds:6.2f} s  (curl, then sqlite3 .import)")
    print(f"  ours / floor: {ours.seconds / floor.seconds:.2f} times the time")
    print(f"  memory at {rows // 4:,} rows: {small[0].memory:.0f} MiB, at {rows:,} rows: {ours.memory:.0f} MiB")


def bulk(rows: int, repeat: int) -> tuple[Measured, Measured, int]:
    """Salesforce Bulk API 2.0: a query job and its CSV pages."""
    with workplace() as folder, sandbox.start(deals=rows, history=False, systems=("salesforce",)) as box:
        configure(folder, box, {"salesforce.yaml": SALESFORCE_MAPPING})
        sync(folder, box, "Opportunity")  # the server renders the job's pages once; nobody is charged for that
        ours = best(lambda: sync(folder, box, "Opportunity"), repeat)
        server = box.salesforce
        job = json.loads(
            next(each.body for each in reversed(server.domain.requests("/jobs/query")) if each.method == "POST")
        )
        columns = job["query"].split(" FROM ")[0].count(",") + 1
        floor = best(lambda: bulk_floor(folder, box, job), repeat)
        return ours, floor, columns


def bulk_floor(folder: Path, box: sandbox.Sandbox, job: dict[str, str]) -> Measured:
    """The same job by curl, its pages into a table with the key by the sqlite3 shell."""
    begun = time.monotonic()
    url = box.salesforce.instance_url
    curl = Curl(folder, box)
    token = json.loads(
        curl.get(
            f"{url}/services/oauth2/token", "-d", "grant_type=client_credentials",
            "-u", f"{box.environment['SALESFORCE_CLIENT_ID']}:{box.environment['SALESFORCE_CLIENT_SECRET']}",
        )
    )["access_token"]  # fmt: skip
    bearer = ("-H", f"Authorization: Bearer {token}")
    jobs = f"{url}/services/data/v{SALESFORCE_VERSION}/jobs/query"
    made = json.loads(curl.get(jobs, *bearer, "-H", "Content-Type: application/json", "-d", json.dumps(job)))
    while json.loads(curl.get(f"{jobs}/{made['id']}", *bearer))["state"] != "JobComplete":
        time.sleep(0.05)
    locator, pages = "", []
    while locator != "null":
        page = folder / f"page{len(pages)}.csv"
        place = f"&locator={quote(locator)}" if locator else ""
        heads = curl.save(f"{jobs}/{made['id']}/results?maxRecords={PAGE_ROWS}{place}", page, *bearer)
        locator = heads["sforce-locator"]
        pages.append(page)
    with pages[0].open(encoding="utf-8") as file:
        names = [name.strip('"') for name in file.readline().strip().split(",")]
    imports = "\n".join(f".import --csv --skip 1 {page} t" for page in pages)
    table = ", ".join(f'"{name}" TEXT{" PRIMARY KEY" if name == "Id" else ""}' for name in names)
    shell(folder, f"CREATE TABLE t ({table});\n{imports}\n")
    return Measured(time.monotonic() - begun)


def dataverse(rows: int, repeat: int) -> tuple[Measured, Measured, int]:
    """Dataverse change tracking: JSON pages by next link."""
    with workplace() as folder, sandbox.start(deals=rows, history=False, systems=("dynamics",)) as box:
        configure(folder, box, {"dynamics.yaml": DYNAMICS_MAPPING})
        sync(folder, box, "opportunity")  # the server renders its pages once; nobody is charged for that
        ours = best(lambda: sync(folder, box, "opportunity"), repeat)
        first = next(
            each
            for each in reversed(box.dynamics.web.requests("/opportunities"))
            if "$select" in each.query and "token" not in each.query
        )
        columns = first.query.count(",") + 2
        floor = best(lambda: dataverse_floor(folder, box, f"{first.path}?{first.query}"), repeat)
        return ours, floor, columns


def dataverse_floor(folder: Path, box: sandbox.Sandbox, target: str) -> Measured:
    """The same pages by curl; the sqlite3 shell reads JSON by json_each, having no import for it."""
    begun = time.monotonic()
    server, curl = box.dynamics, Curl(folder, box)
    token = json.loads(
        curl.get(
            f"{server.authority_url}/{server.tenant_id}/oauth2/v2.0/token",
            "-d", f"grant_type=client_credentials&client_id={server.client_id}",
            "--data-urlencode", f"client_secret={server.client_secret}",
            "--data-urlencode", f"scope={server.url}/.default",
        )
    )["access_token"]  # fmt: skip
    heads = ("-H", f"Authorization: Bearer {token}", "-H", "Prefer: odata.track-changes,odata.maxpagesize=5000")
    link, pages = server.url + target, []
    while link:
        page = folder / f"page{len(pages)}.json"
        curl.save(link, page, *heads)
        pages.append(page)
        with page.open("rb") as file:
            file.seek(max(0, page.stat().st_size - 20_000))
            tail = file.read().decode()
            if "@odata.nextLink" not in tail:
                file.seek(0)
                tail = file.read(20_000).decode(errors="replace")
        link = tail.split('"@odata.nextLink":"')[1].split('"')[0] if '"@odata.nextLink":"' in tail else ""
    names = list(json.loads(pages[0].read_bytes())["value"][0])
    values = ", ".join(f"json_extract(value, '$.\"{name}\"')" for name in names)
    table = ", ".join(f'"{name}" TEXT{" PRIMARY KEY" if name == "opportunityid" else ""}' for name in names)
    inserts = "\n".join(
        f"INSERT INTO t SELECT {values} FROM json_each(readfile('{page}'), '$.value');" for page in pages
    )
    shell(folder, f"CREATE TABLE t ({table});\nBEGIN;\n{inserts}\nCOMMIT;\n")
    return Measured(time.monotonic() - begun)


#: the command, and at its end the peaks of its processes: what wait4 tells includes the memory of whoever forked them
WITH_PEAK = """
import atexit, cli, pathlib, subprocess
def peak(process):
    lines = pathlib.Path(f"/proc/{process}/status").read_text().splitlines()
    with open("peak", "a") as told:
        told.write(next(line.split()[1] for line in lines if line.startswith("VmHWM")) + "\\n")
kill = subprocess.Popen.kill
def told_and_killed(child):
    peak(child.pid)
    kill(child)
subprocess.Popen.kill = told_and_killed
atexit.register(peak, "self")
cli.main()
"""
SALESFORCE_VERSION = "60.0"
PAGE_ROWS = 50_000


class Curl:
    """curl with the sandbox's CA, uncompressed, as a fresh process a request."""

    def __init__(self, folder: Path, box: sandbox.Sandbox) -> None:
        self.heads = folder / "heads"
        self.command = ["curl", "--silent", "--show-error", "--fail", "--cacert", str(box.ca_file)]

    def get(self, url: str, *more: str) -> bytes:
        return subprocess.run([*self.command, *more, url], check=True, stdout=subprocess.PIPE).stdout

    def save(self, url: str, into: Path, *more: str) -> dict[str, str]:
        subprocess.run([*self.command, *more, "-D", str(self.heads), "-o", str(into), url], check=True)
        lines = self.heads.read_text(encoding="latin-1").splitlines()
        return {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}


def sync(folder: Path, box: sandbox.Sandbox, name: str) -> Measured:
    """A first sync of one object into an empty store, as a process of its own."""
    for stale in folder.glob("crossfunnel.db*"):
        stale.unlink()
    arguments = ["sync", "--quiet", "--object", name, "--config", "crossfunnel.toml"]
    command = [sys.executable, "-c", WITH_PEAK, *arguments]
    environment = {**os.environ, **box.environment, "PYTHONPATH": str(ROOT)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    begun = time.monotonic()
    done = subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, check=False)
    seconds = time.monotonic() - begun
    if done.returncode != 0:
        raise SystemExit(f"the sync failed with {done.returncode}")
    peaks = folder / "peak"
    memory = sum(map(int, peaks.read_text().split())) / 1024
    peaks.unlink()
    return Measured(seconds, memory)


def shell(folder: Path, script: str) -> None:
    """The sqlite3 shell over a new file, with the durability that our store has."""
    for stale in folder.glob("floor.db*"):
        stale.unlink()
    head = "PRAGMA journal_mode = WAL;\nPRAGMA synchronous = NORMAL;\n"
    subprocess.run(
        ["sqlite3", "-bail", str(folder / "floor.db")],
        input=(head + script).encode(),
        check=True,
        stdout=subprocess.DEVNULL,
    )


def best(measure: object, repeat: int) -> Measured:
    runs = [measure() for _ in range(repeat)]  # type: ignore[operator]
    return Measured(min(run.seconds for run in runs), max(run.memory for run in runs))


def configure(folder: Path, box: sandbox.Sandbox, mappings: dict[str, str]) -> None:
    """The sandbox's own configuration, and the mapping that asks for 24 columns."""
    (folder / "crossfunnel.toml").write_text(box.config_text() + '\n[mappings]\npath = "mappings"\n', encoding="utf-8")
    (folder / "mappings").mkdir()
    for name, text in mappings.items():
        (folder / "mappings" / name).write_text(text, encoding="utf-8")


@contextmanager
def workplace() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="crossfunnel-bench-") as folder:
        yield Path(folder)


if __name__ == "__main__":
    sys.exit(main())

"""``crossfunnel demo`` and ``crossfunnel sandbox``: the made-up orgs, served on this machine over HTTPS."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connector.config import FILE_NAME, load_settings
from connector.errors import UsageError
from connector.suggestions import nearest

if TYPE_CHECKING:
    from connector.sandbox import Sandbox

Write = Callable[[str], None]

#: begins every file that the sandbox may write again
MARK = "# written by the sandbox; it is written again at its next start"

#: the sandbox's orgs keep a few facts in custom fields, as real ones do; this is how a mapping names them
MAPPINGS = {
    "salesforce.yaml": """\
version: 1
extends: default
objects:
  Opportunity:
    fields:
      region: Region__c
""",
    "dynamics.yaml": """\
version: 1
extends: default
objects:
  opportunity:
    fields:
      region: {label: new_region}
      type: {label: new_dealtype}
      lead_source: {label: new_leadsource}
      next_step: new_nextstep
""",
}


def run_demo(folder: Path, *, deals: int, seed: int, quiet: bool, write: Write) -> int:
    """Syncs the sandbox's two orgs into ``folder`` and prints what a newcomer comes for; returns the exit code."""
    from connector import sandbox
    from connector.report.answer import measure
    from connector.report.metrics import render_result
    from connector.report.sync import render_summary, shown_progress
    from connector.sync import SyncOptions, run_sync

    for stale in folder.glob("crossfunnel.db*"):
        stale.unlink()
    write(f"starting the sandbox: one Salesforce org and one Dynamics org, {deals} deals each")
    with sandbox.start(seed=seed, deals=deals) as running, _environment(running.environment):
        path = _write_config(folder, running)
        settings = load_settings(path)
        with shown_progress(quiet=quiet) as progress:
            summary = run_sync(settings, SyncOptions(), progress)
        write(render_summary(summary, "table"))
    if summary.exit_code:
        return summary.exit_code
    for title, name, by in (
        ("The funnel of both orgs together", "funnel", None),
        ("The funnel of each org", "funnel", "source"),
        ("Quota by person, over both orgs", "quota", "person"),
        ("Quota by team", "quota", "team"),
    ):
        write(f"\n{title}: crossfunnel --config {path} metrics {name}{f' --by {by}' if by else ''}")
        write(render_result(measure(settings, name, {"by": by}), "table"))
    write(f"\nThe store is {settings.store_path}: open it with any SQLite client; views begin with v_.")
    return 0


def serve_sandbox(
    folder: Path, *, deals: int, seed: int, export: Path | None, faults: Sequence[str], write: Write
) -> int:
    """Serves until interrupted; prints how to point a program at it, and at the end how often each fault fired."""
    if export is not None and not export.is_dir():
        raise UsageError(f"--export {export}: there is no such folder", hint="name a folder with Opportunity.csv in it")
    with _started(seed=seed, deals=deals, export=export, faults=faults) as running:
        path = _write_config(folder, running)
        write(f"serving; configuration: {path}")
        for name, value in running.environment.items():
            write(f"export {name}={value}")
        write("stop with Ctrl-C")
        sys.stdout.flush()
        stopped = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: stopped.set())
        try:
            stopped.wait()
        except KeyboardInterrupt:
            pass
        for name, server in running.servers.items():
            for planned in server.faults.all():
                write(f"{name}:{planned.order.text}: fired {planned.fired}")
    return 0


def _started(**options: Any) -> Sandbox:
    """The sandbox at work; a fault that there is not, and an export that is none, are the user's mistakes."""
    from connector import sandbox
    from connector.sandbox.faults import FaultError
    from connector.sandbox.salesforce.sheets import NoExport

    try:
        return sandbox.start(**options)
    except FaultError as error:
        raise UsageError(
            f"--fault: {error.message}{nearest(error.word, error.known)}",
            hint=f"there are: {', '.join(error.known)}" if error.known else "see crossfunnel sandbox --help",
        ) from None
    except NoExport as error:
        raise UsageError(f"--export: {error}", hint=error.hint) from None


def faults_help() -> tuple[Sequence[str], list[tuple[str, str]]]:
    """The servers, and every fault with its sentence and options and what all of them take, for the command's help."""
    from connector.sandbox.faults.catalogue import CATALOGUE, SERVERS, TRIGGERS, summary

    faults = [(name, summary(kind)) for name, kind in CATALOGUE.items()]
    return tuple(SERVERS), faults + [(f"...,{name}=", sentence) for name, sentence in TRIGGERS.items()]


def _write_config(folder: Path, running: Sandbox) -> Path:
    """The sandbox's configuration, CA and mappings in one folder, so that the folder tells the whole story."""
    _refuse_what_is_not_ours(folder)
    try:
        (folder / "mappings").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder} cannot be made: {error}", hint="name another one by --folder") from error
    for name, text in MAPPINGS.items():
        (folder / "mappings" / name).write_text(f"{MARK}\n{text}", encoding="utf-8")
    authority = folder / "sandbox-ca.pem"
    authority.write_bytes(Path(running.ca_file).read_bytes())
    path = folder / FILE_NAME
    text = running.config_text(ca_bundle=authority.name) + '\n[mappings]\npath = "mappings"\n'
    path.write_text(f"{MARK}\n{text}", encoding="utf-8")
    return path


def _refuse_what_is_not_ours(folder: Path) -> None:
    """What somebody else wrote is never overwritten."""
    for path in (folder / FILE_NAME, *(folder / "mappings" / name for name in MAPPINGS)):
        if path.exists() and not path.read_text(encoding="utf-8", errors="replace").startswith(MARK):
            hint = "name another folder by --folder"
            raise UsageError(f"{path} is there already and is not the sandbox's", hint=hint)


@contextmanager
def _environment(values: dict[str, Any]) -> Iterator[None]:
    """The sandbox's throw-away secrets, in the environment for as long as it runs."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value

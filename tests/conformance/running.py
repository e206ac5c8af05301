"""Runs one client's program against the sandbox and holds each of its exercises against the truth."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from connector.sandbox import Sandbox
from tests.conformance.environments import HERE, Client
from tests.conformance.sides import Side
from tests.conformance.tables import Table, differences

#: of the environment of the harness, what a client may need; proxies and credentials are none of it
_KEPT = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR")
_MOST_DIFFERENCES = 8


@dataclass
class Verdict:
    """How one exercise of one client went. ``differences`` is empty where it got every row, whole and once.

    ``short`` are the objects in which it differs as ``falls_short`` says it does.
    """

    client: str
    exercise: str
    objects: int = 0
    expected: int = 0
    got: int = 0
    differences: list[str] = field(default_factory=list)
    short: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        return not self.differences


@dataclass
class Outcome:
    """How one client went. ``requests`` is what the sandbox was asked, over all exercises."""

    client: str
    version: str
    requests: int
    verdicts: list[Verdict]


def run(client: Client, side: Side, sandbox: Sandbox) -> Outcome:
    """Runs the program to its end, and once more after edits where it has exercises for that.

    Whatever a program did not hand over counts as missing.
    """
    before = [len(server.log) for server in side.servers()]
    with tempfile.TemporaryDirectory(prefix="crossfunnel-conformance-") as folder:
        turn = _Turn(client, side, {**_environment(client, side, sandbox), "CONFORMANCE_KEPT": folder}, Path(folder))
        with side.arranged(client.server) if client.server else nullcontext():
            version, verdicts = turn.take("first", client.exercises)
        if client.later:
            side.between_runs()
            verdicts += turn.take("later", client.later)[1]
    asked = sum(len(server.log) - was for server, was in zip(side.servers(), before, strict=True))
    return Outcome(client.name, version, asked, verdicts)


@dataclass(frozen=True)
class _Turn:
    """One run of the program. ``folder``: where it keeps what it needs in the next one."""

    client: Client
    side: Side
    environment: Mapping[str, str]
    folder: Path

    def take(self, name: str, exercises: Mapping[str, str]) -> tuple[str, list[Verdict]]:
        """The version that the program named, and how each exercise of this run went."""
        answers = self.folder / f"answers-{name}.jsonl"
        told = {"CONFORMANCE_ANSWERS": str(answers), "CONFORMANCE_RUN": name}
        complaint = _execute(self.client, {**self.environment, **told})
        version, handed_over = _read(answers)
        verdicts = [
            judge(self.client, exercise, self.side.truth(truth), handed_over.get(exercise, {}))
            for exercise, truth in exercises.items()
        ]
        bugs = [f"the sandbox itself failed: {error!r}" for server in self.side.servers() for error in server.failures]
        if complaint or bugs:
            verdicts.append(Verdict(self.client.name, "runs to its end", differences=[*complaint, *bugs]))
        return version, verdicts


def judge(
    client: Client, exercise: str, truth: Mapping[str, Table], told: Mapping[str, list[dict[str, Any]]]
) -> Verdict:
    """Holds what came in one exercise against the truth, object by object, row by row, field by field."""
    verdict = Verdict(client.name, exercise)
    for name, table in truth.items():
        left_out = [what for what in client.leaves_out if what.partition(".")[0] == name]
        if name in left_out:
            continue
        rows = told.get(name)
        verdict.objects += 1
        verdict.expected += len(table.needed)
        verdict.got += len(rows or ())
        expected = replace(table, spelling=table.spelling | {*client.spelling})
        expected = expected.without(what.partition(".")[2] for what in left_out)
        found = ["never handed over"] if rows is None else list(differences(expected, rows))
        if f"{exercise}/{name}" not in client.falls_short:
            verdict.differences += [f"{name}: {each}" for each in found]
        elif found:
            verdict.short.append(name)
        else:
            verdict.differences.append(f"{name}: falls short no more; take it out of falls_short")
    verdict.differences += [f"{name}: came and is no object of the truth" for name in told if name not in truth]
    return verdict


def _environment(client: Client, side: Side, sandbox: Sandbox) -> dict[str, str]:
    authority = str(sandbox.ca_file)
    return {
        **{name: os.environ[name] for name in _KEPT if name in os.environ},
        **side.environment(),
        "HOME": str(client.home),  # requests would take a password for a host from ~/.netrc
        "CONFORMANCE_HOSTS": json.dumps(dict(side.hosts())),
        "PYTHONPATH": str(HERE / "inside" / "python"),
        "PYTHONDONTWRITEBYTECODE": "1",
        **dict.fromkeys(("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"), authority),
    }


def _execute(client: Client, environment: Mapping[str, str]) -> list[str]:
    """Runs the program; what is to be complained of its ending."""
    try:
        done = subprocess.run(
            client.command,
            env=environment,
            cwd=client.home,
            capture_output=True,
            text=True,
            timeout=client.patience,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return [f"not done after {client.patience} s"]
    if done.returncode:
        last = [line for line in (done.stdout + "\n" + done.stderr).splitlines() if line.strip()][-6:]
        return [f"it ended with exit code {done.returncode}: " + "\n      ".join(last)]
    return []


def _read(answers: Path) -> tuple[str, dict[str, dict[str, list[dict[str, Any]]]]]:
    """The version that the program named, and its rows by exercise and object."""
    version, told = "?", {}
    for line in _lines(answers):
        if "version" in line:
            version = line["version"]
        else:
            rows = told.setdefault(line["exercise"], {}).setdefault(line["object"], [])
            rows.extend(line["rows"])
    return version, told


def _lines(answers: Path) -> Iterator[dict[str, Any]]:
    if answers.exists():
        with answers.open(encoding="utf-8") as file:
            yield from (json.loads(line) for line in file)

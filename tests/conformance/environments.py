"""An environment for each client, made from its pins and kept while they stay the same. Knows no CRM."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
BUILD = HERE.parent.parent / "build" / "conformance"
_PINS = ("requirements.txt", "package.json", "package-lock.json")
_PATIENCE_SECONDS = 1_200


class NotBuilt(Exception):
    """A client could not be installed here: nothing is known about how it gets on with the sandbox."""


@dataclass(frozen=True)
class Client:
    """One folder below ``clients``: a program of ours that uses a foreign client, its pins, and ``client.toml``.

    ``exercises``: what the program does, by name, and the truth that each is held against; ``later``: the same of a
    second run, after edits. ``spelling``: what is forgiven it (``tables.SPELLINGS``); ``leaves_out``: objects, and
    fields as ``Object.Field``, that it does not read, with the reason; ``falls_short``: what it gets wrong by its own
    doing, as ``exercise/object``, with the reason. ``server``: how the system is set during the first run
    (``Side.arranged``); ``known``: what a reader of the table should know.
    """

    name: str
    folder: Path
    system: str
    exercises: dict[str, str]
    python: str = f"{sys.version_info.major}.{sys.version_info.minor}"
    patience: int = 600
    spelling: tuple[str, ...] = ()
    leaves_out: dict[str, str] = field(default_factory=dict)
    later: dict[str, str] = field(default_factory=dict)
    falls_short: dict[str, str] = field(default_factory=dict)
    server: dict[str, int] = field(default_factory=dict)
    known: tuple[str, ...] = ()

    @property
    def home(self) -> Path:
        """Where its environment is built."""
        return BUILD / self.name

    @property
    def command(self) -> list[str]:
        """Runs its program inside its environment."""
        if (self.folder / "package.json").exists():
            return [
                "node",
                "--import",
                (HERE / "inside" / "node" / "redirect.mjs").as_uri(),
                str(self.home / "read.mjs"),
            ]
        return [str(_python_of(self.home)), str(self.folder / "read.py")]


def clients() -> list[Client]:
    """Every client there is, by name."""
    return [_client(path.parent) for path in sorted((HERE / "clients").glob("*/client.toml"))]


def _client(folder: Path) -> Client:
    told: dict[str, Any] = tomllib.loads((folder / "client.toml").read_text(encoding="utf-8"))
    return Client(name=folder.name, folder=folder, **told)


def build(client: Client) -> None:
    """Makes the environment, unless it stands and was made from the same pins; NotBuilt says what went wrong."""
    stamp, pins = client.home / "built-from", _fingerprint(client)
    if not (stamp.exists() and stamp.read_text(encoding="utf-8") == pins):
        shutil.rmtree(client.home, ignore_errors=True)
        client.home.mkdir(parents=True)
        if (client.folder / "package.json").exists():
            _with_npm(client)
        else:
            _with_pip(client)
        stamp.write_text(pins, encoding="utf-8")
    if (client.folder / "read.mjs").exists():  # node looks for packages from where the program lies
        for path in (client.folder / "read.mjs", HERE / "inside" / "node" / "answers.mjs"):
            shutil.copy(path, client.home / path.name)


def _with_pip(client: Client) -> None:
    python = sys.executable if client.python == Client.python else shutil.which(f"python{client.python}")
    if python is None:
        raise NotBuilt(f"it needs Python {client.python}: put python{client.python} on the PATH")
    _run(client, [python, "-m", "venv", str(client.home / "venv")])
    pip = [str(_python_of(client.home)), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _run(client, [*pip, "-r", str(client.folder / "requirements.txt")])


def _with_npm(client: Client) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise NotBuilt("it needs Node.js with npm: put node and npm on the PATH")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(client.folder / name, client.home / name)
    _run(client, [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"])


def _run(client: Client, command: Sequence[str], folder: Path | None = None) -> None:
    try:
        done = subprocess.run(
            command, cwd=folder or client.home, capture_output=True, text=True, timeout=_PATIENCE_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise NotBuilt(f"installing took longer than {_PATIENCE_SECONDS} s: is the package registry reached?") from None
    if done.returncode:
        lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        told = next((line for line in lines if "error" in line.lower()), lines[-1] if lines else "no word of why")
        raise NotBuilt(
            f"`{Path(command[0]).name} {' '.join(command[1:4])} …` failed: {told.strip()[:300]}\n"
            f"  Is the package registry reached from here? By hand: cd {client.home} && {' '.join(command)}"
        )


def _python_of(home: Path) -> Path:
    return home / "venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _fingerprint(client: Client) -> str:
    pins = [(client.folder / name).read_bytes() for name in _PINS if (client.folder / name).exists()]
    return hashlib.sha256(b"\0".join([client.python.encode(), *pins])).hexdigest()

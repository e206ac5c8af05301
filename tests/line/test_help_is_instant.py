"""--help imports no client library and no SQLAlchemy, and every command has an example."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("sqlalchemy", "sqlmodel", "simple_salesforce", "msal", "requests", "alembic", "yaml", "trustme")
COMMANDS = ("init", "demo", "check", "sync", "status", "rejects", "metrics", "explain", "sandbox")

PROBE = """
import sys
sys.argv = ["crossfunnel", *{arguments!r}]
import cli
try:
    cli.main()
except SystemExit as end:
    assert not end.code, end.code
loaded = sorted(name for name in {heavy!r} if name in sys.modules)
assert not loaded, loaded
"""


@pytest.mark.parametrize("arguments", [["--help"], ["sync", "--help"], ["metrics", "--help"], ["sandbox", "--help"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    probe = PROBE.format(arguments=arguments, heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Usage" in done.stdout


def test_every_command_has_an_example() -> None:
    for command in COMMANDS:
        done = subprocess.run(
            [sys.executable, "-m", "cli", command, "--help"], capture_output=True, text=True, check=True
        )
        assert f"crossfunnel {command}" in done.stdout, command


def test_shared_options_stand_before_or_after_the_command(tmp_path: object) -> None:
    for arguments in (["--config", "nowhere.toml", "status"], ["status", "--config", "nowhere.toml"]):
        done = subprocess.run([sys.executable, "-m", "cli", *arguments], capture_output=True, text=True, check=False)
        assert done.returncode == 2
        assert "nowhere.toml" in done.stderr

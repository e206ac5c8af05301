"""Runs the suite once more against the built wheel: no checkout on the path, packaged mappings found inside it."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WHEEL = ROOT / "build" / "wheel"


def main() -> int:
    if not (WHEEL / "cli.py").is_file():
        sys.stderr.write("no unpacked wheel in build/wheel: run `make wheel` first\n")
        return 2
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        shutil.copytree(ROOT / "tests", home / "tests", ignore=shutil.ignore_patterns("__pycache__"))
        config = (ROOT / "pyproject.toml").read_text(encoding="utf-8").replace('pythonpath = ["."]', "pythonpath = []")
        (home / "pyproject.toml").write_text(config, encoding="utf-8")
        environment = {**os.environ, "PYTHONPATH": str(WHEEL), "CROSSFUNNEL_UNDER_TEST": str(WHEEL)}
        command = [sys.executable, "-m", "pytest", "-m", "not checkout and not soak", *sys.argv[1:]]
        return subprocess.call(command, cwd=home, env=environment)


if __name__ == "__main__":
    sys.exit(main())

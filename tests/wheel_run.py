"""Runs the suite against the built wheel, which is what users get: no package of the checkout is on the path."""

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
        home = Path(folder) / "crossfunnel"
        lay_out(home)
        environment = {**os.environ, "PYTHONPATH": str(WHEEL), "CROSSFUNNEL_UNDER_TEST": str(WHEEL)}
        return subprocess.call([sys.executable, "-m", "pytest", *sys.argv[1:]], cwd=home, env=environment)


def lay_out(home: Path) -> None:
    """The checkout without its packages: tests, the bench and pages that tests read, recorded samples where they lie beside it."""
    shutil.copytree(ROOT / "tests", home / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "docs", home / "docs")
    shutil.copytree(ROOT / "bench", home / "bench", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "README.md", home)
    config = (ROOT / "pyproject.toml").read_text(encoding="utf-8").replace('pythonpath = ["."]', "pythonpath = []")
    (home / "pyproject.toml").write_text(config, encoding="utf-8")
    if (ROOT.parent / "shared").is_dir():
        (home.parent / "shared").symlink_to(ROOT.parent / "shared", target_is_directory=True)


if __name__ == "__main__":
    sys.exit(main())

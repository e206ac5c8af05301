"""The imports hold to the picture in docs/architecture.md: data flows one way and no room reaches back."""

import ast
import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(importlib.util.find_spec("connector").origin).parent  # type: ignore[union-attr,arg-type]

LEAVES = {
    "errors",
    "iso4217",
    "instants",
    "suggestions",
    "redaction",
    "plainfiles",
    "plaintext",
    "interpolation",
    "__version__",
}
CONFIG = LEAVES | {"config", "settings", "tomlfile", "mistakes", "misplaced", "validation"}
MAY_IMPORT = {
    "config": CONFIG,
    "settings": CONFIG,
    "transport": LEAVES | {"transport"},
    "adapters": CONFIG | {"transport", "adapters"},
    "mapping": CONFIG | {"adapters.base", "mapping"},
    "store": CONFIG | {"mapping", "store"},
    "metrics": CONFIG | {"mapping", "store", "metrics"},
    "sync": CONFIG | {"transport", "adapters", "mapping", "store", "metrics", "sync"},
    "sandbox": {"sandbox"},
}


def room_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return parts[0]


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        yield from (name.removeprefix("connector.") for name in names if name.startswith("connector"))


def strays() -> Iterator[str]:
    for path in sorted(ROOT.rglob("*.py")):
        allowed = MAY_IMPORT.get(room_of(path))
        if allowed is None:
            continue
        for name in imported(path):
            if not any(name == room or name.startswith(f"{room}.") for room in allowed):
                yield f"{path.relative_to(ROOT)} imports {name}"


def test_no_room_reaches_back() -> None:
    assert list(strays()) == []


@pytest.mark.parametrize("room", ["adapters", "mapping", "store", "metrics", "sync", "sandbox"])
def test_every_room_is_there_and_was_looked_into(room: str) -> None:
    assert any(room_of(path) == room for path in ROOT.rglob("*.py"))


def test_no_file_is_feared() -> None:
    long = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in ROOT.rglob("*.py")
    }
    assert {name: lines for name, lines in long.items() if lines > 400} == {}

"""docs/sandbox.md has the catalogue of faults as the program has it, and its examples can be planned."""

from __future__ import annotations

import re
from pathlib import Path

from connector.sandbox.faults import SERVERS, read_order
from connector.sandbox.faults.catalogue import table

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "sandbox.md"


def examples() -> list[str]:
    """Every fault that a page spells on a command line."""
    texts = [path.read_text(encoding="utf-8") for path in (PAGE, ROOT / "README.md")]
    return [found for text in texts for found in re.findall(r"--fault ([a-z]+:[^\s`]+)", text)]


def test_the_page_has_the_catalogue() -> None:
    assert table() in PAGE.read_text(encoding="utf-8"), "put catalogue.table() between the marks"


def test_every_example_can_be_planned() -> None:
    assert len(examples()) >= 4
    for example in examples():
        server, _, fault = example.partition(":")
        assert server in SERVERS
        read_order(fault)

"""Every handle that docs/sandbox.md names for the Salesforce org is there under that name."""

from __future__ import annotations

import re
from pathlib import Path

from connector.sandbox import Sandbox

PAGE = Path(__file__).parents[2] / "docs" / "sandbox.md"
HANDLE = re.compile(r"`sf\.([\w.]+)")


def test_every_handle_is_there(shared: Sandbox) -> None:
    named = HANDLE.findall(PAGE.read_text(encoding="utf-8"))
    assert len(named) > 15
    for path in named:
        found = shared.salesforce
        for part in path.split("."):
            assert hasattr(found, part), path
            found = getattr(found, part)

"""What the packaged files offer behind comment marks does what it says once the marks are taken away."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connector.adapters.base import Value
from connector.mapping.files import packaged_folder
from tests.mapping.workbench import Bench, context, load, rows_of, write

CASE: dict[str, dict[str, Value]] = {
    "salesforce": {
        "CSAT__c": Decimal(4), "ClosedDate": "2026-01-31T23:30:00Z", "AccountId": "A", "ContactId": "C", "OwnerId": "O",
    },
    "dynamics": {
        "customersatisfactioncode": 4, "deactivatedon": "2026-01-31T23:30:00Z", "_customerid_value.account": "A",
        "_primarycontactid_value": "C", "_ownerid_value": "O",
    },
}  # fmt: skip
OBJECT = {"salesforce": "Case", "dynamics": "incident"}


def example(kind: str) -> str:
    """The example at the end of a packaged file, without its marks."""
    lines = (packaged_folder() / f"{kind}.yaml").read_text(encoding="utf-8").splitlines()
    begin = lines.index(f"  # {OBJECT[kind]}:")
    assert all(line.startswith("  # ") for line in lines[begin:])
    return "\n".join("  " + line.removeprefix("  # ") for line in lines[begin:]) + "\n"


def switched_on(folder: Path, kind: str, way: str) -> None:
    text = f"version: 1\nextends: default\nobjects:\n{example(kind)}"
    if way == "marks taken away":
        whole = (packaged_folder() / f"{kind}.yaml").read_text(encoding="utf-8")
        text = whole[: whole.index(f"  # {OBJECT[kind]}:")] + example(kind)
    write(folder, f"{kind}.yaml", text)


@pytest.mark.parametrize("way", ["marks taken away", "a file that extends"])
@pytest.mark.parametrize("kind", list(OBJECT))
def test_satisfaction_is_read_once_its_example_is_switched_on(tmp_path: Path, kind: str, way: str) -> None:
    assert OBJECT[kind] not in load(None, kind).kinds[kind].objects
    switched_on(tmp_path, kind, way)
    mappings = load(tmp_path, kind)
    assert mappings.kinds[kind].objects.keys() == {*load(None, kind).kinds[kind].objects, OBJECT[kind]}
    silent: dict[str, Value] = {"Id": "2", "OwnerId": "O"}
    mapped = Bench(mappings, kind, OBJECT[kind], context()).map({"Id": "1", **CASE[kind]}, silent)
    assert (mapped.rejects, mapped.dropped) == ([], ["2"])
    (row,) = rows_of(mapped)
    expected: dict[str, Any] = {
        "score": 4.0, "score_max": 5.0, "given_at": "2026-01-31T23:30:00Z", "given_on": "2026-02-01",
        "account_id": "acme:A", "contact_id": "acme:C", "owner_id": "acme:O",
    }  # fmt: skip
    assert row | expected == row

"""A list of rejects can be read by eye and by machine, whatever odd values refused the records."""

import csv
import io
import json
from decimal import Decimal

import pytest

from connector.report.rejects import render_rejects
from connector.store import StoredReject

ODD = {
    "huge": Decimal("1E+999999"),
    "long": Decimal("12345678901234567890.12"),
    "amount": Decimal("12.50"),
    "text": 'a"b\n,\u202e',
    "none": None,
    "subject": {"hash": "ab12"},
}


def reject(**changes: object) -> StoredReject:
    given = {
        "reject_id": 1, "source": "acme", "object": "Deal", "source_id": None, "rule": "amount_minor",
        "message": "amount_minor: 'a\nb' is\tno number", "run_id": "r1", "retried_at": None, "fields": ODD, **changes,
    }  # fmt: skip
    return StoredReject(**given)  # type: ignore[arg-type]


def test_json_tells_every_field_exactly() -> None:
    (told,) = json.loads(render_rejects([reject()], "json"))
    assert told["fields"] == {**ODD, "huge": "1E+999999", "long": "12345678901234567890.12", "amount": 12.5}
    assert (told["source_id"], told["retried_at"]) == (None, None)


def test_csv_has_one_line_a_record_and_the_same_columns() -> None:
    head, line = csv.reader(io.StringIO(render_rejects([reject()], "csv")))
    assert dict(zip(head, line, strict=True)) == {
        "source": "acme", "object": "Deal", "source_id": "", "rule": "amount_minor",
        "message": "amount_minor: 'a\nb' is\tno number", "run_id": "r1", "retried_at": "",
    }  # fmt: skip


def test_a_table_keeps_one_line_a_record_and_says_what_to_do() -> None:
    lines = render_rejects([reject(), reject(source_id="7")], "table").splitlines()
    assert len(lines) == 5
    assert "'a b' is no number" in lines[2] and "rejects --retry" in lines[-1]


@pytest.mark.parametrize(("format_", "text"), [("table", "no rejected records"), ("json", "[]")])
def test_nothing_rejected_is_said_too(format_: str, text: str) -> None:
    assert render_rejects([], format_) == text

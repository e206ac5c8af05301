"""``metrics cadence --check --message`` knows a plain subject again, though the store keeps only its keyed hash."""

from __future__ import annotations

from workplace import Workplace

from connector.mapping.kept import keyed_hash
from connector.store import open_store


def test_a_subject_sent_before_is_not_allowed_again(place: Workplace, box: object) -> None:
    assert place.sync("acme", "--object", "User").code == 0
    key = bytes(range(32))
    (place.folder / f"{place.store.name}.key").write_bytes(key)
    with open_store(place.store) as store, store.write() as conn:
        conn.exec_driver_sql(
            "INSERT INTO activity (id, kind, direction, occurred_on, counterpart_email, subject_hash) VALUES (?,?,?,?,?,?)",
            ("acme:m1", "email", "out", "2026-01-05", "p@x.test", keyed_hash("Spring offer", key)),
        )
    asked = ("metrics", "cadence", "--as-of", "2026-01-06", "--check", "P@x.test", "--message")
    again = place.run(*asked, "spring offer ")
    assert again.code == 8
    assert "repeat_message" in again.out
    assert place.run(*asked, "Summer offer").code == 0

"""Whatever order pages come in, and however often derivations run, the derived rows are the same."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection
from worlds import context, derived, put, rows, store

from connector.store.pending import mark_pending
from connector.sync.derive import Deriver

SF_VALUES = ["Prospecting", "Needs Analysis", "Odd Stage", "Signed", "Closed Won", "Closed Lost"]
BPF_VALUES = ["Qualifizieren", "Prüfen", "Einigen", "1"]
Row = tuple[str, dict[str, Any]]


def _reference() -> list[list[Row]]:
    """Pages of reference rows: declared stages, rates, users."""
    stages: list[Row] = []
    for value, won, closed in (("Prospecting", 0, 0), ("Signed", 1, 1), ("Closed Won", 1, 1), ("Closed Lost", 0, 1)):
        stages.append(_row("source_stage", "acme", value, value=value, is_won=won, is_closed=closed, position=3))
    for own, value, category in (
        ("a", "Qualifizieren", 0),
        ("b", "Prüfen", 0),
        ("c", "Prüfen", 2),
        ("d", "Einigen", 3),
    ):
        stages.append(_row("source_stage", "contoso", own, value=value, position=category))
    rates = [
        _row("fx_rate", source, code, currency=code, units_per_base=units, dated=0)
        for source in ("acme", "contoso")
        for code, units in (("USD", "1"), ("EUR", "0.8"), ("JPY", "150"))
    ]
    users = [
        _row("crm_user", "acme", "u1", name="Ada", email="Ada@Acme.test.invalid", team_id="acme:t1"),
        _row("crm_user", "contoso", "u2", name="A. Byron", email="ada@acme.test", team_id="contoso:t2"),
        _row("crm_user", "contoso", "u3", name="Nobody", email=None),
    ]
    quotas = [
        _row(
            "quota", "acme", "q", owner_id="acme:u1", period_start="2026-01-01", period_end="2026-03-31", amount_minor=1
        )
    ]
    return [stages[:4], stages[4:6], stages[6:], rates, users[:2], users[2:], quotas]


def _row(table: str, source: str, own: str, **columns: Any) -> Row:
    given: dict[str, Any] = {
        "id": f"{source}:{own}",
        "source": source,
        "source_id": own,
        "source_object": table.title(),
    }
    return table, {**given, "synced_at": "2026-06-01T00:00:00Z", **columns}


@st.composite
def deals(draw: st.DrawFn) -> list[Row]:
    """One deal with its events."""
    source = draw(st.sampled_from(["acme", "contoso"]))
    own = draw(st.uuids()).hex
    status = draw(st.sampled_from(["open", "won", "lost"]))
    values = SF_VALUES if source == "acme" else ["0", "1", "2", "3", "7"]
    deal = _row(
        "opportunity", source, own, status=status, crm_stage=draw(st.sampled_from(values) | st.none()),
        amount_minor=draw(st.integers(0, 10**9) | st.none()), currency=draw(st.sampled_from(["USD", "EUR", "JPY", "CHF"])),
        close_on=draw(st.sampled_from(["2026-02-28", "2026-07-01"])), created_at="2026-01-31T23:30:00Z",
        source_modified_at="2026-05-01T00:00:00Z",
    )  # fmt: skip
    deal[1]["source_stage"] = deal[1]["crm_stage"]
    events = []
    for place in range(draw(st.integers(0, 5))):
        evidence = "history" if source == "acme" else draw(st.sampled_from(["path", "process", "close"]))
        at = draw(st.integers(1, 5).map(lambda day: f"2026-02-0{day}T12:00:00Z"))
        stage = draw(st.sampled_from(SF_VALUES if source == "acme" else BPF_VALUES))
        events.append(
            _row(
                "stage_event", source, f"{own}:e{place}", opportunity_id=deal[1]["id"], evidence=evidence, seq=place,
                occurred_at=None if evidence == "path" else at, source_stage=None if evidence == "close" else stage,
                status=draw(st.sampled_from(["won", "lost"])) if evidence == "close" else None,
                is_deleted=draw(st.sampled_from([0, 0, 0, 1])),
            )
        )  # fmt: skip
    return [deal, *events]


def _load(conn: Connection, page: list[Row], deriver: Deriver | None) -> None:
    """As the writer does: rows in, then the deals that they touch."""
    for table, columns in page:
        put(conn, table, **columns)
    touched = [columns["id"] for table, columns in page if table == "opportunity"]
    touched += [columns["opportunity_id"] for table, columns in page if table == "stage_event"]
    if deriver is not None:
        deriver.deals(conn, touched)
    else:
        mark_pending(conn, touched)


@settings(max_examples=60, deadline=None)
@given(data=st.data(), some=st.lists(deals(), min_size=1, max_size=5))
def test_page_by_page_in_any_order_equals_once_at_the_end(data: st.DataObject, some: list[list[Row]]) -> None:
    everything = [row for deal in some for row in deal]
    size = data.draw(st.integers(1, 4))
    cut = [everything[at : at + size] for at in range(0, len(everything), size)]
    pages = data.draw(st.permutations([*_reference(), *cut]))
    stops = data.draw(st.sets(st.integers(0, len(pages))))
    with store() as conn:
        deriver = Deriver(context())
        for place, page in enumerate(pages):
            _load(conn, page, deriver)
            if place in stops:
                Deriver(context()).finish(conn)
        deriver.finish(conn)
        stepwise = derived(conn)
    with store() as conn:
        for page in [*_reference(), everything]:
            _load(conn, page, None)
        Deriver(context()).finish(conn)
        assert derived(conn) == stepwise


@settings(max_examples=40, deadline=None)
@given(some=st.lists(deals(), min_size=1, max_size=4))
def test_deriving_again_writes_nothing(some: list[list[Row]]) -> None:
    with store() as conn:
        for page in [*_reference(), [row for deal in some for row in deal]]:
            _load(conn, page, None)
        Deriver(context()).finish(conn)
        before, changes = derived(conn), _changes(conn)
        everything = [deal[0][1]["id"] for deal in some]
        deriver = Deriver(context())
        deriver.deals(conn, everything)
        deriver._all(conn, *deriver._current_books(conn))
        assert derived(conn) == before
        assert _changes(conn) == changes


def _changes(conn: Connection) -> dict[str, int]:
    """Highest row number of what derivations insert: rows that were deleted and put back get a higher one."""
    return {table: rows(conn, f"SELECT max(rowid) FROM {table}")[0][0] for table in ("stage_visit", "person", "drift")}


@settings(max_examples=30, deadline=None)
@given(some=st.lists(deals(), min_size=1, max_size=4))
def test_an_enriched_insert_ends_as_a_plain_one(some: list[list[Row]]) -> None:
    found = []
    for enriched in (True, False):
        with store() as conn:
            deriver = Deriver(context())
            for page in _reference():
                _load(conn, page, None)
            for table, columns in (row for deal in some for row in deal):
                row = dict(columns)
                crm_stage = row.pop("crm_stage", None)
                names, values = tuple(row), tuple(row.values())
                if enriched:
                    names, (values,) = deriver.enrich(conn, table, names, [values])
                row = dict(zip(names, values, strict=True))
                put(conn, table, **(row if table != "opportunity" else {**row, "crm_stage": crm_stage}))
                mark_pending(conn, [columns["opportunity_id"] if table == "stage_event" else columns["id"]])
            deriver.finish(conn)
            found.append(derived(conn))
    assert found[0] == found[1]


def test_an_enriched_page_brings_its_derived_columns() -> None:
    with store() as conn:
        for page in _reference():
            _load(conn, page, None)
        deriver = Deriver(context())
        columns = ("id", "source", "source_stage", "status", "amount_minor", "currency", "close_on")
        deal = ("acme:d", "acme", "Needs Analysis", "open", 800, "EUR", None)
        born_closed = ("acme:c", "acme", "Signed", "won", 150, "JPY", "2026-01-01")
        named, rows = deriver.enrich(conn, "opportunity", columns, [deal, born_closed])
        own = dict(zip(columns, deal, strict=True)) | {"stage": "develop", "base_minor": 1000}
        closed = dict(zip(columns, born_closed, strict=True)) | {"stage": None, "base_minor": 100, "source_stage": None}
        assert [dict(zip(named, row, strict=True)) for row in rows] == [
            own | {"crm_stage": "Needs Analysis"},
            closed | {"crm_stage": "Signed"},
        ]
        events = ("id", "source", "source_stage")
        rows_ = [("acme:1", "acme", "Signed"), ("acme:2", "acme", "Odd Stage"), ("acme:3", "acme", None)]
        assert deriver.enrich(conn, "stage_event", events, rows_) == (
            (*events, "status"),
            [(*rows_[0], "won"), (*rows_[1], None), (*rows_[2], None)],
        )
        assert deriver.enrich(conn, "lead", ("id",), [("acme:l",)]) == (("id",), [("acme:l",)])

"""Small stores for the tests of derivations: rows as a sync or a person would put them in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Connection

from connector.mapping.funnel import Funnel, Stage
from connector.mapping.people import People
from connector.settings import ReportSettings
from connector.store.engine import open_store
from connector.sync.derive import DeriveContext, Deriver

FUNNEL = Funnel(
    tuple(Stage(key, key.title(), place) for place, key in enumerate(("qualify", "develop", "propose", "close"), 1)),
    {
        "salesforce": {
            "prospecting": "qualify",
            "qualification": "qualify",
            "needs analysis": "develop",
            "value proposition": "develop",
            "proposal/price quote": "propose",
            "negotiation/review": "close",
        },
        "dynamics": {0: "qualify", 1: "develop", 2: "propose", 3: "close"},
    },
)
NOW = "2026-06-15T12:00:00Z"


def context(**changes: Any) -> DeriveContext:
    given: dict[str, Any] = {
        "report": ReportSettings(base_currency="USD", timezone="UTC"),
        "funnel": FUNNEL,
        "kinds": {"acme": "salesforce", "contoso": "dynamics"},
        "now": NOW,
        "people": People(),
        **changes,
    }
    return DeriveContext(**given)


@contextmanager
def store() -> Iterator[Connection]:
    """A write transaction on a new store with today's schema; nothing of it stays."""
    with TemporaryDirectory() as folder, open_store(Path(folder) / "store.db") as opened, opened.write() as conn:
        yield conn


def put(conn: Connection, table: str, **columns: Any) -> None:
    names = ", ".join(columns)
    marks = ", ".join("?" * len(columns))
    conn.exec_driver_sql(f"INSERT OR REPLACE INTO {table} ({names}) VALUES ({marks})", tuple(columns.values()))


def put_deal(conn: Connection, own: str, *, source: str = "acme", status: str = "open", **columns: Any) -> str:
    """A deal as a sync loads it: ``crm_stage`` is what the source shows, ``source_stage`` begins as the same."""
    given: dict[str, Any] = {
        "id": f"{source}:{own}",
        "source": source,
        "source_id": own,
        "source_object": "Opportunity" if source == "acme" else "opportunity",
        "status": status,
        "synced_at": "2026-06-01T00:00:00Z",
        "source_modified_at": "2026-06-01T00:00:00Z",
        **columns,
    }
    given.setdefault("source_stage", given.get("crm_stage"))
    put(conn, "opportunity", **given)
    return str(given["id"])


def put_event(
    conn: Connection, deal: str, own: str, occurred_at: str | None, stage: str | None, **columns: Any
) -> None:
    source = deal.split(":", maxsplit=1)[0]
    given: dict[str, Any] = {
        "id": f"{source}:{own}",
        "source": source,
        "source_id": own,
        "source_object": "OpportunityHistory",
        "opportunity_id": deal,
        "occurred_at": occurred_at,
        "source_stage": stage,
        "evidence": "history",
        **columns,
    }
    put(conn, "stage_event", **given)


def put_standard_stages(conn: Connection, source: str = "acme") -> None:
    for place, (value, won, closed) in enumerate(
        [
            ("Prospecting", 0, 0),
            ("Qualification", 0, 0),
            ("Needs Analysis", 0, 0),
            ("Value Proposition", 0, 0),
            ("Proposal/Price Quote", 0, 0),
            ("Negotiation/Review", 0, 0),
            ("Closed Won", 1, 1),
            ("Closed Lost", 0, 1),
            ("Signed", 1, 1),
        ]
    ):
        put(
            conn,
            "source_stage",
            id=f"{source}:stage{place}",
            source=source,
            source_id=f"stage{place}",
            source_object="OpportunityStage",
            value=value,
            name=value,
            position=place,
            is_won=won,
            is_closed=closed,
        )


def finish(conn: Connection, **changes: Any) -> None:
    Deriver(context(**changes)).finish(conn)


def rows(conn: Connection, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in conn.exec_driver_sql(sql, parameters)]


def visits(conn: Connection, deal: str) -> list[tuple[Any, ...]]:
    """(stage, entered_at, left_at, coverage) of a deal's visits in order."""
    return rows(
        conn,
        "SELECT stage, entered_at, left_at, coverage FROM stage_visit WHERE opportunity_id = ? ORDER BY ordinal",
        deal,
    )


def the_deal(conn: Connection, deal: str, *columns: str) -> tuple[Any, ...]:
    return rows(conn, f"SELECT {', '.join(columns)} FROM opportunity WHERE id = ?", deal)[0]


DERIVED = {
    "opportunity": "id, source_stage, stage, base_minor, closed_at, created_on",
    "stage_event": "id, status, occurred_on, opportunity_id, occurred_at, source_stage, evidence",
    "stage_visit": "*",
    "crm_user": "id, person_id",
    "person": "id, name, email",
    "membership": "id, crm_user_id, team_id, valid_from, valid_to",
    "quota": "id, person_id",
    "currency": "*",
    "calendar": "day, fiscal_year",
    "drift": "source, object, field, value, count",
    "source_stage": "id, stage",
}


def derived(conn: Connection) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that derivations write, but what depends on when they ran."""
    return {table: sorted(rows(conn, f"SELECT {columns} FROM {table}"), key=repr) for table, columns in DERIVED.items()}

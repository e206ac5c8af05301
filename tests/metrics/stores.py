"""Stores for the tests of measures: rows put in by hand in contract columns only, derived as the program does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import time_machine
from sqlalchemy import Connection

from connector.mapping.cadence import Cadence, Repeating, Span
from connector.mapping.funnel import Funnel, Stage
from connector.mapping.methodology import ActivityLogged, FieldFilled, Methodology, Stayed
from connector.mapping.model import Mappings
from connector.mapping.people import People
from connector.mapping.quota_plans import Plan, Tier
from connector.metrics import Explanation, MetricParams, Result, explain, run_metric
from connector.metrics.notes import Note
from connector.report.payouts import record_due
from connector.settings import ReportSettings
from connector.store.engine import Store, open_store
from connector.sync.derive import DeriveContext, Deriver

NOW = "2026-06-15T12:00:00Z"
KEYS = ("qualify", "develop", "propose", "close")
#: as the packaged files have them
METHODOLOGY = Methodology({
    "qualify": (FieldFilled("next_step"), ActivityLogged("meeting", 1), Stayed(most=60)),
    "propose": (FieldFilled("amount_minor"),),
})  # fmt: skip
CADENCE = Cadence(
    (Span(0, 6, 2, 3), Span(7, 13, 0, 1), Span(14, 20, 0, 1), Span(21, 27, 0, 1)), Repeating(28, 30, 0, 1),
    never_repeat=True,
)  # fmt: skip
#: what a measure cannot be asked without
OWN: dict[str, dict[str, str]] = {"needed": {"target": "5000", "by_date": "2026-12-31"}}


def funnel_of(*keys: str, names: tuple[str, ...] = (), pipeline: str = "default") -> Funnel:
    """A funnel whose stages claim the Salesforce values of their own names."""
    stages = tuple(Stage(key, name, at) for at, (key, name) in enumerate(zip(keys, names or keys, strict=True), 1))
    claims = {"salesforce": {stage.name.casefold(): stage.key for stage in stages}, "dynamics": {}}
    return Funnel(stages, claims, pipeline)


def plan_of(**changes: Any) -> Plan:
    """The packaged kind of plan: 5 % up to the quota, 10 % above."""
    given: dict[str, Any] = {
        "name": "default", "person": "*", "team": None, "changed_quota": "prorate_days", "ramp_months": (),
        "tiers": (Tier("base", Decimal("1.0"), Decimal("0.05")), Tier("accelerator", None, Decimal("0.10"))),
        "retroactive": False, "bonus": None, "reward": None, "review": None, **changes,
    }  # fmt: skip
    return Plan(**given)


class World:
    """One store in an open transaction, and the files and settings that measures read beside it."""

    def __init__(self, conn: Connection, **report: Any) -> None:
        self.conn = conn
        self.report = ReportSettings(**report)
        self.mappings = Mappings({}, funnel_of(*KEYS), plans=(plan_of(),), methodology=METHODOLOGY, cadence=CADENCE)
        self.kinds = {"acme": "salesforce", "contoso": "dynamics"}
        self._serial = 0

    def mapped(self, **changes: Any) -> World:
        """The same store with other mapping files."""
        self.mappings = replace(self.mappings, **changes)
        return self

    def put(self, table: str, **columns: Any) -> None:
        names, marks = ", ".join(columns), ", ".join("?" * len(columns))
        self.conn.exec_driver_sql(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(columns.values()))

    def record(self, table: str, own: str, source: str = "acme", **columns: Any) -> str:
        unified = f"{source}:{own}"
        self.put(table, id=unified, source=source, source_id=own, **columns)
        return unified

    def deal(self, own: str, status: str = "open", source: str = "acme", **columns: Any) -> str:
        given = {"name": own, "pipeline": "default", "created_on": "2026-01-01", "currency": "USD", **columns}
        if "amount_minor" in given and given["currency"] == "USD":
            given.setdefault("base_minor", given["amount_minor"])
        return self.record("opportunity", own, source, status=status, **given)

    def event(self, deal: str, value: str, day: str | None, evidence: str = "history", seq: int = 0) -> None:
        self._serial += 1
        source = deal.split(":", maxsplit=1)[0]
        at = None if day is None else day if "T" in day else f"{day}T10:00:00Z"
        columns = {"opportunity_id": deal, "occurred_at": at, "seq": seq, "source_stage": value, "evidence": evidence}
        self.record("stage_event", f"e{self._serial:06d}", source, **columns)

    def visit(
        self, deal: str, ordinal: int, stage: str | None, entered: str | None, left: str | None, how: str
    ) -> None:
        self.put(
            "stage_visit", opportunity_id=deal, ordinal=ordinal, stage=stage, source_stage=stage,
            entered_at=entered and f"{entered}T10:00:00Z", entered_on=entered,
            left_at=left and f"{left}T10:00:00Z", left_on=left, coverage=how,
        )  # fmt: skip

    def user(self, own: str, source: str = "acme", team: str | None = None, **columns: Any) -> str:
        given = {"name": own.title(), "email": f"{own}@acme.test", "is_active": 1, **columns}
        return self.record("crm_user", own, source, team_id=team, **given)

    def team(self, own: str, source: str = "acme", name: str | None = None) -> str:
        return self.record("team", own, source, name=name or own)

    def quota(self, owner: str, amount_minor: int | None, start: str, end: str, **columns: Any) -> str:
        self._serial += 1
        given = {"currency": "USD", "kind": "revenue", **columns}
        source = owner.split(":", maxsplit=1)[0]
        return self.record(
            "quota", f"q{self._serial:06d}", source, owner_id=owner, amount_minor=amount_minor,
            period_start=start, period_end=end, **given,
        )  # fmt: skip

    def rate(self, currency: str, units: str, valid_from: str | None = None, valid_to: str | None = None) -> None:
        columns = {"valid_from": valid_from, "valid_to": valid_to, "dated": int(valid_from is not None)}
        self.put("fx_rate", source="acme", currency=currency, units_per_base=units, **columns)

    def close(self) -> None:
        """Marks the closing stage values of the made-up org, as it would list them."""
        for value, won in (("Won", 1), ("Lost", 0)):
            self.put("source_stage", source="acme", value=value, name=value, is_won=won, is_closed=1, position=9)

    def derive(self, now: str = NOW) -> None:
        context = DeriveContext(
            report=self.report, funnel=self.mappings.funnel, kinds=self.kinds, now=now, people=People(),
            rates=self.mappings.rates, pipelines=self.mappings.pipelines,
        )  # fmt: skip
        Deriver(context).finish(self.conn)

    def ask(self, name: str, **params: Any) -> Result:
        return run_metric(self.conn, name, _params(params), self.report, self.mappings)

    def rows(self, name: str, key: str, **params: Any) -> dict[Any, dict[str, Any]]:
        """The rows by one of their columns."""
        return {row[key]: row for row in self.ask(name, **params).rows}

    def pay(self, on: str, **params: Any) -> list[Note]:
        """Records what is due at the end of a day, on that evening; returns the notes."""
        with time_machine.travel(f"{on}T20:30:00Z", tick=False):
            return record_due(self.conn, _params({"as_of": on, **params}), self.report, self.mappings)

    def explain(self, name: str, row_filter: dict[str, str] | None = None, **params: Any) -> Explanation:
        return explain(
            self.conn, name, _params(params), self.report, self.mappings, row_filter or {},
            lambda source, kind, own: f"https://{source}.test/{kind}/{own}",
        )  # fmt: skip


def _params(given: dict[str, Any]) -> MetricParams:
    given = {"as_of": NOW[:10], **given}
    if "window" in given:
        given["from_"], given["to"] = given.pop("window")
    return MetricParams(**given)


@contextmanager
def store_in_a_folder() -> Iterator[Store]:
    with TemporaryDirectory() as folder, open_store(Path(folder) / "store.db") as store:
        yield store


@contextmanager
def world_in(store: Store, **report: Any) -> Iterator[World]:
    """A world whose rows are gone again at the end, so that many can follow each other in one store."""
    with store.engine.connect() as conn:
        transaction = conn.begin()
        try:
            yield World(conn, **report)
        finally:
            transaction.rollback()

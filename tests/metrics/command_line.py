"""The same small stores, asked through the command line: a configuration, mapping files, and the program."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import Connection
from typer.testing import CliRunner

from cli import app
from connector.mapping.cadence import Cadence
from connector.mapping.funnel import Funnel
from connector.mapping.methodology import ActivityLogged, Criterion, FieldFilled
from connector.mapping.quota_plans import Plan
from connector.metrics import Result
from connector.store.engine import Store, open_store
from tests.metrics.stores import NOW, World

CONFIG = """
[store]
url = "sqlite:///store.db"
[mappings]
path = "mappings"
[sources.acme]
kind = "salesforce"
domain = "acme.my"
auth = "client_credentials"
client_id = "id"
client_secret = "of-no-use"
[report]
"""


class CommandWorld(World):
    """A store in a folder; ``ask`` is ``crossfunnel metrics``, which derives what was put in by hand."""

    def __init__(self, folder: Path, engine: str = "sqlite", **report: Any) -> None:
        self.folder = folder
        self.engine = engine
        self.store: Store = open_store(folder / "store.db")
        self._open: Connection = self.store.engine.connect()
        self._transaction = self._open.begin()
        super().__init__(self._open, **report)

    def derive(self, now: str = NOW) -> None:
        """Commits the rows and writes the files; deriving is left to the command."""
        self._transaction.commit()
        self._open.close()
        self.store.close()
        keys = ["base_currency", "timezone", "calendar", "fiscal_year_start", "fiscal_year_named_by"]
        keys += ["fiscal_year_days"] if self.report.fiscal_year_days else []
        report = "".join(f"{key} = {json.dumps(getattr(self.report, key))}\n" for key in keys)
        (self.folder / "crossfunnel.toml").write_text(CONFIG + report, encoding="utf-8")
        mappings = self.folder / "mappings"
        mappings.mkdir(exist_ok=True)
        pipelines = {funnel.pipeline: {"stages": _stages(funnel)} for funnel in self.mappings.pipelines.values()}
        plans = [_spelled(plan) for plan in self.mappings.plans]
        files = {
            "funnel": {"stages": _stages(self.mappings.funnel), **({"pipelines": pipelines} if pipelines else {})},
            "quota": {"plans": plans},
            "methodology": {"stages": {key: _required(each) for key, each in self.mappings.methodology.stages.items()}},
            "cadence": _schedule(self.mappings.cadence),
        }
        for name, tree in files.items():
            (mappings / f"{name}.yaml").write_text(yaml.safe_dump({"version": 1, **tree}, sort_keys=False))

    def ask(self, name: str, **params: Any) -> Result:
        given = {"as_of": NOW[:10], "engine": self.engine, **params}
        if "window" in given:
            given["from"], given["to"] = given.pop("window")
        given |= given.pop("own", {})
        flags = [part for key, value in given.pop("where", ()) for part in ("--where", f"{key}={value}")]
        for key, value in given.items():
            if value is None:
                continue
            flags += [f"--{key.replace('_', '-')}"] + ([] if value == "yes" else [str(value)])
        command = ["--config", str(self.folder / "crossfunnel.toml"), "metrics", name, *flags, "--format", "json"]
        ended = CliRunner().invoke(app, command)
        assert ended.exit_code in (0, 8), ended.output
        answer = json.loads(ended.stdout)
        columns = tuple(answer["columns"])
        return Result(answer["metric"], answer["params"], columns, answer["rows"], answer["notes"], ended.exit_code)


def _stages(funnel: Funnel) -> list[dict[str, Any]]:
    return [{"key": s.key, "name": s.name, "salesforce": [s.name]} for s in funnel.stages]


def _spelled(plan: Plan) -> dict[str, Any]:
    tiers = [
        {"name": t.name, "up_to": None if t.up_to is None else float(t.up_to), "commission": float(t.commission)}
        for t in plan.tiers
    ]
    bonus = plan.bonus and {"at": float(plan.bonus.at), "amount": float(plan.bonus.amount)}
    reward = plan.reward and {"at": float(plan.reward.at), "name": plan.reward.name}
    review = plan.review and {
        "below": float(plan.review.below),
        "periods": plan.review.periods,
        "min_deals": plan.review.min_deals,
    }
    return {
        "name": plan.name,
        "applies_to": {"person": plan.person} if plan.team is None else {"team": plan.team},
        "changed_quota": plan.changed_quota,
        "ramp_months": [float(share) for share in plan.ramp_months],
        "tiers": tiers,
        "retroactive": plan.retroactive,
        "bonus": bonus,
        "reward": reward,
        "review": review,
    }


def _required(criteria: tuple[Criterion, ...]) -> dict[str, Any]:
    tree: dict[str, Any] = {"require": []}
    for each in criteria:
        if isinstance(each, FieldFilled):
            tree["require"].append({"field": each.field})
        elif isinstance(each, ActivityLogged):
            tree["require"].append({"activity": each.kind, "at_least": each.at_least})
        else:
            tree |= {"min_days": each.least} if each.least is not None else {"max_days": each.most}
    return tree


def _schedule(cadence: Cadence) -> dict[str, Any]:
    entries: list[dict[str, Any]] = [{"days": [s.first, s.last], "min": s.least, "max": s.most} for s in cadence.spans]
    if cadence.repeating is not None:
        every = cadence.repeating
        entries.append({"every_days": every.days, "from_day": every.first, "min": every.least, "max": every.most})
    return {"schedule": entries, "never_repeat": cadence.never_repeat}

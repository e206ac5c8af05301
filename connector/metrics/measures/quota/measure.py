"""The measure ``quota``: rows, notes and the records behind them, from the tables that population.py prepares.

Sums are SQL's (sql/quota*.sql); here are the pay plan, the shares, the words, and who contributed what.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from connector.mapping.quota_plans import Plan, plan_for
from connector.metrics.amount_notes import amount_notes
from connector.metrics.filters import NONE
from connector.metrics.measure import Measure
from connector.metrics.measures.quota.payplan import PaidPeriod, Pay, commission_minor, flags, pay
from connector.metrics.measures.quota.targets import Target, Targets, read_targets
from connector.metrics.population import prepare
from connector.metrics.result import Contribution, Ledger, counted
from connector.metrics.statistics.shares import shares
from connector.metrics.workspace import statement

#: filters that narrow the wins and have no meaning for quotas
_NOT_OF_QUOTAS = ("region", "type", "lead_source", "pipeline")


class QuotaMeasure(Measure):
    """One question about quota."""

    name = "quota"
    default_by = "person"

    def compute(self) -> None:
        self._plans: Sequence[Plan] = self.mappings.plans
        self._by = self.question.by or "person"
        self._as_of = self.question.as_of
        prepare(
            self.population, self.mappings.funnel, group=None if self._by == "total" else self._by, with_people=True
        )
        self._targets = read_targets(self.population, self._plans)
        self._load_targets(self._targets)
        self.space.keep("quota_win", statement("quota_wins"), index="person_id, close_on")
        self._teams = self._team_of_each_person()
        self._periods = self._read_periods()
        self._pay = {person: pay(self._plan(person), periods) for person, periods in self._periods.items()}
        self.group_ids: list[str] = []
        self._advice: dict[str, dict[str, str]] = {}
        self._build_rows()
        self.notes = list(self._notes())

    @property
    def policies(self) -> dict[str, Any]:
        """What of the mapping files decided the figures."""
        return {"plans": [_spelled(plan) for plan in self._plans]}

    def _group_of(self, person_id: str | None, team_id: str | None) -> str:
        return {"person": person_id, "team": team_id}.get(self._by) or ""

    def _load_targets(self, targets: Targets) -> None:
        rows = (
            (
                t.id, t.person_id, self._group_of(t.person_id, t.team_id), t.start, t.end, t.base_minor,
                int(self._counts(t)),
            )
            for t in targets.counted
        )  # fmt: skip
        self.space.fill(
            "metric_quota",
            "id TEXT PRIMARY KEY, person_id TEXT, group_id TEXT, period_start TEXT, period_end TEXT, "
            "base_minor INTEGER, is_counted INTEGER",
            rows,
        )

    def _counts(self, target: Target) -> bool:
        """A manager's quota repeats those of their people, so it counts for nobody but themselves."""
        return self._by == "person" or not target.is_managers

    def _team_of_each_person(self) -> dict[str, str | None]:
        """The team a person's row shows: that of the latest quota, else that of the latest win."""
        teams: dict[str, str | None] = {}
        for person_id, team_id, _ in self.space.rows(statement("quota_teams")):
            if team_id is not None or person_id not in teams:
                teams[person_id or ""] = team_id
        for target in sorted(self._targets.counted, key=lambda t: (t.end, t.start, t.team_id or "")):
            if target.team_id is not None or target.person_id not in teams:
                teams[target.person_id or ""] = target.team_id
        return teams

    def _read_periods(self) -> dict[str, list[PaidPeriod]]:
        closed: dict[tuple[str, str, str], int] = {}
        if any(plan.review for plan in self._plans):
            sample = self.space.rows(statement("quota_sample"))
            closed = {(person, start, end): deals for person, start, end, deals in sample}
        periods: dict[str, list[PaidPeriod]] = defaultdict(list)
        for person, start, end, quota, unknown, won, _ in self.space.rows(statement("quota_periods")):
            deals = closed.get((person, start, end), 0)
            periods[person or ""].append(PaidPeriod(start, end, None if unknown else quota, won, deals))
        return periods

    def _plan(self, person_id: str) -> Plan | None:
        people = self.population.people
        team_id = self._teams.get(person_id)
        names = (people.teams.get(team_id, team_id),) if team_id is not None else ()
        return plan_for(self._plans, people.emails.get(person_id, ()), names)

    def _build_rows(self) -> None:
        found = {record["group_id"]: record for record in self.space.records(statement("quota"))}
        won = {key: record["won_minor"] for key, record in found.items()}
        of_total, of_team = shares(won), self._shares_of_teams(won)
        for key in sorted(found, key=self.grouping.order):
            record = found[key]
            person_id = key or None if self._by == "person" else None
            team_id = self._team_of_row(key)
            earned = self._pay.get(key, Pay(None, None, overlapping=False)) if self._by == "person" else None
            advice = self._flags(key, record) if earned is not None else {}
            self._advice[key] = advice
            self.group_ids.append(key)
            self.rows.append({
                "person_id": person_id,
                "person": (self.grouping.name(key) if self._by == "person" else None),
                "team": self._team_name(key, team_id),
                "quota_minor": record["quota_minor"],
                "won_minor": record["won_minor"],
                "won_count": record["won_count"],
                "attainment": record["attainment"],
                "share_of_team": of_team[key],
                "share_of_total": of_total[key],
                "tier": earned.tier if earned else None,
                "commission_minor": earned.commission_minor if earned else self._commission_of(key),
                "flags": list(advice),
                "team_id": team_id,
            })  # fmt: skip

    def _team_of_row(self, key: str) -> str | None:
        if self._by == "person":
            return self._teams.get(key)
        return key or None if self._by == "team" else None

    def _team_name(self, key: str, team_id: str | None) -> str | None:
        if self._by == "team":
            return self.grouping.name(key)
        return None if team_id is None else self.population.people.teams.get(team_id, team_id)

    def _shares_of_teams(self, won: dict[str, int]) -> dict[str, float | None]:
        """Each row's part of what the rows with the same team won; without a team there is nothing to be part of."""
        by_team: dict[str, dict[str, int]] = defaultdict(dict)
        found: dict[str, float | None] = dict.fromkeys(won)
        for key, value in won.items():
            team_id = self._team_of_row(key)
            if team_id is not None:
                by_team[team_id][key] = value
        for members in by_team.values():
            found.update(shares(members))
        return found

    def _commission_of(self, key: str) -> int | None:
        """The commissions of a team's people, or of everyone, added up; None where nobody has one."""
        amounts = [
            earned.commission_minor
            for person, earned in self._pay.items()
            if earned.commission_minor is not None and self._is_in(person, key)
        ]
        return sum(amounts) if amounts else None

    def _is_in(self, person_id: str, key: str) -> bool:
        return self._by == "total" or (self._teams.get(person_id) or "") == key

    def _flags(self, person_id: str, record: dict[str, Any]) -> dict[str, str]:
        if record["attainment"] is None:
            return {}
        attainment = Fraction(record["won_minor"], record["quota_minor"])
        return flags(self._plan(person_id), attainment, self._periods.get(person_id, []), self._as_of)

    def _notes(self) -> Iterator[str]:
        (found,) = self.space.records(statement("quota_notes"))
        yield from self._quota_notes()
        if found["outside"]:
            yield (
                f"{counted(found['outside'], 'win')} ({found['outside_minor']} minor units) in no quota period of the "
                "owner: no commission on them."
            )
        yield from amount_notes(found, "won deal", self.population.rates.base_currency)
        for person_id, earned in sorted(self._pay.items()):
            if earned.overlapping:
                yield f"{self._person(person_id)} has quota periods that overlap: no commission is computed."
        for person_id, advice in sorted(self._advice.items()):
            for word, evidence in advice.items():
                yield f"Advice {word} for {self._person(person_id)}: {evidence}."

    def _person(self, person_id: str) -> str:
        return self.population.people.name_of(person_id) or NONE

    def _quota_notes(self) -> Iterator[str]:
        targets = self._targets
        if targets.partly_inside:
            yield f"{counted(targets.partly_inside, 'quota')} left out: the period lies only partly in the window."
        if targets.without_period:
            yield f"{counted(targets.without_period, 'quota')} left out: without a period that begins before it ends."
        unknown = [t for t in targets.counted if t.base_minor is None]
        if unknown:
            yield (
                f"{counted(len(unknown), 'quota')} without an amount or without a rate to "
                f"{self.population.rates.base_currency} on the period's first day: attainment is not known."
            )
        managers = [t for t in targets.counted if t.is_managers]
        if managers and self._by != "person":
            names = ", ".join(sorted({self._person(t.person_id or "") for t in managers}))
            yield (
                f"{counted(len(managers), 'quota')} left out of the sum as a manager's, whose people have quotas of "
                f"the same period: {names}."
            )
        narrowed = [key for key in _NOT_OF_QUOTAS if key in self.population.filters.passing]
        if narrowed:
            yield f"Quotas have no {' and no '.join(narrowed)}: the filter narrows the wins only, the quotas are whole."

    def contributions(self, index: int) -> list[Contribution]:
        """The records behind one row: quotas and won deals."""
        key, row = self.group_ids[index], self.rows[index]
        ledger = Ledger()
        for target in self._targets.counted:
            if self._counts(target) and self._group_of(target.person_id, target.team_id) == key:
                ledger.add(vars(target), quota_minor=target.base_minor)
        wins = self.space.records("SELECT * FROM quota_win ORDER BY close_on, id")
        for win in wins:
            if win["group_id"] == key:
                ledger.add(win, won_minor=win["base_minor"], won_count=1)
        if row["commission_minor"] is not None:
            self._add_commissions(key, wins, ledger)
        return ledger.contributions()

    def _add_commissions(self, key: str, wins: list[dict[str, Any]], ledger: Ledger) -> None:
        """Each win earns what the commission grows by when it is added to those before it in its period."""
        of_person: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for win in wins:
            of_person[win["person_id"] or ""].append(win)
        for person, periods in self._periods.items():
            plan, earned = self._plan(person), self._pay[person]
            member = person == key if self._by == "person" else self._is_in(person, key)
            if plan is None or earned.commission_minor is None or not member:
                continue
            for period in periods:
                if period.attainment is None:
                    continue
                won = paid = 0
                for win in of_person[person]:
                    if period.start <= win["close_on"] <= period.end:
                        won += win["base_minor"] or 0
                        due = commission_minor(plan, period.quota_minor or 0, won)
                        ledger.add(win, commission_minor=due - paid)
                        paid = due


def _spelled(plan: Plan) -> dict[str, Any]:
    """A plan as JSON can carry it."""
    return {
        "name": plan.name,
        "applies_to": {"person": plan.person, "team": plan.team},
        "changed_quota": plan.changed_quota,
        "ramp_months": [float(share) for share in plan.ramp_months],
        "tiers": [
            {
                "name": tier.name,
                "up_to": None if tier.up_to is None else float(tier.up_to),
                "commission": float(tier.commission),
            }
            for tier in plan.tiers
        ],
        "retroactive": plan.retroactive,
        "bonus": plan.bonus and {"at": float(plan.bonus.at), "amount": float(plan.bonus.amount)},
        "reward": plan.reward and {"at": float(plan.reward.at), "name": plan.reward.name},
        "review": plan.review
        and {"below": float(plan.review.below), "periods": plan.review.periods, "min_deals": plan.review.min_deals},
    }

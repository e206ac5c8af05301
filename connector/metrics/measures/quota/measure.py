"""The measure ``quota``: its rows, from the tables that population.py and credits.py prepare.

Sums are SQL's (sql/quota*.sql); what they lead to is told by the modules beside: what is due, paid and advised, what
must be noted, who contributed what.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from connector.mapping.quota_plans import Plan
from connector.metrics.measure import Measure
from connector.metrics.measures.quota.accounts import Accounts
from connector.metrics.measures.quota.advice import Judged, rewards
from connector.metrics.measures.quota.credits import OF_PEOPLE, prepare_credits
from connector.metrics.measures.quota.notes import notes
from connector.metrics.measures.quota.payouts import read_payouts
from connector.metrics.measures.quota.payplan import Pay, pay
from connector.metrics.measures.quota.periods import Span, latest_plan, looked_back_on, read_periods, reviews
from connector.metrics.measures.quota.records import contributions
from connector.metrics.measures.quota.tally import add_up
from connector.metrics.measures.quota.targets import Target, read_targets
from connector.metrics.notes import Note
from connector.metrics.population import prepare
from connector.metrics.result import Contribution
from connector.metrics.statistics.shares import shares
from connector.metrics.workspace import statement

#: filters under which what somebody won against their quotas is still whole
_WHOLE_UNDER = frozenset(OF_PEOPLE)
_UNPAID = Pay(None, None, overlapping=False, due={})
_TARGETS = (
    "id TEXT, person_id TEXT, group_id TEXT, period_start TEXT, period_end TEXT, base_minor INTEGER, "
    "is_counted INTEGER, PRIMARY KEY (person_id, id)"
)


class QuotaMeasure(Measure):
    """One question about quota."""

    name = "quota"
    default_by = "person"

    def compute(self) -> None:
        self.plans: Sequence[Plan] = self.mappings.plans
        self.by = self.question.by or "person"
        self._prepare_deals()
        self.targets = read_targets(self.population, self.plans)
        ended = looked_back_on(self.targets, self.question.as_of, self.plans) if self.gives_advice else {}
        first = min([self.question.from_on, *(period.start for periods in ended.values() for period in periods)])
        self.credits = prepare_credits(self.population, self.by, first)
        self.space.fill("metric_quota", _TARGETS, map(self._loaded, self.targets.counted))
        self.space.view("quota_win", statement("quota_wins"))
        add_up(self.population, self.by, first, self._periods(ended))
        self.payouts = read_payouts(self.population)
        self.teams = self._team_of_each_person()
        self.space.fill("quota_paid", "group_id TEXT", self._groups_that_were_paid())
        self.periods = read_periods(self.population, self.plans, self.targets, self.credits)
        self.pay = {person: pay(periods) for person, periods in self.periods.items()}
        self.accounts = Accounts(self)
        self._reviews = reviews(self.population, self.periods, ended, self.credits) if ended else {}
        self.group_ids: list[str] = []
        self.advice: dict[str, dict[str, Note]] = {}
        self._build_rows()
        self.notes = list(notes(self))

    @property
    def policies(self) -> dict[str, Any]:
        """What of the mapping files decided the figures."""
        return {"plans": [_spelled(plan) for plan in self.plans]}

    @property
    def gives_advice(self) -> bool:
        """Whether rows are people's, and no filter hides a part of what they won."""
        return self.by == "person" and self.population.filters.passing.keys() <= _WHOLE_UNDER

    def contributions(self, index: int) -> list[Contribution]:
        """The records behind one row: quotas, won deals and payouts."""
        return contributions(self, index)

    def group_of(self, person_id: str | None, team_id: str | None) -> str:
        """The row to which a person's figure belongs, that counts for a team."""
        return {"person": person_id, "team": team_id}.get(self.by) or ""

    def counts(self, target: Target) -> bool:
        """A manager's quota repeats those of their people, so it counts for nobody but themselves."""
        return self.by == "person" or not target.is_managers

    def is_in(self, person_id: str, key: str) -> bool:
        """Whether a row holds what a person earns."""
        return key == {"person": person_id, "team": self.teams.get(person_id) or ""}.get(self.by, "")

    def _prepare_deals(self) -> None:
        """Deals of everybody: splits may credit those whom the filters let through with the deals of others."""
        filters = self.population.filters.without(*OF_PEOPLE)
        group = None if self.by == "total" else self.by
        prepare(replace(self.population, filters=filters), group=group, with_people=True)

    def _periods(self, ended: Mapping[str, Sequence[Judged]]) -> set[Span]:
        """The periods that somebody has in the window, or is judged by."""
        judged = {(period.start, period.end) for periods in ended.values() for period in periods}
        return judged | {(target.start, target.end) for target in self.targets.counted}

    def _loaded(self, target: Target) -> tuple[Any, ...]:
        group_id = self.group_of(target.person_id, target.team_id)
        span = target.start, target.end
        return target.id, target.person_id or "", group_id, *span, target.base_minor, int(self.counts(target))

    def _team_of_each_person(self) -> dict[str, str | None]:
        """The team a person's row shows: that of the latest quota, else that of the latest credit."""
        teams: dict[str, str | None] = {}
        for person_id, team_id, _ in self.space.rows(statement("quota_teams")):
            if team_id is not None or person_id not in teams:
                teams[person_id or ""] = team_id
        for target in sorted(self.targets.counted, key=lambda t: (t.end, t.start, t.team_id or "")):
            if target.team_id is not None or target.person_id not in teams:
                teams[target.person_id or ""] = target.team_id
        for payout in self.payouts.each():
            day = min(payout.end, self.question.as_of)
            teams.setdefault(payout.person_id, self.population.people.team_on(payout.owner_id, day))
        return teams

    def _groups_that_were_paid(self) -> Iterator[tuple[str]]:
        """Who was paid has a row, whatever became of their quota and their deals."""
        if self.payouts.are_told:
            for person in self.payouts.people:
                yield (self.group_of(person, self.teams[person]),)

    def _build_rows(self) -> None:
        found = {record["group_id"]: record for record in self.space.records(statement("quota"))}
        won = {key: record["won_minor"] for key, record in found.items()}
        of_total, of_team = shares(won), self._shares_of_teams(won)
        in_doubt = self._groups_in_doubt()
        for key in sorted(found, key=self.grouping.order):
            record = found[key]
            if key in in_doubt or self._is_nobody(key):
                record["attainment"] = None
            team_id = self._team_of_row(key)
            clawback = self.accounts.clawback_minor(key)
            earned = self.pay.get(key, _UNPAID) if self.by == "person" else None
            self.advice[key] = self._advice_for(key, record)
            self.group_ids.append(key)
            self.rows.append({
                "person_id": key or None if self.by == "person" else None,
                "person": self.grouping.name(key) if self.by == "person" else None,
                "team": self._team_name(key, team_id),
                "quota_minor": record["quota_minor"],
                "won_minor": record["won_minor"],
                "won_count": record["won_count"],
                "attainment": record["attainment"],
                "share_of_team": of_team[key],
                "share_of_total": of_total[key],
                "tier": earned.tier if earned else None,
                "commission_minor": earned.commission_minor if earned else self._commission_of(key),
                "flags": [*self.advice[key], *(["clawback"] if clawback and self.by == "person" else [])],
                "team_id": team_id,
                "overlay_minor": record["overlay_minor"],
                "paid_minor": self.accounts.paid_minor(key),
                "clawback_minor": clawback,
            })  # fmt: skip

    def _is_nobody(self, key: str) -> bool:
        """Whether a row holds what belongs to no person: what nobody won attains nobody's quota."""
        return self.by == "person" and key == ""

    def _groups_in_doubt(self) -> set[str]:
        """The rows of which it cannot be told what was won in the window."""
        from_on = self.question.from_on
        counted = [u for u in self.credits.undivided if u.deal.status == "won" and u.deal.close_on >= from_on]
        named = {"person": [u.people for u in counted], "team": [u.teams for u in counted]}
        return {who or "" for people in named.get(self.by, ()) for who in people}

    def _team_of_row(self, key: str) -> str | None:
        if self.by == "person":
            return self.teams.get(key)
        return key or None if self.by == "team" else None

    def _team_name(self, key: str, team_id: str | None) -> str | None:
        if self.by == "team":
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
        """The commissions of a team's people, or of all, added up; None where there is none, or one is not known."""
        earned = [each for person, each in self.pay.items() if self.is_in(person, key)]
        known = [each.commission_minor for each in earned if each.commission_minor is not None]
        return sum(known) if known and not any(each.lacks_a_value for each in earned) else None

    def _advice_for(self, key: str, record: dict[str, Any]) -> dict[str, Note]:
        """The plan's words for somebody, each with its evidence."""
        plan = latest_plan(self.periods.get(key, ()))
        if plan is None or not self.gives_advice or record["attainment"] is None:
            return {}
        attainment = Fraction(record["won_minor"], record["quota_minor"])
        found = rewards(plan, attainment, self.population.rates.base_currency)
        return {**found, "review": self._reviews[key]} if key in self._reviews else found


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

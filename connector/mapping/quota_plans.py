"""quota.yaml: pay plans as typed values. What they pay is reckoned elsewhere; consequences are advice only."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from connector.errors import Place
from connector.mapping.findings import Findings
from connector.mapping.nodes import Entries
from connector.mapping.people import fold_email
from connector.mapping.shapes import (
    as_number,
    entries_of,
    flag_of,
    list_of,
    number_of,
    optional_entries,
    text_of,
    unknown_keys,
    whole_of,
    word_of,
)

CHANGED_QUOTA = ("prorate_days", "latest", "original")
EVERYONE = "*"
_KEYS = (
    "name", "applies_to", "changed_quota", "ramp_months", "tiers", "retroactive", "bonus", "reward", "review",
)  # fmt: skip


@dataclass(frozen=True)
class Tier:
    """A band of attainment; ``up_to`` belongs to it, None: no upper end."""

    name: str
    up_to: Decimal | None
    commission: Decimal


@dataclass(frozen=True)
class Bonus:
    """From attainment ``at`` on, ``amount`` major units of the base currency."""

    at: Decimal
    amount: Decimal


@dataclass(frozen=True)
class Reward:
    """From attainment ``at`` on, a thing with a name."""

    at: Decimal
    name: str


@dataclass(frozen=True)
class Review:
    """Below ``below`` for ``periods`` periods running, with at least ``min_deals`` deals to judge by."""

    below: Decimal
    periods: int
    min_deals: int


@dataclass(frozen=True)
class Plan:
    """One pay plan. ``person`` (folded e-mail or ``*``) or ``team`` (folded name) says whom it is for."""

    name: str
    person: str | None
    team: str | None
    changed_quota: str
    ramp_months: tuple[Decimal, ...]
    tiers: tuple[Tier, ...]
    retroactive: bool
    bonus: Bonus | None
    reward: Reward | None
    review: Review | None


def plan_for(plans: Collection[Plan], emails: Collection[str], teams: Collection[str]) -> Plan | None:
    """The most specific plan for somebody: by their address, by a team's name, or the one for everyone."""
    addresses = {fold_email(each) for each in emails}
    names = {each.strip().casefold() for each in teams}
    for fits in (
        lambda plan: plan.person in addresses,
        lambda plan: plan.team in names,
        lambda plan: plan.person == EVERYONE,
    ):
        for plan in plans:
            if fits(plan):
                return plan
    return None


def read_plans(tree: Entries, findings: Findings) -> tuple[Plan, ...]:
    """The plans of quota.yaml in the file's order."""
    unknown_keys(tree, ("version", "extends", "plans"), findings)
    plans: list[Plan] = []
    names: set[str] = set()
    owners: dict[tuple[str | None, str | None], str] = {(None, None): ""}
    for node in list_of(tree, "plans", findings):
        entry = entries_of(node, "a plan", findings)
        if entry is None or findings.full:
            continue
        plan = _read_plan(entry, findings)
        whom = plan.person, plan.team
        owner = owners.setdefault(whom, plan.name)
        if plan.name in names:
            findings.add(entry.keys.get("name", entry.place), f"duplicate plan {plan.name!r}")
        elif owner not in ("", plan.name):
            findings.add(entry.place, f"the plans {owner!r} and {plan.name!r} are both for {(whom[0] or whom[1])!r}")
        names.add(plan.name)
        plans.append(plan)
    return tuple(plans)


def _read_plan(entry: Entries, findings: Findings) -> Plan:
    unknown_keys(entry, _KEYS, findings)
    person, team = _applies_to(entry, findings)
    return Plan(
        name=text_of(entry, "name", findings, required=True) or "",
        person=person,
        team=team,
        changed_quota=word_of(entry, "changed_quota", CHANGED_QUOTA, findings),
        ramp_months=_ramp(entry, findings),
        tiers=_tiers(entry, findings),
        retroactive=flag_of(entry, "retroactive", findings, default=False),
        bonus=_bonus(entry, findings),
        reward=_reward(entry, findings),
        review=_review(entry, findings),
    )


def _applies_to(entry: Entries, findings: Findings) -> tuple[str | None, str | None]:
    node = entries_of(entry.get("applies_to"), "applies_to", findings)
    if node is None:
        if "applies_to" not in entry.values:
            findings.add(entry.place, 'applies_to is missing: {person: "*"}, {person: E-MAIL} or {team: NAME}')
        return None, None
    unknown_keys(node, ("person", "team"), findings)
    if len(node.values) != 1:
        findings.add(node.place, "applies_to names one of person and team")
    person, team = text_of(node, "person", findings), text_of(node, "team", findings)
    if person is not None and person != EVERYONE and "@" not in person:
        findings.add(node.keys["person"], f'person is an e-mail address or "*", not {person!r}')
    return fold_email(person), team.strip().casefold() if team else None


def _ramp(entry: Entries, findings: Findings) -> tuple[Decimal, ...]:
    shares = []
    for node in list_of(entry, "ramp_months", findings):
        share = as_number(node, "a share in ramp_months", findings)
        if share is not None and share > 1:
            findings.add(node.place, f"a share in ramp_months is from 0 to 1, this one is {share}")
        shares.append(share or Decimal(0))
    return tuple(shares)


def _tiers(entry: Entries, findings: Findings) -> tuple[Tier, ...]:
    tiers: list[Tier] = []
    names: set[str] = set()
    for node in list_of(entry, "tiers", findings):
        one = entries_of(node, "a tier", findings)
        if one is None:
            continue
        unknown_keys(one, ("name", "up_to", "commission"), findings)
        if "up_to" not in one.values:
            findings.add(one.place, "up_to is missing: the attainment up to which the tier reaches, null for no end")
        name = text_of(one, "name", findings, required=True) or ""
        commission = number_of(one, "commission", findings, required=True)
        if commission is not None and commission > 1:
            where = one.values["commission"].place
            findings.add(where, f"commission is a share of what was won, from 0 to 1, this one is {commission}")
        tier = Tier(name, number_of(one, "up_to", findings), commission or Decimal(0))
        place = one.keys.get("up_to", one.place)
        if name in names:
            findings.add(place, f"duplicate tier {name!r}")
        _check_order(tiers, tier, place, findings)
        names.add(name)
        tiers.append(tier)
    return tuple(tiers)


def _check_order(tiers: list[Tier], tier: Tier, place: Place, findings: Findings) -> None:
    if not tiers:
        return
    last = tiers[-1].up_to
    if last is None:
        findings.add(place, f"no tier can follow {tiers[-1].name!r}, which has no upper end")
    elif tier.up_to is not None and tier.up_to <= last:
        findings.add(place, f"tiers rise: up_to {tier.up_to} does not come after {last}")


def _bonus(entry: Entries, findings: Findings) -> Bonus | None:
    node = optional_entries(entry, "bonus", ("at", "amount"), findings)
    if node is None:
        return None
    at = number_of(node, "at", findings, required=True)
    return Bonus(at or Decimal(0), number_of(node, "amount", findings, required=True) or Decimal(0))


def _reward(entry: Entries, findings: Findings) -> Reward | None:
    node = optional_entries(entry, "reward", ("at", "name"), findings)
    if node is None:
        return None
    at = number_of(node, "at", findings, required=True)
    return Reward(at or Decimal(0), text_of(node, "name", findings, required=True) or "")


def _review(entry: Entries, findings: Findings) -> Review | None:
    node = optional_entries(entry, "review", ("below", "periods", "min_deals"), findings)
    if node is None:
        return None
    below = number_of(node, "below", findings, required=True)
    periods = whole_of(node, "periods", findings, default=1, least=1)
    return Review(below or Decimal(0), periods, whole_of(node, "min_deals", findings, default=0))

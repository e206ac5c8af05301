"""Random small businesses: the same facts as plain Python values, for the oracle, and as rows of a store."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from tests.metrics.random_splits import Split, put_splits, splits_of
from tests.metrics.stores import KEYS, World, funnel_of

FIRST = date(2025, 1, 1)
DAYS = 520
STAGES = ("qualify", "develop", "propose", "close")
CLOSING = {"Won": "won", "Lost": "lost"}


def day(number: int) -> str:
    return (FIRST + timedelta(days=number)).isoformat()


@dataclass
class Move:
    on: str
    value: str
    evidence: str = "history"


@dataclass
class Deal:
    id: str
    source: str
    owner: str | None
    region: str | None
    created: str
    status: str
    close_on: str | None
    closed_on: str | None
    amount: int | None
    currency: str
    gone: bool
    duplicate: bool
    moves: list[Move] = field(default_factory=list)
    path: list[str] = field(default_factory=list)
    #: visits put in without events: (stage, entered, left)
    stays: list[tuple[str | None, str, str | None]] = field(default_factory=list)
    next_step: str | None = None
    #: activities on the deal: (kind, day)
    activities: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Quota:
    id: str
    owner: str
    start: str
    end: str
    amount: int | None
    currency: str
    #: the amount that it had before, and the day on which it changed
    before: tuple[int, str] | None = None


@dataclass
class Business:
    #: user id -> (person, team name or None, manager id or None)
    users: dict[str, tuple[str, str | None, str | None]]
    deals: list[Deal]
    quotas: list[Quota]
    leads: list[tuple[str, str, str | None, str, str]]
    #: (day, score, highest score, owner)
    answers: list[tuple[str, int | None, int | None, str | None]]
    #: (source, day, address, subject or None)
    mails: list[tuple[str, str, str, str | None]]
    #: EUR per USD from a day on; JPY has a static rate, GBP none
    euro: list[tuple[str, int]]
    splits: list[Split] = field(default_factory=list)


def _moves(rng: Random, start: int) -> tuple[list[Move], str]:
    """A history and the status it ends in."""
    moves: list[Move] = []
    at, place, status = start, 0, "open"
    for _ in range(rng.randint(0, 7)):
        if at > DAYS:
            break
        roll = rng.random()
        if roll < 0.12 or (not moves and roll < 0.16):
            moves.append(Move(day(at), rng.choice(["Won", "Won", "Lost"])))
        elif roll < 0.2:
            moves.append(Move(day(at), "Odd"))
        else:
            moves.append(Move(day(at), STAGES[place]))
            place = max(0, min(3, place + rng.choice([-1, 0, 1, 1, 1, 2])))
        at += rng.choice([0, 0, 1, 5, 20, 60])
    if moves:
        status = CLOSING.get(moves[-1].value, "open")
    return moves, status


def _deal(rng: Random, number: int, owners: list[str]) -> Deal:
    source = rng.choice(["acme", "contoso"])
    start = rng.randint(0, DAYS - 20)
    moves, status = _moves(rng, start)
    deal = Deal(
        id=f"{source}:d{number:03d}",
        source=source,
        owner=rng.choice([None, *owners, *owners, *owners, f"{source}:queue"]),
        region=rng.choice([None, "EMEA", "APAC"]),
        created=day(start),
        status=status,
        close_on=day(rng.randint(start, DAYS + 40)),
        closed_on=None,
        amount=rng.choice([None, rng.randint(-500, 9_000_00), rng.randint(1, 9_000_00), rng.randint(1, 9_000_00)]),
        currency=rng.choice(["USD", "USD", "EUR", "JPY", "GBP"]),
        gone=rng.random() < 0.06,
        duplicate=rng.random() < 0.05,
        moves=moves,
    )
    if moves and status == "open" and rng.random() < 0.3:
        deal.status = rng.choice(["won", "lost"])  # closed without a closing event
    elif not moves:
        _without_events(rng, deal, start)
    if rng.random() < 0.1 and deal.moves:
        deal.path = list(STAGES[: rng.randint(1, 4)])
    deal.next_step = rng.choice([None, "", "call", "call"])
    for _ in range(rng.choice([0, 0, 1, 2])):
        deal.activities.append((rng.choice(["meeting", "call"]), day(rng.randint(start, DAYS))))
    return deal


def _without_events(rng: Random, deal: Deal, start: int) -> None:
    deal.status = rng.choice(["open", "won", "lost"])
    at = start
    for _ in range(rng.randint(0, 3)):
        until = at + rng.randint(0, 40)
        deal.stays.append((rng.choice([*KEYS, None]), day(at), day(until)))
        at = until
    if deal.stays and deal.status == "open":
        stage, entered, _ = deal.stays[-1]
        deal.stays[-1] = (stage, entered, None)
    if deal.status != "open":
        deal.close_on = rng.choice([None, day(at), day(at)])
        deal.closed_on = rng.choice([None, day(at)]) if deal.close_on else day(at)


def business(seed: int) -> Business:
    rng = Random(seed)
    users: dict[str, tuple[str, str | None, str | None]] = {}
    for number in range(rng.randint(1, 6)):
        for source in rng.choice([["acme"], ["contoso"], ["acme", "contoso"]]):
            same = [user for user in users if user.startswith(source)]
            manager = rng.choice([None, None, *same])
            users[f"{source}:u{number}"] = (f"rep{number}", rng.choice([None, "North", "South", "Twin"]), manager)
    owners = list(users)
    periods = [
        ("2025-01-01", "2025-03-31"), ("2025-04-01", "2025-06-30"), ("2025-07-01", "2025-12-31"),
        ("2025-04-01", "2025-06-30"), ("2025-06-01", "2025-07-31"), ("2025-12-01", "2026-01-31"),
    ]  # fmt: skip
    quotas = []
    for number in range(rng.randint(0, 8)):
        start, end = rng.choice(periods[:4] if rng.random() < 0.8 else periods)
        amount = rng.choice([0, None, *[rng.randint(1, 20_000_00)] * 6])
        currency = rng.choice(["USD", "USD", "EUR", "GBP"] if rng.random() < 0.4 else ["USD"])
        quotas.append(Quota(f"q{number}", rng.choice(owners), start, end, amount, currency))
    leads = []
    for number in range(rng.randint(0, 10)):
        created = rng.randint(0, DAYS)
        status = rng.choice(["open", "qualified", "disqualified"])
        converted = day(created + rng.randint(0, 60)) if status == "qualified" else None
        leads.append((f"acme:l{number}", day(created), converted, status, rng.choice(owners)))
    euro = [("2025-01-01", 80), ("2025-05-01", 90), ("2025-09-15", 125)]
    deals = [_deal(rng, number, owners) for number in range(rng.randint(0, 25))]
    answers = [
        (
            day(rng.randint(0, DAYS)),
            rng.choice([None, 1, 3, 5, 5]),
            rng.choice([None, 0, 5, 5, 5]),
            rng.choice([None, *owners]),
        )
        for _ in range(rng.choice([0, 5, 30]))
    ]
    mails = [
        (
            rng.choice(["acme", "contoso"]), day(rng.randint(200, 290)), rng.choice(["x@y.test", "X@Y.test ", "z@y.test"]),
            rng.choice([None, "a", "b", *"cdefghijk"]),
        )
        for _ in range(rng.choice([0, 3, 12]))
    ]  # fmt: skip
    _change_quotas(Random(seed * 17 + 3), quotas)
    splits = splits_of(Random(seed * 31 + 7), [(deal.id, deal.created) for deal in deals], owners)
    return Business(users, deals, quotas, leads, answers, mails, euro, splits)


def _change_quotas(rng: Random, quotas: list[Quota]) -> None:
    for quota in quotas:
        if rng.random() < 0.3:
            changed = date.fromisoformat(quota.start) + timedelta(rng.randint(-20, 120))
            quota.before = rng.choice([0, 500_00, rng.randint(1, 20_000_00)]), changed.isoformat()


def put_business(world: World, facts: Business) -> None:
    """Writes the facts as rows, in contract columns only."""
    world.mapped(funnel=funnel_of(*KEYS))
    world.kinds = {"acme": "salesforce", "contoso": "salesforce"}
    for source in ("acme", "contoso"):
        for value, won in (("Won", 1), ("Lost", 0)):
            world.put("source_stage", source=source, value=value, name=value, is_won=won, is_closed=1, position=9)
        _put_rates(world, source, facts.euro)
        for name in ("North", "South", "Twin"):
            world.team(name, source)
    world.team("Twin2", "contoso", name="twin ")
    for user, (person, team, manager) in facts.users.items():
        source, own = user.split(":")
        world.user(own, source, f"{source}:{team}" if team else None, email=f"{person}@acme.test",
                   name=person, manager_id=manager)  # fmt: skip
    for deal in facts.deals:
        _put_deal(world, deal)
    put_splits(world, facts.splits)
    for quota in facts.quotas:
        source = quota.owner.split(":")[0]
        world.record(
            "quota", quota.id, source, owner_id=quota.owner, period_start=quota.start, period_end=quota.end,
            amount_minor=quota.amount, currency=quota.currency, kind="revenue",
            source_modified_at=quota.before and f"{quota.before[1]}T08:00:00Z",
        )  # fmt: skip
        if quota.before is not None:
            world.put(
                "quota_version", id=f"{source}:{quota.id}", known_from="2024-12-01T00:00:00Z",
                known_to=f"{quota.before[1]}T09:00:00Z", amount_minor=quota.before[0], currency=quota.currency,
            )  # fmt: skip
    for at, (lead, created, converted, status, owner) in enumerate(facts.leads):
        world.record(
            "lead", lead.split(":")[1], created_on=created, converted_at=converted, status=status, owner_id=owner,
            opportunity_id=deal_of_lead(facts, at),
        )  # fmt: skip
    for number, (on, score, highest, owner) in enumerate(facts.answers):
        world.record("satisfaction", f"s{number}", given_on=on, score=score, score_max=highest, owner_id=owner)
    for number, (source, on, address, subject) in enumerate(facts.mails):
        world.record(
            "activity", f"m{number}", source, kind="email", direction="out", occurred_on=on,
            occurred_at=f"{on}T{number:02d}:00:00Z", counterpart_email=address, subject_hash=subject,
        )  # fmt: skip


def deal_of_lead(facts: Business, at: int) -> str | None:
    """The deal that a lead became: some became none, some the same one as another."""
    return facts.deals[at // 2].id if facts.leads[at][3] == "qualified" and at // 2 < len(facts.deals) else None


def _put_rates(world: World, source: str, euro: list[tuple[str, int]]) -> None:
    ends = [*(start for start, _ in euro[1:]), None]
    for (start, hundredths), end in zip(euro, ends, strict=True):
        units = f"{hundredths / 100}"
        world.put(
            "fx_rate", source=source, currency="EUR", units_per_base=units, valid_from=start, valid_to=end, dated=1
        )
    for currency, units in (("JPY", "150"), ("USD", "1")):
        world.put("fx_rate", source=source, currency=currency, units_per_base=units, dated=0)


def _put_deal(world: World, deal: Deal) -> None:
    source, own = deal.id.split(":")
    world.record(
        "opportunity", own, source, name=own, owner_id=deal.owner, region=deal.region, created_on=deal.created,
        status=deal.status, close_on=deal.close_on, closed_at=deal.closed_on and f"{deal.closed_on}T09:00:00Z",
        amount_minor=deal.amount, currency=deal.currency, is_deleted=int(deal.gone),
        duplicate_of="acme:other" if deal.duplicate else None, pipeline="default", next_step=deal.next_step,
        probability=probability_of(deal), forecast_category=category_of(deal),
    )  # fmt: skip
    for number, (kind, on) in enumerate(deal.activities):
        world.record("activity", f"{own}a{number}", source, kind=kind, occurred_on=on, opportunity_id=deal.id)
    for number, value in enumerate(deal.path):
        world.event(deal.id, value, None, "path", number)
    for number, move in enumerate(deal.moves):
        world.event(deal.id, move.value, f"{move.on}T{6 + number:02d}:00:00Z", move.evidence)
    for ordinal, (stage, entered, left) in enumerate(deal.stays, start=1):
        world.visit(deal.id, ordinal, stage, entered, left, "recorded")


def probability_of(deal: Deal) -> float | None:
    """The source's own chance: one of eleven, or none."""
    return [None, *(tenth / 10 for tenth in range(11))][int(deal.id[-3:]) % 12]


def category_of(deal: Deal) -> str | None:
    """The source's own forecast category."""
    return [None, "Pipeline", "Pipeline", "Forecast", "Omitted"][int(deal.id[-3:]) % 5]

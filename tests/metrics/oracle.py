"""Funnel and quota once more, in plain Python over plain facts: slow, simple, and sharing no code with the product."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from hashlib import sha256
from typing import Any

from tests.metrics.oracle_splits import credited, overlays
from tests.metrics.random_business import CLOSING, STAGES, Business, Deal, Quota

N = len(STAGES)
PPM = 1_000_000


def money(exact: Fraction) -> int:
    sign = -1 if exact < 0 else 1
    twice = 2 * abs(exact)
    return sign * int((twice + 1) // 2)


def usd(facts: Business, amount: int | None, currency: str, on: str) -> int | None:
    if amount is None or currency == "USD":
        return amount
    if currency == "JPY":
        return money(Fraction(amount) / 150 * 100)
    if currency == "EUR":
        holding = [units for start, units in facts.euro if start <= on]
        return money(Fraction(amount) * 100 / holding[-1]) if holding else None
    return None


def standing(deal: Deal, on: str) -> tuple[str, str | None]:
    """Status and close day at the end of a day."""
    past = [move for move in deal.moves if move.on <= on]
    future = [move for move in deal.moves if move.on > on]
    if future:
        if not past or past[-1].value not in CLOSING:
            return "open", None
        status = CLOSING[past[-1].value]
        since = past[-1].on
        for move in reversed(past):
            if CLOSING.get(move.value) != status:
                break
            since = move.on
        still = deal.status == status and all(CLOSING.get(move.value) == status for move in future)
        return status, deal.close_on if still and deal.close_on else since
    if deal.status == "open":
        return "open", None
    told = [move for move in past if move.value in (*STAGES, *CLOSING) and move.evidence != "process"]
    if told and told[-1].value in STAGES and any(move.value in CLOSING for move in told):
        return "open", None
    close = deal.close_on or deal.closed_on
    if past and past[-1].value in CLOSING:
        # the program keeps the instant of the last closing event where no close day was given
        return deal.status, close or past[-1].on
    decided = deal.closed_on or close
    return (deal.status, close) if decided is None or decided <= on else ("open", None)


def counted(facts: Business, on: str) -> list[Deal]:
    return [d for d in facts.deals if not d.gone and not d.duplicate and d.created <= on]


def stays(deal: Deal, on: str) -> list[tuple[str | None, str | None, str | None, str]]:
    """(stage, entered, left, coverage) as far as begun: runs of one value are one stay, a dated stay beats a path."""
    if not deal.moves and not deal.path:
        return [
            (stage, entered, left if left and left <= on else None, "recorded")
            for stage, entered, left in deal.stays
            if entered <= on
        ]
    found: list[tuple[str | None, str | None, str | None, str]] = [
        (stage, None, None, "path") for stage in deal.path if stage not in {move.value for move in deal.moves}
    ]
    run: list[list[Any]] = []
    before: str | None = None
    for move in deal.moves:
        if move.value != before and run and run[-1][2] is None:
            run[-1][2] = move.on
        if move.value != before and move.value not in CLOSING:
            run.append([move.value if move.value in STAGES else None, move.on, None])
        before = move.value
    found += [
        (stage, entered, left if left and left <= on else None, "recorded")
        for stage, entered, left in run
        if entered <= on
    ]
    return found


def team_of(facts: Business, owner: str | None) -> str | None:
    """The merged team's id: North and South are one across sources, Twin is twice in contoso and merges with nothing."""
    if owner not in facts.users or facts.users[owner][1] is None:
        return None
    team = facts.users[owner][1]
    return f"{owner.split(':')[0]}:Twin" if team == "Twin" else f"acme:{team}"


def person_of(facts: Business, owner: str | None) -> str | None:
    return facts.users[owner][0] if owner in facts.users else owner


def unified(facts: Business, who: str | None) -> str:
    """The id of a person in the store, by which ties are decided."""
    is_known = any(person == who for person, *_ in facts.users.values())
    return f"person:{sha256(f'{who}@acme.test'.encode()).hexdigest()}" if is_known else who or ""


def group_of(facts: Business, by: str | None, source: str, owner: str | None, region: str | None) -> str | None:
    return {
        None: "", "source": source, "team": team_of(facts, owner), "person": person_of(facts, owner), "region": region,
    }[by]  # fmt: skip


def km_median(lengths: list[tuple[int, bool]]) -> int | None:
    survival = Fraction(1)
    for length in sorted({length for length, over in lengths if over}):
        at_risk = sum(1 for other, _ in lengths if other >= length)
        ended = sum(1 for other, over in lengths if over and other == length)
        survival *= 1 - Fraction(ended, at_risk)
        if survival <= Fraction(1, 2):
            return length
    return None


def days(first: str, last: str) -> int:
    return date.fromisoformat(last).toordinal() - date.fromisoformat(first).toordinal()


def ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def funnel(
    facts: Business, window: tuple[str, str], on: str, by: str | None
) -> dict[tuple[str | None, str], tuple[Any, ...]]:
    """(group, stage) -> the figures of the row in the order of the columns."""
    figures: dict[tuple[str | None, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0, 0])
    lengths: dict[tuple[str | None, str], list[tuple[int, bool]]] = defaultdict(list)
    groups: set[str | None] = set() if by else {""}
    for deal in counted(facts, on):
        if not window[0] <= deal.created <= window[1]:
            continue
        group = group_of(facts, by, deal.source, deal.owner, deal.region)
        groups.add(group)
        past = [move for move in deal.moves if move.on <= on]
        if past and past[0].value in CLOSING and not deal.path:
            continue
        known = [stay for stay in stays(deal, on) if stay[0] is not None]
        if not known:
            continue
        status, close = standing(deal, on)
        reached = max(STAGES.index(stage) for stage, *_ in known if stage)
        value = usd(facts, deal.amount, deal.currency, on if status == "open" else close or on) or 0
        _count(figures, group, status, reached, value)
        for stage, entered, left, coverage in known:
            if coverage == "path" or entered is None or stage is None:
                continue
            if left is not None:
                lengths[group, stage].append((days(entered, left), True))
            elif status == "open":
                lengths[group, stage].append((days(entered, on), False))
    if by != "region":
        _leads(facts, window, on, by, figures, groups)
    return _rows(groups, figures, lengths, with_lead=by != "region")


def _count(figures: Any, group: str | None, status: str, reached: int, value: int) -> None:
    for place, stage in enumerate(STAGES):
        row = figures[group, stage]
        if status == "won" or reached >= place:
            row[0] += 1
            row[4] += value
            if status == "won" or reached > place:
                row[1] += 1
            else:
                row[2 if status == "lost" else 3] += 1
    if status == "won":
        figures[group, "won"][0] += 1
        figures[group, "won"][4] += value


def _leads(
    facts: Business, window: tuple[str, str], on: str, by: str | None, figures: Any, groups: set[str | None]
) -> None:
    for _, created, converted, status, owner in facts.leads:
        if window[0] <= created <= window[1] and created <= on:
            group = group_of(facts, by, "acme", owner, None)
            groups.add(group)
            state = "open" if converted and converted > on else status
            row = figures[group, "lead"]
            row[0] += 1
            row[{"qualified": 1, "disqualified": 2, "open": 3}[state]] += 1


def _rows(
    groups: set[str | None], figures: Any, lengths: Any, *, with_lead: bool
) -> dict[tuple[str | None, str], tuple[Any, ...]]:
    rows: dict[tuple[str | None, str], tuple[Any, ...]] = {}
    for group in groups:
        for stage in (*(["lead"] if with_lead else []), *STAGES):
            entered, advanced, lost, still_open, amount = figures[group, stage]
            rows[group, stage] = (
                entered, advanced, lost, still_open, ratio(advanced, advanced + lost), ratio(advanced, entered),
                ratio(advanced + still_open, entered), None if stage == "lead" else amount,
                km_median(lengths[group, stage]),
            )  # fmt: skip
        entered, *_, amount = figures[group, "won"]
        rows[group, "won"] = (entered, None, None, None, None, None, None, amount, None)
    return rows


def above(facts: Business, owner: str) -> set[str]:
    found: set[str] = set()
    boss = facts.users[owner][2]
    while boss is not None and boss not in found and boss != owner:
        found.add(boss)
        boss = facts.users[boss][2]
    return found


def split(values: dict[str, int]) -> dict[str, float | None]:
    total = sum(values.values())
    if total == 0 or min(values.values()) < 0:
        return dict.fromkeys(values)
    exact = {key: Fraction(value * PPM, total) for key, value in values.items()}
    parts = {key: int(part) for key, part in exact.items()}
    for key in sorted(exact, key=lambda key: (parts[key] - exact[key], key))[: PPM - sum(parts.values())]:
        parts[key] += 1
    return {key: part / PPM for key, part in parts.items()}


def asked_of(facts: Business, quota: Quota, on: str, ramp: tuple[Fraction, ...] = ()) -> int | None:
    """What a quota asks for, each of its values for the days on which it held, less in the months of a ramp."""
    exact = Fraction(0)
    length = days(quota.start, quota.end) + 1
    for offset in range(length):
        day_of_period = date.fromordinal(date.fromisoformat(quota.start).toordinal() + offset).isoformat()
        is_former = quota.before is not None and (quota.before[1] > on or day_of_period < quota.before[1])
        amount = quota.before[0] if quota.before is not None and is_former else quota.amount
        if amount is None:
            return None
        exact += Fraction(amount, length)
    first = min(q.start for q in facts.quotas if person_of(facts, q.owner) == person_of(facts, quota.owner))
    months = range(months_between(first, quota.start), months_between(first, quota.end) + 1)
    exact *= sum((ramp[m] if m < len(ramp) else Fraction(1) for m in months), Fraction(0)) / len(months)
    if quota.currency == "EUR":
        return money(exact * 100 / [units for start, units in facts.euro if start <= quota.start][-1])
    return money(exact) if quota.currency == "USD" else None


def months_between(first: str, last: str) -> int:
    return 12 * (int(last[:4]) - int(first[:4])) + int(last[5:7]) - int(first[5:7])


def commission(quota: int, won: int) -> int:
    """5 % up to the quota, 10 % above; nothing on less than nothing."""
    return money(Fraction(min(won, quota), 20) + Fraction(max(won - quota, 0), 10)) if won > 0 else 0


@dataclass
class Won:
    """One person's part of one won deal."""

    deal: str
    owner: str | None
    close: str
    value: int


def wins(facts: Business, window: tuple[str, str], on: str) -> tuple[list[Won], list[tuple[str | None, str]]]:
    """Everybody's credit for the deals won in the window, and (owner, close day) where it cannot be told."""
    found: list[Won] = []
    doubts: list[tuple[str | None, str]] = []
    for deal in counted(facts, on):
        status, close = standing(deal, on)
        if status == "won" and close and window[0] <= close <= window[1]:
            value = usd(facts, deal.amount, deal.currency, close)
            parts, unknown = credited(facts.splits, deal.id, deal.owner, value, on)
            found += [Won(deal.id, owner, close, part) for owner, part in parts]
            doubts += [(owner, close) for owner in unknown]
            if value is None and deal.amount is not None:
                doubts += [(owner, close) for owner, _ in parts]
    return found, doubts


def is_without_rate(facts: Business, deal: Deal, window: tuple[str, str], on: str) -> bool:
    """Whether a deal was won in the window in a currency whose worth is not known."""
    status, close = standing(deal, on)
    if status != "won" or not close or not window[0] <= close <= window[1]:
        return False
    return deal.amount is not None and usd(facts, deal.amount, deal.currency, close) is None


def quota(facts: Business, window: tuple[str, str], on: str, by: str) -> dict[str | None, tuple[Any, ...]]:
    """group -> quota, won, count, attainment, share of total."""
    inside = [q for q in facts.quotas if window[0] <= q.start and q.end <= window[1]]
    kept = inside
    if by != "person":
        kept = [
            q
            for q in inside
            if not any(
                q.owner in above(facts, other.owner)
                for other in inside
                if (other.start, other.end) == (q.start, q.end) and other.owner.split(":")[0] == q.owner.split(":")[0]
            )
        ]

    def key(owner: str | None) -> str | None:
        return {"person": person_of(facts, owner), "team": team_of(facts, owner), "total": ""}[by]

    targets: dict[str | None, list[int | None]] = defaultdict(list)
    for q in kept:
        targets[key(q.owner)].append(asked_of(facts, q, on))
    credit, unknown = wins(facts, window, on)
    doubts = {key(owner) for owner, _ in unknown}
    if by == "total" and not any(is_without_rate(facts, deal, window, on) for deal in counted(facts, on)):
        doubts = set()
    won: dict[str | None, list[Won]] = defaultdict(list)
    for each in credit:
        won[key(each.owner)].append(each)
    everyone = {*targets, *won, *(key(owner) for owner, _ in overlay(facts, window, on))}
    everyone |= {""} if by == "total" else set()
    ids = {who: unified(facts, who) if by == "person" else who or "" for who in everyone}
    shared = split({ids[who]: sum(each.value for each in won[who]) for who in everyone}) if everyone else {}
    rows: dict[str | None, tuple[Any, ...]] = {}
    for who in everyone:
        known = [amount for amount in targets[who] if amount is not None]
        asked = sum(known) if len(known) == len(targets[who]) else None
        sold = sum(each.value for each in won[who])
        whole = asked and who not in doubts
        rows[who] = (
            asked, sold, len({each.deal for each in won[who]}), sold / asked if whole and asked else None,
            shared[ids[who]],
        )  # fmt: skip
    return rows


def overlay(facts: Business, window: tuple[str, str], on: str) -> list[tuple[str | None, int]]:
    """(owner, added credit) over the deals won in the window."""
    found: list[tuple[str | None, int]] = []
    for deal in counted(facts, on):
        status, close = standing(deal, on)
        if status == "won" and close and window[0] <= close <= window[1]:
            found += overlays(facts.splits, deal.id, usd(facts, deal.amount, deal.currency, close), on)
    return found


def commissions(facts: Business, window: tuple[str, str], on: str) -> dict[str | None, int | None]:
    """person -> commission over the quota periods in the window."""
    credit, unknown = wins(facts, window, on)
    periods: dict[str, dict[tuple[str, str], list[int | None]]] = defaultdict(lambda: defaultdict(list))
    for q in facts.quotas:
        if window[0] <= q.start and q.end <= window[1]:
            person = facts.users[q.owner][0]
            periods[person][q.start, q.end].append(asked_of(facts, q, on))
    found: dict[str | None, int | None] = {}
    for person, asked in periods.items():
        spans = sorted(asked)
        hidden = any(a != b and a[0] <= b[1] and b[0] <= a[1] for a in spans for b in spans)
        total, earning = 0, False
        for (start, end), amounts in asked.items():
            mine = [w.value for w in credit if person_of(facts, w.owner) == person and start <= w.close <= end]
            doubtful = any(person_of(facts, who) == person and start <= close <= end for who, close in unknown)
            if any(amount is None for amount in amounts) or doubtful:
                hidden = True
            elif not sum(a or 0 for a in amounts):
                hidden = hidden or bool(sum(mine))
            else:
                earning = True
                total += commission(sum(a or 0 for a in amounts), sum(mine))
        found[person] = None if hidden or not earning else total
    return found

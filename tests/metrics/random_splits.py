"""Random splits of the deals of a random business: good ones, ones that do not add up, and ones that count for nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from tests.metrics.stores import World

#: shares that add up to 1, but for rounding
WHOLE = (
    (0.6, 0.4), (0.5, 0.5), (1.0,), (1.0, 0.0), (0.3333, 0.3333, 0.3334), (0.333, 0.333, 0.333), (0.1, 0.2, 0.7),
    (0.07, 0.93),
)  # fmt: skip
#: shares that do not, or are none
TORN = ((0.6, 0.3), (0.8, 0.4), (0.5,), (1.2, -0.2), (0.5, None), (0.33, 0.33, 0.33), (0.0,))


@dataclass
class Split:
    id: str
    deal: str
    owner: str | None
    kind: str | None
    share: float | None
    gone: bool = False
    #: the day from which the share holds, and what held from a day before
    since: str | None = None
    before: tuple[str, float | None] | None = None


def splits_of(rng: Random, deals: list[tuple[str, str]], owners: list[str]) -> list[Split]:
    """Splits of some of the deals, given as (id, created day)."""
    found: list[Split] = []
    for deal, created in deals:
        if rng.random() > 0.4:
            continue
        source = deal.split(":", maxsplit=1)[0]
        whom = [None, f"{source}:ghost", *owners * 4]
        shares = rng.choice(WHOLE if rng.random() < 0.8 else TORN)
        changed, formerly = None, rng.choice(WHOLE)
        if len(formerly) == len(shares) and rng.random() < 0.7:
            first = date.fromisoformat(created)
            early, late = sorted((rng.randint(0, 100), rng.randint(0, 300)))
            changed = (first + timedelta(early)).isoformat(), (first + timedelta(late)).isoformat()
        for place, share in enumerate(shares):
            split = Split(f"{deal}s{place}", deal, rng.choice(whom), rng.choice(["revenue", "revenue", None]), share)
            if changed is not None:
                split.since, split.before = changed[1], (changed[0], formerly[place])
            found.append(split)
        if rng.random() < 0.1:
            found.append(Split(f"{deal}x", deal, rng.choice(whom), "revenue", 0.5, gone=True))
        for number in range(rng.choice([0, 0, 1, 2])):
            share = rng.choice([0.5, 1.0, 0.123, None, 1.5, 0])
            found.append(Split(f"{deal}o{number}", deal, rng.choice(whom), "overlay", share))
    return found


def put_splits(world: World, splits: list[Split]) -> None:
    """Writes them as rows, with what they were before."""
    for split in splits:
        source, own = split.id.split(":")
        world.record(
            "opportunity_split", own, source, opportunity_id=split.deal, owner_id=split.owner, kind=split.kind,
            share=split.share, is_deleted=int(split.gone), source_modified_at=split.since and f"{split.since}T10:00:00Z",
        )  # fmt: skip
        if split.before is not None:
            began, share = split.before
            world.put(
                "opportunity_split_version", id=split.id, known_from=f"{began}T11:00:00Z",
                known_to=f"{split.since}T11:00:00Z", source_modified_at=f"{began}T10:00:00Z",
                opportunity_id=split.deal, owner_id=split.owner, kind=split.kind, share=share,
            )  # fmt: skip

"""A ledger that somebody wrote by hand: random payouts to the owners of the quotas of a store, for random deals."""

from __future__ import annotations

import json
from random import Random

from tests.metrics.random_business import DAYS, day
from tests.metrics.stores import World


def put_payouts(world: World, seed: int) -> None:
    """Some payouts for most quota periods: too much, too little, some in another currency, some for none of the deals."""
    rng = Random(seed)
    deals = [deal for (deal,) in world.conn.exec_driver_sql("SELECT id FROM opportunity ORDER BY id")]
    quotas = world.conn.exec_driver_sql(
        "SELECT id, owner_id, person_id, period_start, period_end FROM quota ORDER BY id"
    )
    foreign = rng.random() < 0.1
    for quota, owner, person, start, end in quotas.all():
        for number in range(rng.choice([0, 1, 1, 2, 3])):
            paid = rng.choice([rng.randint(1, 50_00), rng.randint(1, 50_000_00), -rng.randint(1, 5_00)])
            earned = {
                deal: {"won_minor": rng.randint(1, 90_000_00), "commission_minor": rng.randint(0, 4_000_00)}
                for deal in rng.sample([*deals, "acme:purged"], min(len(deals), rng.randint(0, 3)))
            }
            world.put(
                "payout", payout_id=f"{quota}/{number}", number=number, recorded_at=f"{day(rng.randint(0, DAYS))}T12:00:00Z",
                as_of=day(rng.randint(0, DAYS)), person_id=person, owner_id=owner, period_start=start, period_end=end,
                plan=rng.choice(["default", "old"]), quota_minor=rng.choice([None, 100_00]), paid_minor=paid,
                currency="EUR" if foreign and number else "USD", deals=json.dumps(earned),
            )  # fmt: skip

"""A business that goes on from day to day, and the syncs that bring each day's changes into a store, as a run does."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import date, timedelta
from random import Random
from typing import Any

from connector.store import delete, load, mark_pending
from tests.metrics.random_business import CLOSING, STAGES, Business, Deal, Move, Quota
from tests.metrics.stores import KEYS, World, funnel_of

FIRST = date(2026, 2, 2)
SOURCES = {"acme": "salesforce", "contoso": "salesforce"}
QUARTERS = [("2026-01-01", "2026-03-31"), ("2026-04-01", "2026-06-30")]
Rows = dict[str, dict[str, dict[str, Any]]]


def day(number: int) -> str:
    return (FIRST + timedelta(days=number)).isoformat()


class Evolution:
    """``facts`` are what the sources say now; ``live`` changes them for a day, ``sync`` brings them into the store."""

    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)
        self.serial = 0
        self.today = day(0)
        self.facts = Business(users={}, deals=[], quotas=[], leads=[], answers=[], mails=[], euro=[("2025-01-01", 80)])
        self.team_names = {f"{s}:{t}": t for s in SOURCES for t in ("North", "South", "Twin")}
        #: a stage value that the source suddenly declares closed
        self.declared_lost: str | None = None
        self.titles: dict[str, str] = {}
        #: rows of tables that no fact of the oracle is about, by table and id
        self.others: Rows = {}
        self._synced: Rows = {}
        for number in range(4):
            self.facts.users[f"{self.rng.choice(list(SOURCES))}:u{number}"] = (f"rep{number}", "North", None)
        for _ in range(12):
            self._new_deal()
        for change in self.rng.choices([self._move_on, self._close, self._close, self._reopen], k=30):
            change()
        for _ in range(5):
            self._new_quota()
            self._new_lead()

    def live(self, number: int, *, beyond_the_oracle: bool = False) -> None:
        """One day of life; ``beyond_the_oracle`` adds what its facts have no word for."""
        self.today = day(number)
        changes: list[Callable[[], None]] = [
            self._new_deal, self._new_lead, self._new_quota, self._move_on, self._move_on, self._move_on, self._close,
            self._close, self._reopen, self._late_history, self._lost_history, self._edit_deal, self._edit_deal,
            self._hand_over, self._delete_or_restore, self._edit_quota, self._edit_lead, self._rate, self._manager,
            self._new_user, self._address,
        ]  # fmt: skip
        if beyond_the_oracle:
            changes += [self._move_team, self._move_team, self._rename_team, self._rename_person, self._declare]
            changes += [*[self._other] * 4, self._owner_to_come]
        for change in self.rng.choices(changes, k=14):
            change()

    # the changes of a day ---------------------------------------------------------------------------------------

    def _id(self, letter: str) -> str:
        self.serial += 1
        return f"{letter}{self.serial:04d}"

    def _owner(self) -> str | None:
        return self.rng.choice([None, *self.facts.users, *self.facts.users, "acme:queue"])

    def _deal(self) -> Deal:
        return self.rng.choice(self.facts.deals)

    def _back(self, most: int = 20) -> str:
        return (date.fromisoformat(self.today) - timedelta(days=self.rng.randint(0, most))).isoformat()

    def _new_deal(self) -> None:
        source = self.rng.choice(list(SOURCES))
        created = self._back(60)
        self.facts.deals.append(
            Deal(
                f"{source}:{self._id('d')}", source, self._owner(), self.rng.choice([None, "EMEA", "APAC"]), created,
                "open", self.today, None, self.rng.randint(1, 9_000_00), self.rng.choice(["USD", "EUR", "EUR", "JPY", "GBP"]),
                gone=False, duplicate=False, moves=[Move(created, "qualify")],
            )
        )  # fmt: skip

    def _move_on(self) -> None:
        deal = self._deal()
        if deal.status == "open":
            deal.moves.append(Move(self.today, self.rng.choice([*STAGES, "Odd"])))

    def _close(self) -> None:
        deal = self._deal()
        if deal.status == "open":
            value = self.rng.choice(["Won", "Won", "Lost"])
            deal.moves.append(Move(self.today, value))
            deal.status, deal.close_on = CLOSING[value], self._back(3)

    def _reopen(self) -> None:
        closed = [deal for deal in self.facts.deals if deal.status != "open"]
        if closed:
            deal = self.rng.choice(closed)
            deal.moves.append(Move(self.today, self.rng.choice(STAGES)))
            deal.status, deal.close_on = "open", day(200)

    def _late_history(self) -> None:
        """A fact of the past that the source told late."""
        deal = self._deal()
        at = self.rng.randint(0, len(deal.moves) - 1)
        deal.moves.insert(at, Move(deal.moves[at].on, self.rng.choice(STAGES)))

    def _lost_history(self) -> None:
        """A fact that the source no longer tells; the last one stays, so that the deal and its history agree."""
        deal = self._deal()
        if len(deal.moves) > 2:
            deal.moves.pop(self.rng.randint(0, len(deal.moves) - 2))

    def _edit_deal(self) -> None:
        deal = self._deal()
        deal.amount = self.rng.choice([None, self.rng.randint(1, 9_000_00)])
        deal.region = self.rng.choice([None, "EMEA", "APAC"])
        deal.currency = self.rng.choice(["USD", "EUR", "JPY"])
        deal.next_step = self.rng.choice([None, "call"])

    def _hand_over(self) -> None:
        self._deal().owner = self._owner()

    def _delete_or_restore(self) -> None:
        deal = self._deal()
        deal.gone = not deal.gone

    def _new_quota(self) -> None:
        start, end = self.rng.choice(QUARTERS)
        owner = self.rng.choice(list(self.facts.users))
        self.facts.quotas.append(Quota(self._id("q"), owner, start, end, self.rng.randint(1, 20_000_00), "USD"))

    def _edit_quota(self) -> None:
        """Another owner; or, where the oracle knows no changed amounts, away with it."""
        if self.facts.quotas:
            quota = self.rng.choice(self.facts.quotas)
            if self.rng.random() < 0.4:
                self.facts.quotas.remove(quota)
            else:
                quota.owner = self.rng.choice([u for u in self.facts.users if u[:4] == quota.owner[:4]])

    def _new_lead(self) -> None:
        self.facts.leads.append((f"acme:{self._id('l')}", self._back(40), None, "open", self._owner() or "acme:queue"))

    def _edit_lead(self) -> None:
        at = self.rng.randrange(len(self.facts.leads))
        lead, created, *_ = self.facts.leads[at]
        status = self.rng.choice(["open", "qualified", "disqualified"])
        converted = self.today if status == "qualified" else None
        self.facts.leads[at] = (lead, created, converted, status, self._owner() or "acme:queue")

    def _rate(self) -> None:
        """From today on another rate; or an old one that was wrong."""
        if self.facts.euro[-1][0] < self.today and self.rng.random() < 0.5:
            self.facts.euro.append((self.today, self.rng.randint(50, 150)))
        else:
            at = self.rng.randrange(len(self.facts.euro))
            self.facts.euro[at] = (self.facts.euro[at][0], self.rng.randint(50, 150))

    def _change_user(self, **changes: Any) -> None:
        user = self.rng.choice(list(self.facts.users))
        person, team, manager = self.facts.users[user]
        given = {"person": person, "team": team, "manager": manager, **changes}
        self.facts.users[user] = (given["person"], given["team"], given["manager"])

    def _manager(self) -> None:
        self._change_user(manager=self.rng.choice([None, *self.facts.users]))

    def _address(self) -> None:
        self._change_user(person=f"rep{self.rng.randint(0, 6)}")

    def _new_user(self) -> None:
        source = self.rng.choice(list(SOURCES))
        self.facts.users[f"{source}:{self._id('u')}"] = (f"rep{self.rng.randint(0, 6)}", "North", None)

    def _move_team(self) -> None:
        self._change_user(team=self.rng.choice(["North", "South", "Twin", None]))

    def _rename_team(self) -> None:
        self.team_names[self.rng.choice(list(self.team_names))] = self.rng.choice(["North", "South", "East"])

    def _rename_person(self) -> None:
        person, *_ = self.rng.choice(list(self.facts.users.values()))
        self.titles[person] = f"{person} {self.rng.choice(['Sr', 'Jr', 'PhD'])}"

    def _declare(self) -> None:
        self.declared_lost = self.rng.choice([None, "Odd", "develop", "close"])

    def _owner_to_come(self) -> None:
        """A deal of a user whom the source does not hand over yet, or no longer keeps back."""
        if "acme:late" not in self.facts.users and self.rng.random() < 0.5:
            self.facts.users["acme:late"] = ("late", "South", None)
        else:
            self._deal().owner = "acme:late"

    def _other(self) -> None:
        """A row of a table that funnel and quota do not read: new, changed or gone; and a quota's amount."""
        table = self.rng.choice(list(_OTHERS))
        rows = self.others.setdefault(table, {})
        if rows and self.rng.random() < 0.3:
            rows.pop(self.rng.choice(list(rows)))
        own = self.rng.choice([*rows, self._id("x")])
        rows[own] = _OTHERS[table](self)
        if self.facts.quotas:
            self.rng.choice(self.facts.quotas).amount = self.rng.randint(1, 20_000_00)

    # what the sources hand over ---------------------------------------------------------------------------------

    def snapshot(self) -> Business:
        return deepcopy(self.facts)

    def _rows(self) -> Rows:
        rows: Rows = {table: {f"acme:{own}": row for own, row in found.items()} for table, found in self.others.items()}
        for table, found in (
            ("team", {team: {"name": name} for team, name in self.team_names.items()}),
            ("source_stage", self._stage_rows()),
            ("fx_rate", self._rate_rows()),
            ("crm_user", self._user_rows()),
            ("opportunity", {deal.id: self._deal_row(deal) for deal in self.facts.deals if not deal.gone}),
            ("stage_event", {i: r for deal in self.facts.deals if not deal.gone for i, r in _event_rows(deal)}),
            ("quota", {f"{quota.owner.split(':')[0]}:{quota.id}": _quota_row(quota) for quota in self.facts.quotas}),
            ("lead", {lead[0]: _lead_row(lead) for lead in self.facts.leads}),
        ):
            rows.setdefault(table, {}).update(found)
        return rows

    def _stage_rows(self) -> dict[str, dict[str, Any]]:
        values = {"Won": (1, 1), "Lost": (0, 1)}
        if self.declared_lost is not None:
            values[self.declared_lost] = (0, 1)
        return {
            f"{source}:s{value}": {"value": value, "name": value, "is_won": won, "is_closed": closed, "position": 9}
            for source in SOURCES for value, (won, closed) in values.items()
        }  # fmt: skip

    def _rate_rows(self) -> dict[str, dict[str, Any]]:
        rows = {}
        for source in SOURCES:
            ends = [*(start for start, _ in self.facts.euro[1:]), None]
            for (start, hundredths), end in zip(self.facts.euro, ends, strict=True):
                units = f"{hundredths / 100}"
                rows[f"{source}:EUR@{start}"] = {
                    "currency": "EUR", "units_per_base": units, "valid_from": start, "valid_to": end, "dated": 1,
                }  # fmt: skip
            for currency, units in (("JPY", "150"), ("USD", "1")):
                rows[f"{source}:{currency}"] = {"currency": currency, "units_per_base": units, "dated": 0}
        return rows

    def _user_rows(self) -> dict[str, dict[str, Any]]:
        return {
            user: {
                "name": self.titles.get(person, person), "email": f"{person}@acme.test", "is_active": 1, "manager_id": manager,
                "team_id": team and f"{user.split(':')[0]}:{team}",
            }
            for user, (person, team, manager) in self.facts.users.items()
        }  # fmt: skip

    def _deal_row(self, deal: Deal) -> dict[str, Any]:
        return {
            "name": deal.id, "owner_id": deal.owner, "region": deal.region, "created_on": deal.created,
            "created_at": f"{deal.created}T08:00:00Z", "status": deal.status, "close_on": deal.close_on,
            "amount_minor": deal.amount, "currency": deal.currency, "pipeline": "default", "type": None,
            "lead_source": deal.region and "Web", "next_step": deal.next_step, "source_stage": deal.moves[-1].value,
        }  # fmt: skip

    def sync(self, world: World, at: str) -> None:
        """Loads what changed, marks what is gone, derives: one run at the instant ``at``."""
        rows = self._rows()
        for table, own_columns in _COLUMNS.items():
            before, now = self._synced.get(table, {}), rows.get(table, {})
            changed = [unified for unified, row in now.items() if before.get(unified) != row]
            columns = ("id", "source", "source_id", "source_object", "is_deleted", "source_modified_at")
            tuples = [
                (unified, *unified.split(":", 1), table, 0, at, *(now[unified].get(c) for c in own_columns))
                for unified in changed
            ]
            load(world.conn, table, (*columns, *own_columns), tuples, synced_at=at, fresh=False)
            gone = [unified.split(":", 1) for unified in before if unified not in now]
            for source in SOURCES:
                own = {each: at for where, each in gone if where == source}
                delete(world.conn, table, source, table, own, synced_at=at)
            if table in ("opportunity", "stage_event"):
                touched = {*changed, *(":".join(each) for each in gone)}
                deals = {unified.partition("/")[0] for unified in touched}
                mark_pending(world.conn, deals)
        self._synced = deepcopy(rows)
        world.derive(at)


def open_evolution(world: World, seed: int) -> Evolution:
    world.mapped(funnel=funnel_of(*KEYS))
    world.kinds = SOURCES
    return Evolution(seed)


def _event_rows(deal: Deal) -> list[tuple[str, dict[str, Any]]]:
    """Events are told apart by their content; one told late may move the instants of others on its day."""
    found: dict[str, dict[str, Any]] = {}
    for place, move in enumerate(deal.moves):
        same = sum(1 for other in deal.moves[:place] if (other.on, other.value) == (move.on, move.value))
        found[f"{deal.id}/{move.on}-{move.value}-{same}"] = {
            "opportunity_id": deal.id, "occurred_at": f"{move.on}T{6 + place // 60:02d}:{place % 60:02d}:00Z", "seq": 0,
            "source_stage": move.value, "evidence": "history", "occurred_on": move.on,
        }  # fmt: skip
    return list(found.items())


def _quota_row(quota: Quota) -> dict[str, Any]:
    return {
        "owner_id": quota.owner, "period_start": quota.start, "period_end": quota.end, "amount_minor": quota.amount,
        "currency": quota.currency, "kind": "revenue",
    }  # fmt: skip


def _lead_row(lead: tuple[str, str, str | None, str, str]) -> dict[str, Any]:
    _, created, converted, status, owner = lead
    return {"created_on": created, "converted_at": converted, "status": status, "owner_id": owner}


_OTHERS: dict[str, Callable[[Evolution], dict[str, Any]]] = {
    "activity": lambda e: {
        "kind": e.rng.choice(["email", "call", "meeting"]), "direction": "out", "occurred_at": f"{e._back()}T09:00:00Z",
        "occurred_on": e._back(), "owner_id": e._owner(), "opportunity_id": e._deal().id,
        "counterpart_email": f"c{e.rng.randint(0, 3)}@client.test", "subject_hash": str(e.rng.randint(0, 3)),
    },
    "satisfaction": lambda e: {
        "score": e.rng.randint(1, 5) + 0.1, "score_max": 5.0, "given_at": f"{e._back()}T09:00:00Z",
        "given_on": e._back(), "owner_id": e._owner(),
    },
    "opportunity_split": lambda e: {
        "opportunity_id": e._deal().id, "owner_id": e._owner(), "kind": e.rng.choice(["revenue", "overlay"]),
        "share": e.rng.choice([0.5, 0.25, 1.0]),
    },
    "campaign": lambda e: {"name": "Spring", "kind": "Email", "status": e.rng.choice(["Planned", "Sent"])},
    "campaign_member": lambda e: {
        "campaign_id": "acme:x0001", "email": f"c{e.rng.randint(0, 3)}@client.test", "status": "Sent",
        "responded": e.rng.randint(0, 1),
    },
    "contact": lambda e: {
        "name": "Client", "email": f"c{e.rng.randint(0, 3)}@client.test", "opted_out": e.rng.randint(0, 1),
    },
}  # fmt: skip

_COLUMNS = {
    "team": ("name",),
    "source_stage": ("value", "name", "position", "is_won", "is_closed"),
    "fx_rate": ("currency", "valid_from", "valid_to", "units_per_base", "dated"),
    "crm_user": ("name", "email", "is_active", "manager_id", "team_id"),
    "opportunity": (
        "name", "owner_id", "region", "created_on", "created_at", "status", "close_on", "amount_minor", "currency",
        "pipeline", "type", "lead_source", "next_step", "source_stage",
    ),
    "stage_event": ("opportunity_id", "occurred_at", "seq", "source_stage", "evidence", "occurred_on"),
    "quota": ("owner_id", "period_start", "period_end", "amount_minor", "currency", "kind"),
    "lead": ("created_on", "converted_at", "status", "owner_id"),
    "activity": (
        "kind", "direction", "occurred_at", "occurred_on", "owner_id", "opportunity_id", "counterpart_email",
        "subject_hash",
    ),
    "satisfaction": ("score", "score_max", "given_at", "given_on", "owner_id"),
    "opportunity_split": ("opportunity_id", "owner_id", "kind", "share"),
    "campaign": ("name", "kind", "status"),
    "campaign_member": ("campaign_id", "email", "status", "responded"),
    "contact": ("name", "email", "opted_out"),
}  # fmt: skip

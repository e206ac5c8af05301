"""Teams and reps of the made-up business: three sales teams under a head, some reps with an account in both systems."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from connector.sandbox.business.model import Rep, System, Team
from connector.sandbox.business.words import FIRST_NAMES, LAST_NAMES, MAIL_DOMAIN

_BOTH: frozenset[System] = frozenset({"salesforce", "dynamics"})
_SALESFORCE: frozenset[System] = frozenset({"salesforce"})
_DYNAMICS: frozenset[System] = frozenset({"dynamics"})

HEAD = 1


def teams() -> list[Team]:
    """One team lives in Salesforce only, one in Dynamics only; the others bear one name in both."""
    return [
        Team(1, "Worldwide Sales", None, _BOTH),
        Team(2, "Northern Sales", 1, _BOTH),
        Team(3, "Southern Sales", 1, _BOTH),
        Team(4, "Key Accounts", 1, _SALESFORCE),
        Team(5, "Partner Desk", 1, _DYNAMICS),
    ]


#: per rep: team, systems; the first of each team leads it, the very first leads all
_POSTS: tuple[tuple[int, frozenset[System]], ...] = (
    (1, _BOTH),
    (2, _BOTH), (2, _BOTH), (2, _SALESFORCE), (2, _DYNAMICS),
    (3, _BOTH), (3, _BOTH), (3, _SALESFORCE), (3, _DYNAMICS),
    (4, _SALESFORCE), (4, _SALESFORCE), (4, _SALESFORCE),
    (5, _DYNAMICS), (5, _DYNAMICS), (5, _DYNAMICS),
)  # fmt: skip


def reps(opened_on: date) -> list[Rep]:
    hired = datetime(opened_on.year, opened_on.month, opened_on.day, 8, tzinfo=UTC)
    leaders: dict[int, int] = {}
    staff: list[Rep] = []
    for place, (team, systems) in enumerate(_POSTS):
        key = place + 1
        leads = team not in leaders
        first, last = FIRST_NAMES[place], LAST_NAMES[place]
        staff.append(
            Rep(
                key=key,
                first_name=first,
                last_name=last,
                email=f"{first}.{last}@{MAIL_DOMAIN}".lower(),
                title="Head of Sales" if key == HEAD else "Sales Manager" if leads else "Account Executive",
                team=team,
                manager=None if key == HEAD else HEAD if leads else leaders[team],
                systems=systems,
                active=key != len(_POSTS) - 3,
                created_at=hired + timedelta(minutes=place),
            )
        )
        leaders.setdefault(team, key)
    return staff


def sellers(staff: list[Rep], system: System) -> list[Rep]:
    """Who owns deals in a system: everybody there but the head."""
    return [rep for rep in staff if system in rep.systems and rep.key != HEAD]

"""Who got mails: addresses folded to people, their names, who opted out, and who belongs to a campaign."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from connector.errors import UsageError
from connector.instants import day_of
from connector.mapping.people import fold_email
from connector.metrics.calendar import ordinal
from connector.metrics.people import fold
from connector.metrics.population import EPOCH, Population
from connector.metrics.workspace import Workspace, literal

_NO_CAMPAIGN = "The store holds no campaign; `crossfunnel status` lists what the orgs lack or hide."


@dataclass
class Recipients:
    """What is known of the people behind folded addresses."""

    names: dict[str, str] = field(default_factory=dict)
    #: folded address -> epoch day from which on the person had surely opted out
    opted_out: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Campaign:
    """The campaign that a question is about: its members' folded addresses, and its first day.

    ``unreachable`` are members of whom no address is known.
    """

    members: frozenset[str]
    starts: int | None
    unreachable: int


def address_hash(person: str) -> str:
    """What stands for an address where figures are shown."""
    return hashlib.sha256(person.encode()).hexdigest()


def epoch_day(day: str) -> int:
    """A day as the calendar table counts it."""
    return ordinal(day) - EPOCH


def read_recipients(population: Population, asked: Collection[str]) -> Recipients:
    """Names of those asked about, and opt-outs; a contact's name beats a lead's, and of one table the last by id."""
    found = Recipients()
    best: dict[str, str] = {}
    for table in ("lead", "contact"):
        for record, address, name in population.space.stream(
            f"SELECT id, email, name FROM {table} WHERE email IS NOT NULL AND COALESCE(is_deleted, 0) = 0"
        ):
            person = fold_email(address)
            if person is not None and person in asked and name and record >= best.get(person, ""):
                best[person], found.names[person] = record, name
        best.clear()
    for address, changed in population.space.rows(
        "SELECT email, source_modified_at FROM contact WHERE opted_out = 1 AND COALESCE(is_deleted, 0) = 0 ORDER BY id"
    ):
        person = fold_email(address)
        if person is not None:
            since = epoch_day(day_of(changed, population.zone)) if changed else 0
            found.opted_out[person] = min(since, found.opted_out.get(person, since))
    return found


def load_addresses(space: Workspace, asked: frozenset[str] | None, window: tuple[str, str]) -> tuple[set[str], int]:
    """Fills ``cadence_address``: addresses of ``metric_message`` with the person they stand for.

    ``asked`` are the people whom the question is about; None: everyone. Returns those of them who got a mail, and how
    many mails of the window went to nobody known, who may be anyone: none where it is about certain people.
    """
    addresses: set[str] = set()
    unknown = 0
    for address, on in space.stream("SELECT address, occurred_on FROM metric_message"):
        if address is None:
            unknown += asked is None and window[0] <= on <= window[1]
        else:
            addresses.add(address)
    folded = ((address, fold_email(address)) for address in addresses)
    known = {address: who for address, who in folded if who is not None and (asked is None or who in asked)}
    space.lookup("cadence_address", "address TEXT PRIMARY KEY, person TEXT", sorted(known.items()))
    return set(known.values()), unknown


def read_campaign(population: Population, asked: str) -> Campaign:
    """The campaign of this name or id, of the sources asked for; several of one name (one in each CRM) are one."""
    space = population.space
    known = space.rows(
        "SELECT id, source_id, name, starts_on FROM campaign WHERE COALESCE(is_deleted, 0) = 0 ORDER BY id"
    )
    chosen = [row for row in known if fold(asked) in {fold(each) for each in row[:3] if each}]
    if not chosen:
        names = sorted({name or own for own, _, name, _ in known})[:40]
        hint = f"There is: {', '.join(names)}." if names else _NO_CAMPAIGN
        raise UsageError(f"--campaign {asked}: there is no such campaign.", hint=hint)
    starts = [epoch_day(starts_on) for *_, starts_on in chosen if starts_on]
    ids = ", ".join(literal(row[0]) for row in chosen)
    folded = [fold_email(address) for address in _addresses_of_members(population, ids)]
    known_members = frozenset(person for person in folded if person is not None)
    return Campaign(known_members, min(starts, default=None), folded.count(None))


def _addresses_of_members(population: Population, campaigns: str) -> Iterator[str | None]:
    of_source = population.filters.condition("source", "m.source") or "1 = 1"
    for (address,) in population.space.rows(
        "SELECT COALESCE(m.email, c.email, l.email) FROM campaign_member m LEFT JOIN contact c ON c.id = m.contact_id "
        "LEFT JOIN lead l ON l.id = m.lead_id WHERE COALESCE(m.is_deleted, 0) = 0 "
        f"AND m.campaign_id IN ({campaigns}) AND {of_source}"
    ):
        yield address

"""people.yaml: which addresses are one person, and which are nobody's. Knows no CRM user and no store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from connector.mapping.findings import Findings
from connector.mapping.nodes import Entries
from connector.mapping.shapes import entries_of, list_of, text_of, texts_of, unknown_keys


def fold_email(address: str | None) -> str | None:
    """An address as people are told apart by: case folded, Salesforce's sandbox suffix ``.invalid`` off.

    Salesforce appends ``.invalid`` to users' addresses when a sandbox is made, so that no mail goes out.
    """
    if address is None:
        return None
    folded = address.strip().casefold().removesuffix(".invalid")
    return folded or None


@dataclass(frozen=True)
class People:
    """Identity overrides. All addresses are folded."""

    #: any address of a listed person -> the address that stands for them
    main_address: Mapping[str, str] = field(default_factory=dict)
    #: main address -> name, where the file gives one
    names: Mapping[str, str] = field(default_factory=dict)
    #: addresses that never make two users one person
    shared: frozenset[str] = frozenset()

    def canonical(self, address: str | None) -> str | None:
        """The folded address that stands for a person; None for an empty or a shared one."""
        folded = fold_email(address)
        if folded is None or folded in self.shared:
            return None
        return self.main_address.get(folded, folded)

    def name_of(self, address: str | None) -> str | None:
        """The name that people.yaml gives to the owner of an address."""
        main = self.canonical(address)
        return self.names.get(main) if main is not None else None


def read_people(tree: Entries, findings: Findings) -> People:
    """people.yaml as overrides."""
    unknown_keys(tree, ("version", "extends", "people", "shared"), findings)
    main: dict[str, str] = {}
    names: dict[str, str] = {}
    for entry in list_of(tree, "people", findings):
        if (one := entries_of(entry, "a person", findings)) is not None:
            _read_person(one, main, names, findings)
    shared = set()
    for address, place in texts_of(tree, "shared", findings):
        folded = fold_email(address)
        if folded in main:
            findings.add(place, f"{address!r} is shared here and a person's address above; it can be one of them only")
        elif folded is not None:
            shared.add(folded)
    return People(main, names, frozenset(shared))


def _read_person(entry: Entries, main: dict[str, str], names: dict[str, str], findings: Findings) -> None:
    unknown_keys(entry, ("email", "also", "name"), findings)
    address = text_of(entry, "email", findings, required=True)
    if address is None:
        return
    folded = fold_email(address) or ""
    for each, place in [(address, entry.keys["email"]), *texts_of(entry, "also", findings)]:
        if "@" not in each:
            findings.add(place, f"{each!r} is no e-mail address")
        key = fold_email(each) or ""
        if main.setdefault(key, folded) != folded:
            findings.add(place, f"{each!r} is listed for two people")
    name = text_of(entry, "name", findings)
    if name is not None:
        names[folded] = name

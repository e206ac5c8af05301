"""Ids of persons: a function of the address that stands for them, so that every store gives the same."""

from __future__ import annotations

import hashlib
import re

from connector.mapping.people import People, fold_email

_DERIVED = re.compile(r"person:[0-9a-f]{64}\Z")


def person_id(people: People, user_id: str, email: str | None) -> str:
    """The person behind a user by the address; without one that identifies, the user is a person of their own."""
    known_by = people.canonical(email) or user_id
    return "person:" + hashlib.sha256(known_by.encode()).hexdigest()


def is_derived(person: str | None) -> bool:
    """Whether an id is one that ``person_id`` makes, and not one that somebody chose."""
    return person is not None and _DERIVED.match(person) is not None


def identified(people: People, user_id: str, email: str | None, stored: str | None, *, by_hand: bool) -> str | None:
    """The person behind a stored user; None where the stored one was chosen by somebody, and stays."""
    if stored is not None and (not is_derived(stored) or (by_hand and fold_email(email) is None)):
        return None
    return person_id(people, user_id, email)

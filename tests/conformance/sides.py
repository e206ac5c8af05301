"""What the harness has to know of a system: how clients reach it, what they asked, and what is true there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from connector.sandbox.server import RunningServer
from tests.conformance.tables import Table


class Side(Protocol):
    """One system of a running sandbox."""

    def environment(self) -> Mapping[str, str]:
        """Addresses and secrets for a client's program, good for one run."""

    def hosts(self) -> Mapping[str, int]:
        """The vendor's host names that lead to the sandbox, each with its port."""

    def servers(self) -> Sequence[RunningServer]:
        """Where the client's requests are counted."""

    def arranged(self, settings: Mapping[str, int]) -> AbstractContextManager[None]:
        """Sets handles of the system for one client, and back after it; asked for only where there are any."""

    def truth(self, name: str) -> Mapping[str, Table]:
        """What an exercise should give, by object; KeyError where there is no such truth."""

    def between_runs(self) -> None:
        """What happens to the records before a client is run once more (its exercises under ``later``)."""


#: what a client's own test of its connection should say
CONNECTION = {"connection": Table("status", {"status": "text"}, {"SUCCEEDED": {"status": "SUCCEEDED"}})}

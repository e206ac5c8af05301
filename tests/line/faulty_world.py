"""Two orgs that break on demand, stores from before and after a change, and a clock that only sleepers turn."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from workplace import Outcome, Workplace

from connector import sandbox
from connector.adapters import chains
from connector.adapters.dynamics.adapter import DynamicsAdapter
from connector.adapters.dynamics.signin import EntraTokens
from connector.adapters.salesforce.adapter import SalesforceAdapter
from connector.sandbox import Sandbox
from connector.transport import Transport, sessions

PAGE = 8
Content = dict[str, list[tuple[Any, ...]]]


#: design: retried under a deadline, never taken for an answer or an end; the faults of a line befall one sync
PASSING = {
    "statuses": [
        "status=408",
        "status=429,retry-after=40",
        "status=429",
        "status=500",
        "status=502",
        "status=503,retry-after=7",
        "status=504",
        "status=204",
    ],
    "other answers": ["html", "html=503", "expired-session"],
    "resets": ["reset-before-headers", "reset-in-headers", "reset-in-body", "hang-up"],
    "connections": ["cut-body", "chunks-without-end", "drip=0.05", "stall", "silence"],
    "contents": ["short-body", "false-gzip", "cut-gzip", "corrupt-gzip"],
    "pages": ["empty-page", "duplicate-page"],
}


class Clock:
    """Time goes on by itself, and at once where somebody sleeps: patience keeps its length and costs none."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.ahead

    def sleep(self, seconds: float) -> None:
        self.ahead += seconds


@dataclass(frozen=True)
class Road:
    """One way in which records come: whose, of which server, by which calls; ``later``: into a store that has some."""

    source: str
    server: str
    path: str
    later: bool = False
    bulk_from: int = 1_000_000


ROADS = {
    "first read by REST": Road("acme", "salesforce", "/query"),
    "first read by Bulk": Road("acme", "salesforce", "/jobs/query", bulk_from=0),
    "later read by REST": Road("acme", "salesforce", "/query", later=True),
    "first read of Dynamics": Road("contoso", "dynamics", "?$select"),
    "changes of Dynamics": Road("contoso", "dynamics", "/api/data", later=True),
}


@dataclass
class World:
    """The orgs, and what a sync without faults makes of them by each road."""

    box: Sandbox
    folder: Path
    clock: Clock
    calm: dict[str, Content] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.before = self.place("before")
        assert self.before.sync().code == 0
        self._change()

    def place(self, name: str, *, later: bool = False) -> Workplace:
        """A workplace of its own; ``later``: with the store from before the change."""
        folder = self.folder / name
        if later:
            shutil.copytree(self.before.folder, folder)
        folder.mkdir(exist_ok=True)
        place = Workplace(folder)
        place.configure(self.box.config_text())
        return place

    def sync(self, name: str, place: Workplace, *arguments: str) -> Outcome:
        """A sync by a road."""
        road = ROADS[name]
        SalesforceAdapter.__init__.__kwdefaults__["bulk_from"] = road.bulk_from  # type: ignore[index]
        # whatever an earlier test has used up of the orgs' allowances
        self.box.salesforce.org.usage.used = 0
        self.box.dynamics.organization.gate._recent.clear()
        return place.sync(road.source, *arguments)

    def truth(self, name: str, *arguments: str) -> Content:
        """What a sync by this road ends at when nothing goes wrong."""
        key = " ".join(("calm", name, *arguments))
        if key not in self.calm:
            place = self.place(key, later=ROADS[name].later)
            assert self.sync(name, place, *arguments).code == 0
            self.calm[key] = place.content()
        return self.calm[key]

    def _change(self) -> None:
        """What a later read has to find: edits, deletes of both kinds, and a new record, over several pages."""
        salesforce, organization = self.box.salesforce.edits, self.box.dynamics.organization
        deals = [row["Id"] for row in salesforce.rows("Opportunity") if not row["IsDeleted"]]
        for number, key in enumerate(deals[: 2 * PAGE + 1]):
            salesforce.update("Opportunity", key, Name=f"Changed {number}")
        salesforce.delete("Opportunity", deals[-1])
        salesforce.hard_delete("Opportunity", deals[-2])
        keys = organization.keys("opportunity")
        for number, key in enumerate(keys[: 2 * PAGE + 1]):
            organization.update("opportunity", key, name=f"Changed {number}")
        organization.delete("opportunity", keys[-1])
        for key in organization.keys("lead")[:3]:
            organization.update("lead", key, companyname="Changed")


@contextmanager
def patient(clock: Clock) -> Iterator[pytest.MonkeyPatch]:
    """Everybody who waits turns the clock; silence of a third of a second is long; thirty empty pages are many."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"clock": clock, "sleep": clock.sleep, "timeouts": (5.0, 0.3)}.items():
            patch.setitem(Transport.__init__.__kwdefaults__, name, value)  # type: ignore[arg-type]
        patch.setitem(EntraTokens.__init__.__kwdefaults__, "pause", clock.sleep)  # type: ignore[arg-type]
        patch.setitem(DynamicsAdapter.__init__.__kwdefaults__, "page_size", PAGE)  # type: ignore[arg-type]
        patch.setitem(SalesforceAdapter.__init__.__kwdefaults__, "bulk_from", 1_000_000)  # type: ignore[arg-type]
        patch.setattr(chains, "MOST_EMPTY", 30)
        # a third of a small sync is spent on reading certificates, always the same ones here
        patch.setattr(sessions, "tls_context", cache(sessions.tls_context))
        patch.delenv("CROSSFUNNEL_CONFIG", raising=False)
        yield patch


@contextmanager
def world(folder: Path) -> Iterator[World]:
    """A world of small pages, ended with its sandbox."""
    clock = Clock()
    with patient(clock) as patch, sandbox.start(seed=11, deals=40) as box:
        org = box.salesforce.org
        org.page_size = org.bulk_page_rows = PAGE
        org.bulk_polls = 0
        for name, value in box.environment.items():
            patch.setenv(name, value)
        yield World(box, folder, clock)

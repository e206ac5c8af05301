"""What a system must be able to do so that its adapter can be put to the suite: the org behind an adapter, in our words.

A new adapter joins by one class that does this, added to ``worlds.py``. What its system cannot do at all stands in
``cannot`` with the reason, and ``test_what_is_left_out_is_declared.py`` holds the whole list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Protocol, TypeVar

import time_machine
from pydantic import BaseModel

from connector.adapters.base import Adapter, Value, Wanted
from connector.sandbox.business import Business
from connector.sandbox.certificates import Authority
from connector.sandbox.server import Interceptor, RunningServer
from tests.transport.conftest import Clock

#: deleted records can still be read, and be brought back
RECYCLE_BIN = "recycle bin"
#: a read that goes on from a cursor is told which records are gone
TELLS_DELETES = "tells deletes"
#: the place that a cursor stands for may be forgotten by the org
PLACE_EXPIRES = "place expires"

A = TypeVar("A", bound=Adapter)

#: the plain object's fields, by the words that the suite uses
WORDS = ("name", "text", "amount", "day")

Record = dict[str, Value]


class SourceWorld(Protocol):
    """One org with one plain object that the tests edit. Words (``WORDS``) stand for that object's fields."""

    name: ClassVar[str]
    #: what the adapter's reads look like on the wire where they take the road that this world stands for
    road: ClassVar[str]
    cannot: ClassVar[Mapping[str, str]]
    #: how long a transaction may stay open and still be found
    longest_transaction: ClassVar[timedelta]
    plain: ClassVar[Wanted]
    spelt: ClassVar[Mapping[str, str]]
    #: an object of this org without a single record
    empty: ClassVar[Wanted]
    #: an object with records that an org may also lack altogether
    optional: ClassVar[Wanted]
    #: refusals that only this vendor words, each to be waited out
    own_transients: ClassVar[Sequence[str]]
    clock: Clock
    #: rows to a page, as far as the adapter or the org can be told
    page_size: int

    def adapter(self, **options: Any) -> Adapter:
        """An adapter for one run, not connected; metadata is kept from run to run. Source keys and transport options."""

    # edits of the plain object

    def create(self, at: datetime | None = None, **values: Value) -> str:
        """A new record; returns its id as rows tell it."""

    def update(self, key: str, at: datetime | None = None, **values: Value) -> None: ...

    def delete(self, key: str) -> None:
        """As a user deletes: into the recycle bin where there is one."""

    def erase(self, key: str) -> None:
        """For good."""

    def undelete(self, key: str) -> None: ...

    def late(self, stamp: datetime, key: str | None = None, **values: Value) -> Callable[[], str]:
        """A change stamped ``stamp`` (a new record without ``key``) that nobody sees before the answer is called."""

    # the org

    def forget_place(self) -> None:
        """Every cursor handed out so far leads nowhere any more."""

    def expire_tokens(self) -> None: ...

    def hide(self, word: str) -> None: ...

    def reveal(self, word: str) -> None: ...

    def uninstall(self) -> None:
        """The optional object is gone from the org."""

    def install(self) -> None: ...

    # the wire

    @property
    def servers(self) -> Sequence[RunningServer]: ...

    def fault(self, where: str, text: str, **options: Any) -> None:
        """Plans a fault of the sandbox for some of the requests.

        ``where``: ``sign-in``; ``calls``, all others; ``metadata`` and ``records`` of the plain object, the latter by
        the road that this world stands for; ``everything``.
        """

    def tokens_issued(self) -> int: ...

    def road_taken(self) -> str:
        """By which road records were asked for so far: ``road``, another one, or both."""

    def left_behind(self) -> list[str]:
        """What the org still holds of reads that have ended: unfinished business that nobody will collect."""

    # the truth

    def truth(self) -> dict[str, Record]:
        """The living plain records by id, by our words, in canonical values; of the org's own storage."""

    def objects(self) -> list[Wanted]:
        """Every object that has records, with every field that can be read."""

    def stored(self, wanted: Wanted) -> dict[str, Record]:
        """Every record of an object that a read shows, by id, in canonical values; of the org's own storage."""

    def business_truth(self) -> Mapping[str, Mapping[str, Record]]:
        """Object -> id -> some fields, in canonical values; of the made-up business alone."""

    def stop(self) -> None: ...


class Workshop:
    """What every world of ours does alike, beside its org."""

    spelt: ClassVar[Mapping[str, str]]

    def __init__(self, authority: Authority, business: Business | None) -> None:
        self.clock = Clock()
        self.ca_bundle = authority.ca_file
        self.business = business
        #: the metadata that an adapter keeps from run to run
        self.cache: dict[str, str] = {}
        self._made: list[Adapter] = []

    @property
    def waits(self) -> dict[str, Any]:
        """Time passes where an adapter waits, and nowhere else."""
        return {"clock": self.clock, "sleep": self.clock.sleep}

    def kept(self, adapter: A) -> A:
        """An adapter that is closed in the end."""
        self._made.append(adapter)
        return adapter

    def named(self, values: Mapping[str, Value]) -> dict[str, Any]:
        """Values by the source's own field names."""
        return {self.spelt[word]: value for word, value in values.items()}

    def in_words(self, record: Mapping[str, Value]) -> Record:
        """The plain object's fields of a record, by our words."""
        return {word: record[field] for word, field in self.spelt.items() if field in record}

    def close(self, servers: Sequence[RunningServer]) -> None:
        """Closes the adapters; no request may have met a bug of the sandbox."""
        for adapter in self._made:
            adapter.close()
        assert [failure for server in servers for failure in server.failures] == []


def split_keys(options: dict[str, Any], model: type[BaseModel]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Keys of a source's settings, and the rest."""
    keys = {name: value for name, value in options.items() if name in model.model_fields}
    return keys, {name: value for name, value in options.items() if name not in keys}


def now() -> datetime:
    """The present second."""
    return datetime.now(UTC).replace(microsecond=0)


def later(minutes: int) -> time_machine.travel:
    """So many minutes from now, for the org and for us."""
    return time_machine.travel(now() + timedelta(minutes=minutes), tick=True)


def run(world: SourceWorld, **options: Any) -> Adapter:
    """An adapter for one run, signed in."""
    adapter = world.adapter(**options)
    adapter.connect()
    return adapter


def mend(world: SourceWorld) -> None:
    """Ends every fault."""
    for server in world.servers:
        server.faults.mend()


def intercept(world: SourceWorld, interceptor: Interceptor | None) -> None:
    """Sets what may take an exchange over, on every server of the world; None: nothing any more."""
    for server in world.servers:
        server.interceptor = interceptor


def same(world: SourceWorld, replica: Any) -> bool:
    """Whether the replica holds the org's living records with their present values, and nothing else."""
    found: dict[str, Record] = replica.in_words(world.spelt)
    return found == world.truth()

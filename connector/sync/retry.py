"""``rejects --retry``: maps rejected records again, and writes what can be mapped now as a sync would.

The fields that were kept of a record are enough as long as the mapping asks for no others; records that need more
are read from the source once more. What fails at one source does not stop the others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from connector import instants
from connector.config import require
from connector.errors import CrossfunnelError, PartlyDone
from connector.mapping import KindMapping, load_mappings
from connector.store import (
    MetadataCache,
    Store,
    delete,
    drop_rejects,
    load,
    mark_pending,
    mark_retried,
    open_store,
    read_rejects,
    refuse_again,
    targets,
)
from connector.store.chunks import chunks
from connector.sync.adapters import ensure_readable, make_adapter
from connector.sync.derive import Deriver, context_of
from connector.sync.hash_key import hash_key
from connector.sync.reattempt import Again, Attempt, prepare
from connector.sync.revived import note_revived
from connector.sync.run import make_context
from connector.sync.tally import Tally

if TYPE_CHECKING:
    from connector.mapping import Mapped, Mappings
    from connector.settings import Settings, Source
    from connector.store.rejects import StoredReject


@dataclass
class Retried:
    """What became of the rejected records: ``dropped`` no longer pass ``keep``, ``left`` are still rejected."""

    loaded: int = 0
    dropped: int = 0
    left: int = 0
    #: what kept a source or object from being tried
    causes: list[CrossfunnelError] = field(default_factory=list)
    #: what was not tried because nothing asks for it any more
    notes: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0 where none is left; the cause's own code where nothing could be done; else 5."""
        if self.causes and not (self.loaded or self.dropped):
            return self.causes[0].exit_code
        return PartlyDone.exit_code if self.causes or self.left else 0

    @property
    def sentence(self) -> str:
        left_out = f", {self.dropped} left out by keep" if self.dropped else ""
        return f"{self.loaded} loaded{left_out}, {self.left} still rejected"


def retry_rejects(settings: Settings) -> Retried:
    """Tries every reject again, source by source.

    Raises MappingError before anything is tried, StoreLocked where a sync runs. Records of sources or objects that
    are configured no longer stay as they are, and are told.
    """
    with open_store(settings.store_path) as store, store.lock:
        with store.read() as conn:
            waiting = _by_source(read_rejects(conn))
        retried = Retried(left=sum(len(found) for objects in waiting.values() for found in objects.values()))
        known = [settings.sources[name] for name in waiting if name in settings.sources]
        mappings = load_mappings(settings.mappings, targets(), sorted({source.kind for source in known}))
        for name, objects in waiting.items():
            if name not in settings.sources:
                retried.notes.append(f"source {name} is configured no longer: {_count(objects)} stay rejected")
                continue
            try:
                _retry_source(store, settings, mappings, settings.sources[name], objects, retried)
            except CrossfunnelError as error:
                retried.causes.append(error)
        return retried


Waiting = dict[str, list["StoredReject"]]


def _by_source(rejects: Iterable[StoredReject]) -> dict[str, Waiting]:
    found: dict[str, Waiting] = defaultdict(lambda: defaultdict(list))
    for reject in rejects:
        found[reject.source][reject.object].append(reject)
    return found


def _count(objects: Waiting) -> str:
    return f"{sum(map(len, objects.values()))} records"


def _retry_source(
    store: Store, settings: Settings, mappings: Mappings, source: Source, waiting: Waiting, retried: Retried
) -> None:
    mapped = mappings.kinds[source.kind].objects
    for name in waiting.keys() - mapped.keys():
        retried.notes.append(f"{source.name}: {name} is mapped no longer: {len(waiting[name])} records stay rejected")
    chosen = KindMapping(source.kind, {name: mapped[name] for name in waiting if name in mapped})
    if not chosen.objects:
        return
    require(settings, [source.name])
    ensure_readable([source])
    key = hash_key(store, chosen.objects.values())
    with store.read() as conn:
        cache = MetadataCache.read(conn, source.name)
    # the source is asked for everything before the store is written
    found = list(prepare(make_adapter(source, cache), chosen, make_context(source, settings, key), waiting))
    retried.causes += [each for each in found if isinstance(each, CrossfunnelError)]
    deriver = Deriver(context_of(settings, mappings))
    with store.write() as conn:
        for attempt in (each for each in found if isinstance(each, Attempt)):
            _try(conn, source.name, attempt, deriver, retried)
        deriver.finish(conn)
        cache.save(conn)


def _try(conn: Connection, source: str, attempt: Attempt, deriver: Deriver, retried: Retried) -> None:
    now = instants.now()
    mark_retried(conn, attempt.unmet, at=now)
    for some in _told_apart(attempt.records):
        mapped = attempt.mapper.map([each.row for each in some])
        numbers = {each.source_id: each.number for each in some}
        refused = {numbers[reject.source_id]: reject for reject in mapped.rejects}
        refuse_again(conn, refused, at=now)
        drop_rejects(conn, set(numbers.values()) - refused.keys())
        if mapped.accepted or mapped.dropped:
            _write(conn, source, attempt.mapping.object, mapped, now)
            deriver.touch(conn)
        retried.loaded += len(mapped.accepted)
        retried.dropped += len(mapped.dropped)
        retried.left -= len(some) - len(refused)


def _told_apart(records: Sequence[Again]) -> Iterator[list[Again]]:
    """The records in bounded lists; one without an id is alone in its list, for nothing else tells it."""
    yield from chunks(each for each in records if each.source_id is not None)
    yield from chunks((each for each in records if each.source_id is None), 1)


def _write(conn: Connection, source: str, source_object: str, mapped: Mapped, now: str) -> None:
    tally = Tally(mapped)
    for output in mapped.outputs:
        rows = mapped.rows[output.table]
        if output.table == "opportunity":
            note_revived(conn, source, rows)
        loaded = load(conn, output.table, output.columns, rows, synced_at=now, fresh=False)
        tally.add(output.table, output.columns, rows, loaded)
        gone = delete(conn, output.table, source, source_object, mapped.dropped, synced_at=now)
        tally.mark(output.table, gone)
    mark_pending(conn, tally.touched_deals(conn))

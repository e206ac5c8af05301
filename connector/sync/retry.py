"""``rejects --retry``: maps rejected records again, from the fields that were kept of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from connector import instants
from connector.adapters.base import Shape
from connector.config import require
from connector.mapping import load_mappings
from connector.store import Store, drop_rejects, load, mark_pending, mark_retried, open_store, read_rejects, targets
from connector.sync.adapters import make_adapter
from connector.sync.derive import Deriver, context_of
from connector.sync.run import make_context
from connector.sync.tally import Tally

if TYPE_CHECKING:
    from connector.mapping import Mappings, RowMapper
    from connector.settings import Settings, Source
    from connector.store.rejects import StoredReject


@dataclass
class Retried:
    """How many rejected records could be mapped now, and how many still cannot."""

    loaded: int = 0
    left: int = 0


def retry_rejects(settings: Settings) -> Retried:
    """Tries every reject of every configured source again; asks a source only for what its lookups need.

    Raises what signing in raises. Records of sources or objects that are configured no longer stay as they are.
    """
    with open_store(settings.store_path) as store, store.lock:
        with store.read() as conn:
            waiting = _by_source(read_rejects(conn))
        retried = Retried(left=sum(len(found) for per in waiting.values() for found in per.values()))
        known = [name for name in waiting if name in settings.sources]
        if not known:
            return retried
        sources = require(settings, known)
        mappings = load_mappings(settings.mappings, targets(), sorted({source.kind for source in sources}))
        for source in sources:
            _retry_source(store, settings, mappings, source, waiting[source.name], retried)
        return retried


Waiting = dict[str, list["StoredReject"]]


def _by_source(rejects: Iterable[StoredReject]) -> dict[str, Waiting]:
    found: dict[str, Waiting] = defaultdict(lambda: defaultdict(list))
    for reject in rejects:
        found[reject.source][reject.object].append(reject)
    return found


def _retry_source(
    store: Store, settings: Settings, mappings: Mappings, source: Source, waiting: Waiting, retried: Retried
) -> None:
    mapping = mappings.kinds[source.kind]
    adapter = make_adapter(source, {})
    try:
        adapter.connect()
        frame = adapter.frame(mapping.lookups(), mapping.labels())
        context = replace(make_context(source, settings, mapping.objects.values(), store.path), frame=frame)
        mappers: dict[str, tuple[Shape, RowMapper]] = {}
        for name in waiting:
            if name in mapping.objects:
                shape = adapter.shape(mapping.objects[name].wanted)
                mappers[name] = (shape, mapping.objects[name].compile(shape, context))
    finally:
        adapter.close()
    deriver = Deriver(context_of(settings, mappings))
    with store.write() as conn:
        for name, (shape, mapper) in mappers.items():
            _retry_object(conn, shape, mapper, waiting[name], retried)
        deriver.finish(conn)


def _retry_object(
    conn: Connection, shape: Shape, mapper: RowMapper, rejects: Sequence[StoredReject], retried: Retried
) -> None:
    now = instants.now()
    for reject in rejects:
        mapped = mapper.map([tuple(reject.fields.get(column) for column in shape.columns)])
        if mapped.rejects:
            mark_retried(conn, [reject.reject_id], at=now)
            continue
        tally = Tally(mapped)
        for output in mapped.outputs:
            rows = mapped.rows[output.table]
            loaded = load(conn, output.table, output.columns, rows, synced_at=now, fresh=False)
            tally.add(output.table, output.columns, rows, loaded)
        mark_pending(conn, tally.touched_deals(conn))
        drop_rejects(conn, [reject.reject_id])
        retried.loaded += 1
        retried.left -= 1

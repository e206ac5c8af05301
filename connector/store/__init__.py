"""The unified store: tables, migrations, batch upsert, cursors, rejects, run log, analyst views.

Nothing here commits: each function takes the Connection of a transaction that the caller opened, so that the
rows, rejects, cursor and run log of one page stand or fall together.

::

    engine.py    open_store(path, *, write=True) -> Store
                 Store.write() / Store.read()          context managers -> Connection (BEGIN IMMEDIATE / snapshot)
                 Store.lock                            the one-writer lock (with store.lock: …), re-entrant
                 Store.checkpoint(), Store.close(); driver(conn) -> sqlite3.Connection for hot paths
    lock.py      StoreLock(path)                       acquire() raises StoreLocked at once; release(); with
    tables.py    targets() -> Targets                  what mappings may fill: table -> column -> ColumnKind
                 MAPPABLE, COMPUTED, RECORDED, SUPERSEDED, OPERATOR, VERSIONS; table(name), references()
                 columns_marked(name, mark)
    load.py      load(conn, table, columns, rows, *, synced_at, fresh) -> Loaded(changed: list[str], unchanged: int)
    delete.py    delete(conn, table, source, source_object, gone, *, synced_at) -> list[str]
                                                       gone: source ids, or {source id: instant of deletion | None}
    seen.py      SeenIds.begin(conn, source, source_object, tables); .add(source_ids); .missing(conn) -> lists; .close()
                 has_rows(conn, table, source, source_object) -> bool     False: the first load may be fresh
                 any_deleted(conn, table, ids) -> bool
    versions.py  supersede(conn, table, ids, *, known_to)                 load and delete call it themselves
    cursors.py   read_cursor(conn, source, object) -> StoredCursor(cursor, fingerprint, updated_at) | None
                 write_cursor(conn, source, object, cursor, *, fingerprint, run_id, at); forget_cursor(…)
    rejects.py   write_rejects(conn, source, object, refused, *, run_id, retried_at=None)
                 resolve_rejects(conn, source, object, source_ids) -> int; read_rejects(conn, *, source, source_object)
                 list_rejects(…) -> list; has_rejects(…)
                 drop_rejects(conn, reject_ids); mark_retried(conn, reject_ids, *, at)
                 refuse_again(conn, {reject_id: refusal}, *, at)
                 forget_unmet(conn, source, object, *, run_id, modified_field, since)  after a whole read
    runlog.py    begin_run(conn, run_id, *, at); log_object(conn, ObjectLog(…));
                 finish_run(conn, run_id, *, status, exit_code, summary, at)
    missing.py   write_missing(conn, source, object, fields, *, at) -> revealed fields
                 missing_fields(conn, source, object); missing_count(conn, source)
    drift.py     write_drift(conn, source, object, field, {value: count}, *, at)
    metadata.py  MetadataCache.read(conn, source): MutableMapping[str, str] for adapters; .save(conn)
    settings.py  get_setting(conn, name), set_setting(conn, name, value | None); BASE_CURRENCY (the views read it)
    pending.py   mark_pending(conn, ids), mark_all_pending(conn), all_pending(conn)
                 has_pending(conn), pending_deals(conn) -> lists, clear_pending(conn, ids=None)
    indexes.py   build_indexes(conn, tables=None), drop_indexes(conn, tables)  a new store has none until built
    retention.py prune(conn, *, versions_before, rejects_before)
    payouts.py   record_payouts(conn, [Due(…)], *, at) -> ids
    status.py    read_status(conn, sources=(), *, runs=5) -> StoreStatus
    dictionary.py entries(), markdown(): the data dictionary
"""

from connector.store.cursors import StoredCursor, forget_cursor, read_cursor, write_cursor
from connector.store.delete import delete
from connector.store.drift import write_drift
from connector.store.engine import Store, driver, open_store
from connector.store.indexes import build_indexes, drop_indexes
from connector.store.load import Loaded, load
from connector.store.lock import StoreLock
from connector.store.metadata import MetadataCache
from connector.store.missing import WHOLE_OBJECT, forget_unmapped, missing_count, missing_fields, write_missing
from connector.store.payouts import Due, record_payouts
from connector.store.pending import (
    all_pending,
    clear_pending,
    has_pending,
    mark_all_pending,
    mark_pending,
    pending_deals,
)
from connector.store.rejects import (
    StoredReject,
    drop_rejects,
    forget_nameless,
    forget_unmet,
    has_rejects,
    list_rejects,
    mark_retried,
    read_rejects,
    refuse_again,
    resolve_rejects,
    write_rejects,
)
from connector.store.retention import prune
from connector.store.runlog import ObjectLog, begin_run, finish_run, log_object
from connector.store.seen import SeenIds, any_deleted, has_rows
from connector.store.settings import BASE_CURRENCY, get_setting, set_setting
from connector.store.status import StoreStatus, read_status
from connector.store.tables import targets

__all__ = [
    "BASE_CURRENCY",
    "WHOLE_OBJECT",
    "Due",
    "Loaded",
    "MetadataCache",
    "ObjectLog",
    "SeenIds",
    "Store",
    "StoreLock",
    "StoreStatus",
    "StoredCursor",
    "StoredReject",
    "all_pending",
    "any_deleted",
    "begin_run",
    "build_indexes",
    "clear_pending",
    "delete",
    "driver",
    "drop_indexes",
    "drop_rejects",
    "finish_run",
    "forget_cursor",
    "forget_nameless",
    "forget_unmapped",
    "forget_unmet",
    "get_setting",
    "has_pending",
    "has_rejects",
    "has_rows",
    "list_rejects",
    "load",
    "log_object",
    "mark_all_pending",
    "mark_pending",
    "mark_retried",
    "missing_count",
    "missing_fields",
    "open_store",
    "pending_deals",
    "prune",
    "read_cursor",
    "read_rejects",
    "read_status",
    "record_payouts",
    "refuse_again",
    "resolve_rejects",
    "set_setting",
    "targets",
    "write_cursor",
    "write_drift",
    "write_missing",
    "write_rejects",
]

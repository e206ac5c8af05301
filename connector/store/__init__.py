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
                 MAPPABLE, COMPUTED, OPERATOR, table(name), references(), columns_marked(name, mark)
    load.py      load(conn, table, columns, rows, *, synced_at, fresh) -> Loaded(changed: list[str], unchanged: int)
    delete.py    delete(conn, table, source, source_object, gone, *, synced_at) -> list[str]
                                                       gone: source ids, or {source id: instant of deletion | None}
    seen.py      SeenIds.begin(conn, source, source_object, tables); .add(source_ids); .missing(conn) -> lists; .close()
                 has_rows(conn, table, source, source_object) -> bool     False: the first load may be fresh
    versions.py  supersede(conn, table, ids, *, known_to)                 load and delete call it themselves
    cursors.py   read_cursor(conn, source, object) -> StoredCursor(cursor, fingerprint, updated_at) | None
                 write_cursor(conn, source, object, cursor, *, fingerprint, run_id, at); forget_cursor(…)
    rejects.py   write_rejects(conn, source, object, refused, *, run_id, retried_at=None)
                 resolve_rejects(conn, source, object, source_ids) -> int; read_rejects(conn, *, source, source_object)
                 has_rejects(…), drop_rejects(conn, reject_ids), mark_retried(conn, reject_ids, *, at)
    runlog.py    begin_run(conn, run_id, *, at); log_object(conn, ObjectLog(…));
                 finish_run(conn, run_id, *, status, exit_code, summary, at)
    missing.py   write_missing(conn, source, object, fields, *, at) -> revealed fields; missing_fields(…); WHOLE_OBJECT
    drift.py     write_drift(conn, source, object, field, {value: count}, *, at)
    metadata.py  MetadataCache.read(conn, source): MutableMapping[str, str] for adapters; .save(conn)
    settings.py  get_setting(conn, name), set_setting(conn, name, value | None); BASE_CURRENCY (the views read it)
    pending.py   mark_pending(conn, ids), has_pending(conn), pending_deals(conn) -> lists, clear_pending(conn, ids=None)
    indexes.py   build_indexes(conn, tables=None), drop_indexes(conn, tables)  a new store has none until built
    retention.py prune(conn, *, versions_before, rejects_before)
    status.py    what `crossfunnel status` tells
    dictionary.py entries(), markdown(): the data dictionary
"""

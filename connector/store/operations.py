"""The operator's tables: what was read when, what was refused, and what the orgs lack."""

from sqlmodel import Field, SQLModel

from connector.store.columns import column, count, key


class SyncRun(SQLModel, table=True):
    """One run of sync."""

    __tablename__ = "sync_run"
    run_id: str = key("Id of the run")
    started_at: str | None = column("instant", "When it began")
    finished_at: str | None = column("instant", "When it ended, NULL while it runs or where it was killed")
    status: str | None = column("text", "running, ok, partial, failed or interrupted")
    exit_code: int | None = column("integer", "Exit code of the command")
    summary: str | None = column("json", "The JSON summary that the command printed")


class SyncRunObject(SQLModel, table=True):
    """What one run did with one source object; fetched = loaded + unchanged + rejected + deleted."""

    __tablename__ = "sync_run_object"
    run_id: str = key("Id of the run")
    source: str = key("Source")
    object: str = key("Object of the source")
    table_name: str | None = column("text", "Unified table, or tables joined by a comma")
    status: str | None = column(
        "text",
        "running, ok, absent (the org has no such object), failed, interrupted, or not read as the whole source failed",
    )
    fetched: int = count("Records that the source handed over")
    loaded: int = count("Records that changed the store")
    unchanged: int = count(
        "Records that changed nothing: the store had them already, `keep` of the mapping passes over them, or they "
        "were deleted before the store had them"
    )
    rejected: int = count("Records that could not be mapped")
    deleted: int = count("Records that became deleted")
    requests: int = count("HTTP requests")
    seconds: float | None = column("number", "Seconds from its first request to its last commit")
    error_code: str | None = column("text", "Code of the error that ended it")
    message: str | None = column("text", "That error in one sentence")


class SyncCursor(SQLModel, table=True):
    """Where the next run of one source object starts; never ahead of committed rows."""

    __tablename__ = "sync_cursor"
    source: str = key("Source")
    object: str = key("Object of the source")
    cursor: str | None = column("json", "The adapter's own place mark")
    fingerprint: str | None = column(
        "text", "Hash of the rules and visible fields it was read with; another one means read again"
    )
    updated_at: str | None = column("instant", "When it last moved")
    run_id: str | None = column("text", "Run that moved it")


class SourceMetadata(SQLModel, table=True):
    """Metadata of an org that is cheap to keep and dear to ask."""

    __tablename__ = "source_metadata"
    source: str = key("Source")
    name: str = key("What it is about")
    body: str | None = column("json", "The metadata, with the version it was read at")


class Reject(SQLModel, table=True):
    """A record that could not be mapped, kept until it can."""

    reject_id: int | None = Field(default=None, primary_key=True, description="Row number")
    source: str | None = column("text", "Source")
    object: str | None = column("text", "Object of the source")
    source_id: str | None = column("text", "Id in the source, NULL where it has none")
    rule: str | None = column("text", "Unified column or op that refused it")
    message: str | None = column("text", "Why")
    run_id: str | None = column("text", "Run that met it")
    retried_at: str | None = column("instant", "When it was last tried again")
    fields: str | None = column("json", "The fields that the mapping asked for, privacy columns hashed")


class MissingField(SQLModel, table=True):
    """A mapped object or field that the org lacks or hides from us."""

    __tablename__ = "missing_field"
    source: str = key("Source")
    object: str = key("Object of the source")
    field: str = key("Field, or * for the whole object")
    first_seen_at: str | None = column("instant", "When it was first missed")


class Drift(SQLModel, table=True):
    """A value of the org that no mapping entry claims."""

    source: str = key("Source")
    object: str = key("Object of the source")
    field: str = key("Field")
    value: str = key("Unclaimed value")
    count: int | None = column("integer", "Rows that carry it now")
    first_seen_at: str | None = column("instant", "When it was first met")


class PendingDeal(SQLModel, table=True):
    """A deal whose derived rows are to be rebuilt before the run ends; empty between runs."""

    __tablename__ = "pending_deal"
    opportunity_id: str = key("Deal")


class Setting(SQLModel, table=True):
    """What the derived columns were computed with, so that a changed file or setting recomputes them."""

    __tablename__ = "store_setting"
    name: str = key("Name")
    value: str | None = column("text", "Value")

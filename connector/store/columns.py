"""The kinds of columns that the unified model knows, and the columns that every record table has.

A kind says how a value is spelt (see the table in design of the store): the mapping compiler reads it to
know what a rule must yield, the data dictionary to say what a column means. It must not know any table.
"""

from typing import Any

from sqlalchemy import text as sql
from sqlmodel import Field, SQLModel

#: kind -> how its values are spelt in the store
KINDS = {
    "text": "text",
    "instant": "UTC text YYYY-MM-DDTHH:MM:SSZ",
    "day": "text YYYY-MM-DD",
    "minor": "integer minor units of the row's currency, by its ISO 4217 exponent",
    "integer": "integer",
    "flag": "0 or 1",
    "share": "number from 0 to 1",
    "number": "number",
    "decimal": "decimal number as text, exact",
    "ref": "unified id of another row, kept even where that row never came",
    "status": "one word of a closed list",
    "json": "JSON object",
}


def column(
    kind: str, description: str, *, derived: bool = False, completed: bool = False, info: Any = None, **options: Any
) -> Any:
    """A nullable column of a kind, described for the data dictionary; ``options`` go to SQLModel's Field.

    ``derived`` columns are computed from other rows and never come from a mapping; ``completed`` ones come
    from a mapping where it fills them, and are computed where it leaves them NULL.
    """
    if kind not in KINDS:
        raise ValueError(kind)
    kwargs = options.pop("sa_column_kwargs", {})
    options.setdefault("default", None)
    marks = {"kind": kind, "derived": derived, "completed": completed, **(info or {})}
    return Field(
        description=description,
        sa_column_kwargs={"comment": description, "info": marks, **kwargs},
        **options,
    )


def count(description: str) -> Any:
    """A whole number from 0, never NULL."""
    return column("integer", description, default=0, sa_column_kwargs={"server_default": sql("0"), "nullable": False})


def key(description: str) -> Any:
    """A text primary key."""
    return column("text", description, primary_key=True)


def random_key(description: str) -> Any:
    """A text primary key that fills itself, for tables that analysts may also fill by hand."""
    return column(
        "text",
        description,
        primary_key=True,
        sa_column_kwargs={"server_default": sql("(lower(hex(randomblob(16))))")},
    )


def ref(table: str, description: str, *, derived: bool = False) -> Any:
    """A reference to a row of ``table`` by unified id, without a database constraint."""
    return column("ref", description, derived=derived, info={"table": table})


def words(description: str, *allowed: str, completed: bool = False, decisive: bool = False) -> Any:
    """A column that holds one word of a closed list.

    By a ``decisive`` one measures tell rows apart: another word put in by hand would count as something it is not.
    """
    told = f"{description}: {', '.join(allowed)}"
    return column("status", told, completed=completed, info={"words": allowed, "decisive": decisive})


def flag(description: str, *, default: int | None = None) -> Any:
    """0 or 1; with a default, never NULL."""
    if default is None:
        return column("flag", description)
    return column(
        "flag",
        description,
        default=default,
        sa_column_kwargs={"server_default": sql(str(default)), "nullable": False},
    )


class Record(SQLModel):
    """The columns that every record table has."""

    id: str = random_key("Unified id: <source>:<source_id>; fills itself where a row is put in by hand without one")
    source: str | None = column("text", "Name of the configured source the row came from")
    source_id: str | None = column("text", "Id in the source: 18 characters for Salesforce, GUID in lower case")
    source_object: str | None = column("text", "Object of the source that the row was made from")
    is_deleted: int = flag("1 once the source deleted the record; its last values stay", default=0)
    source_modified_at: str | None = column("instant", "When the source last changed the record")
    synced_at: str | None = column("instant", "When the row last changed in this store; a replay leaves it")
    extra: str | None = column("json", "Mapped fields that are no unified columns, by the name given in the mapping")


class Computed(SQLModel):
    """The common columns on a table whose rows are computed: empty there, free for rows put in by hand."""

    source: str | None = column("text", "Source, where a row put in by hand names one")
    source_id: str | None = column("text", "Id in the source, where a row put in by hand names one")
    source_object: str | None = column("text", "Object of the source, where a row put in by hand names one")
    is_deleted: int = flag("Always 0: a computed row that no longer holds is gone", default=0)
    source_modified_at: str | None = column("instant", "Change in the source, where a row put in by hand names one")
    synced_at: str | None = column("instant", "Left empty: the row follows from others")
    extra: str | None = column("json", "Left empty: no mapping fills the row")

"""Notices what a person changes in the store by SQL: triggers note it, and forget what was derived from what changed.

A sync derives what it loads, so only rows put in by hand are watched: records that lack what every load writes, and
the computed tables, whose rows no load writes. The triggers stand from the end of one derivation to the start of the
next, and are absent during a first load, so that neither pays for them. They must never touch a value that the person
gave.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from connector.store.tables import COMPUTED, MAPPABLE, kind_of, table

PREFIX = "handwork_"
#: setting under which rows are noted that concern no single deal
TOUCHED = "derive.touched"

#: table -> its column that names the deal which is due when a row changes
_OF_DEALS = {"opportunity": "id", "stage_event": "opportunity_id", "stage_visit": "opportunity_id"}
_OTHERS = (
    "lead",
    "crm_user",
    "team",
    "person",
    "membership",
    "quota",
    "fx_rate",
    "source_stage",
    "activity",
    "campaign",
    "satisfaction",
    "opportunity_split",
    "campaign_member",
)
_SIDES = {"insert": ("NEW",), "update": ("OLD", "NEW"), "delete": ("OLD",)}


def is_watched(conn: Connection) -> bool:
    """Whether the triggers stand: without them, anything may have changed."""
    return _standing(conn) == [name for name, _ in sorted(_triggers())]


def watch(conn: Connection) -> None:
    """Puts the triggers up, once everything that is there has been derived. Never commits."""
    unwatch(conn)
    for name, text in _triggers():
        conn.exec_driver_sql(f"CREATE TRIGGER {name} {text}")


def unwatch(conn: Connection) -> None:
    """Takes the triggers down, before rows are written that nobody needs to note. Never commits."""
    for name in _standing(conn):
        conn.exec_driver_sql(f"DROP TRIGGER {name}")


def _standing(conn: Connection) -> list[str]:
    rows = conn.exec_driver_sql(
        "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name >= ? AND name < ? ORDER BY name",
        (PREFIX, PREFIX + "~"),
    )
    return [str(name) for (name,) in rows]


def _triggers() -> Iterator[tuple[str, str]]:
    """Name and text of every trigger."""
    for name, deal in _OF_DEALS.items():
        for event, sides in _SIDES.items():
            for side in sides:
                yield f"{PREFIX}{name}_{event}_{side.lower()}", _note_deal(name, event, side, deal)
    for name in _OTHERS:
        for event, sides in _SIDES.items():
            yield f"{PREFIX}{name}_{event}", _note_other(name, event, sides[-1])
    for name, day, instant in _days():
        yield f"{PREFIX}{name}_{day}", _forget_day(name, day, instant)
    yield f"{PREFIX}opportunity_value", _FORGET_VALUE
    for event in ("update", "delete"):
        yield f"{PREFIX}stage_event_{event}_closing", _FORGET_CLOSING.format(event=event)
    for event, side in (("insert", "NEW"), ("update OF team_id", "NEW"), ("delete", "OLD")):
        yield f"{PREFIX}crm_user_{event[:6]}_team", _FORGET_TEAM.format(event=event, side=side)
    for event in ("update OF name", "delete"):
        yield f"{PREFIX}crm_user_{event[:6]}_name", _FORGET_NAME.format(event=event)


def _by_hand(name: str, side: str, deal: str = "") -> str:
    if name in MAPPABLE:
        return f"({side}.source_object IS NULL OR {side}.synced_at IS NULL)"
    if deal:
        return f"NOT EXISTS (SELECT 1 FROM opportunity WHERE id = {side}.{deal} AND source_object IS NOT NULL)"
    return "1"


def _note_deal(name: str, event: str, side: str, deal: str) -> str:
    """The deal is due. If it had events when it was last derived, its visits were told by them, and go.

    A deal that is noted already may have got visits by hand since, and these stay: hence the guard, and noting first.
    """
    itself = ""
    if side == "NEW" and name == "stage_event":
        itself = "AND id <> NEW.id"
    keep = "AND rowid <> NEW.rowid" if side == "NEW" and name == "stage_visit" else ""
    had_events = f"EXISTS (SELECT 1 FROM stage_event WHERE opportunity_id = {side}.{deal} {itself})"
    if side == "OLD" and name == "stage_event":
        had_events = "1"
    return f"""
        AFTER {event} ON {name}
        WHEN {_by_hand(name, side, deal)} AND {side}.{deal} IS NOT NULL
          AND NOT EXISTS (SELECT 1 FROM pending_deal WHERE opportunity_id = {side}.{deal})
        BEGIN
          INSERT INTO pending_deal (opportunity_id) VALUES ({side}.{deal});
          DELETE FROM stage_visit WHERE opportunity_id = {side}.{deal} {keep} AND {had_events};
        END"""


def _note_other(name: str, event: str, side: str) -> str:
    return f"""
        AFTER {event} ON {name}
        WHEN {_by_hand(name, side)} AND NOT EXISTS (SELECT 1 FROM store_setting WHERE name = '{TOUCHED}')
        BEGIN
          INSERT INTO store_setting (name, value) VALUES ('{TOUCHED}', '1');
        END"""


def _days() -> Iterator[tuple[str, str, str]]:
    """Every (table, day column, instant column beside it) of rows that may come by hand."""
    for name in (*MAPPABLE, *COMPUTED):
        columns = {column.name: column for column in table(name).columns}
        for day in columns:
            instant = day.removesuffix("_on") + "_at"
            if day.endswith("_on") and instant in columns and kind_of(columns[instant]) == "instant":
                yield name, day, instant


def _forget_day(name: str, day: str, instant: str) -> str:
    """Another instant, and the day beside it left as it was: then it was told by the old one."""
    return f"""
        AFTER update OF {instant} ON {name}
        WHEN {_by_hand(name, "NEW", _OF_DEALS.get(name, ""))}
          AND NEW.{instant} IS NOT OLD.{instant} AND NEW.{day} IS OLD.{day}
        BEGIN
          UPDATE {name} SET {day} = NULL WHERE rowid = NEW.rowid;
        END"""


#: with an amount the value is computed anyway
_FORGET_VALUE = """
    AFTER update OF amount_minor ON opportunity
    WHEN (NEW.source_object IS NULL OR NEW.synced_at IS NULL)
      AND NEW.amount_minor IS NULL AND OLD.amount_minor IS NOT NULL
      AND NEW.base_minor IS OLD.base_minor
    BEGIN
      UPDATE opportunity SET base_minor = NULL WHERE rowid = NEW.rowid;
    END"""

_FORGET_CLOSING = """
    AFTER {event} ON stage_event WHEN OLD.source_object IS NULL AND OLD.occurred_at IS NOT NULL
    BEGIN
      UPDATE opportunity SET closed_at = NULL
      WHERE id = OLD.opportunity_id AND source_object IS NULL AND closed_at = OLD.occurred_at;
    END"""

#: the id says that the membership was told from the user's team
_FORGET_TEAM = """
    AFTER {event} ON crm_user WHEN {side}.source_object IS NULL
    BEGIN
      DELETE FROM membership WHERE id = {side}.id || '@';
    END"""

_FORGET_NAME = """
    AFTER {event} ON crm_user WHEN OLD.source_object IS NULL
    BEGIN
      UPDATE person SET name = NULL WHERE id = OLD.person_id AND name = OLD.name AND length(id) = 71;
    END"""

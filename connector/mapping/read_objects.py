"""The ``objects`` of a mapping file -> ObjectMapping, with every mistake noted. Knows no file and no source."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from connector.errors import Place
from connector.mapping.findings import Findings
from connector.mapping.model import KindMapping, ObjectMapping, RowGroup
from connector.mapping.nodes import Entries, Items, Node, Scalar, spelt
from connector.mapping.read_rules import RuleReader
from connector.mapping.rules import ITEM, PLACE, Copy, Rule, walk
from connector.mapping.shapes import entries_of, flag_of, list_of, text_of, texts_of, unknown_keys
from connector.mapping.target import ColumnKind, Targets

EXTRA = "extra"
_OBJECT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_SIMPLE = ("table", "fields", "keep", "reference", "optional")
_ROWS = ("rows", "keep", "reference", "optional")
_GROUP = ("table", "each", "key", "keep", "fields")
#: columns that no rule may fill, and what does
_OWN = {
    "id": "made of the source's name and the record's id",
    "source": "the name of the configured source",
    "source_id": "the record's id",
    "source_object": "the name of the object",
    "is_deleted": "what the source says of deletions",
    "source_modified_at": "the record's own modification time",
    "synced_at": "when the row last changed in the store",
    "person_id": "worked out from the user's e-mail address and people.yaml",
    "stage": "worked out from source_stage and funnel.yaml",
    "base_minor": "worked out from amount_minor and the exchange rates",
    "closed_at": "worked out from the stage events",
    "crm_stage": "filled with source_stage as the source shows it",
    "duplicate_of": "worked out from match.yaml",
}


class ObjectsReader:
    """Reads the objects of one file."""

    def __init__(self, targets: Targets, findings: Findings) -> None:
        self._targets = targets
        self._findings = findings

    def kind(self, kind: str, tree: Entries) -> KindMapping:
        """The whole file of a kind of source."""
        unknown_keys(tree, ("version", "extends", "objects"), self._findings)
        objects = entries_of(tree.get("objects"), "objects", self._findings)
        if objects is None:
            if "objects" not in tree.values:
                self._findings.add(tree.place, "objects is missing: {Object: {table: ..., fields: {...}}, ...}")
            return KindMapping(kind, {})
        found = {}
        for name, node in objects.values.items():
            place = objects.keys[name]
            if not isinstance(name, str) or not _OBJECT.match(name):
                self._findings.add(place, f"{str(name)[:40]!r} is no object name")
                continue
            entry = entries_of(node, f"object {name}", self._findings)
            if entry is not None:
                found[name] = self._object(name, entry, place)
        return KindMapping(kind, found)

    def _object(self, name: str, entry: Entries, place: Place) -> ObjectMapping:
        rules = RuleReader(self._targets, self._findings)
        unknown_keys(entry, _ROWS if "rows" in entry.values else _SIMPLE, self._findings)
        keep = rules.conditions(entry.values["keep"]) if "keep" in entry.values else ()
        groups: list[RowGroup] = []
        if "rows" in entry.values:
            for node in list_of(entry, "rows", self._findings):
                one = entries_of(node, "an entry of rows", self._findings)
                if one is not None:
                    groups += self._group(one, one.place, rules)
            self._check_keys(entry.keys["rows"], groups)
        else:
            groups = self._plain_groups(entry, place, rules)
        for group in groups:
            if group.each is None and _names_parts(group):
                self._findings.add(place, f"{name}: {ITEM} and {PLACE} exist only in an entry of rows with each")
        reference = flag_of(entry, "reference", self._findings, default=False)
        optional = flag_of(entry, "optional", self._findings, default=False)
        return ObjectMapping(name, tuple(groups), keep, reference, {name: place, **rules.places}, optional)

    def _check_keys(self, place: Place, groups: list[RowGroup]) -> None:
        """Several rows of one record in one table need a key, or they would overwrite each other."""
        tables = Counter(group.table for group in groups)
        for group in groups:
            if tables[group.table] > 1 and not group.key and group.each is None:
                message = f"several entries of rows go to {group.table}; each needs a key: FIELD that tells them apart"
                self._findings.add(place, message)

    def _plain_groups(self, entry: Entries, place: Place, rules: RuleReader) -> list[RowGroup]:
        tables = self._tables(entry, place)
        fields = self._fields(entry, place)
        if fields is None:
            return []
        if not tables:
            self._check_rules(fields, rules)
            return []
        groups = []
        used: set[object] = set()
        for table in tables:
            own: dict[str, tuple[Node, Place]] = {}
            for key, node in fields.values.items():
                column = self._column_for(str(key), table, tables)
                if column is not None:
                    used.add(key)
                    # "contact.name" beats "name" for that table
                    if "." in str(key).removeprefix(f"{EXTRA}.") or column not in own:
                        own[column] = (node, fields.keys[key])
            groups.append(self._columns(table, own, rules))
        for key, at in fields.keys.items():
            if key not in used:
                self._unknown_column(str(key), at, tables)
        return groups

    def _column_for(self, key: str, table: str, tables: list[str]) -> str | None:
        """What a key of fields means for one table: a column, ``extra.x``, or nothing."""
        head, _, rest = key.partition(".")
        if rest and head in tables:
            if head != table:
                return None
            key, head = rest, rest.partition(".")[0]
        if head == EXTRA and key != EXTRA:
            return key if EXTRA in self._targets[table] else None
        return key if key in self._targets[table] and key not in _OWN and key != EXTRA else None

    def _unknown_column(self, key: str, place: Place, tables: list[str]) -> None:
        name = key.partition(".")[2] if key.partition(".")[0] in tables else key
        shown = " or ".join(tables)
        if name in _OWN:
            self._findings.add(place, f"{name} of {shown} cannot be mapped: it is {_OWN[name]}")
        elif name == EXTRA:
            self._findings.add(place, "extra is filled field by field: extra.NAME: FIELD")
        elif name.startswith(f"{EXTRA}."):
            self._findings.add(place, f"{shown} has no extra, so {name} cannot be kept")
        else:
            known = {column for table in tables for column in self._targets[table]} - set(_OWN) - {EXTRA}
            self._findings.unknown(place, f"column of {shown}:", name, known)

    def _group(self, entry: Entries, place: Place, rules: RuleReader) -> list[RowGroup]:
        """One entry of ``rows``."""
        unknown_keys(entry, _GROUP, self._findings)
        table = text_of(entry, "table", self._findings, required=True)
        fields = self._fields(entry, place)
        if table is None or fields is None:
            return []
        table = self._table_meant(table, entry.values["table"].place)
        if table is None:
            self._check_rules(fields, rules)
            return []
        own: dict[str, tuple[Node, Place]] = {}
        for key, node in fields.values.items():
            column = self._column_for(str(key), table, [table])
            if column is None:
                self._unknown_column(str(key), fields.keys[key], [table])
            else:
                own[column] = (node, fields.keys[key])
        group = self._columns(table, own, rules)
        each = rules.field(entry.values["each"]) if "each" in entry.values else None
        keep = rules.conditions(entry.values["keep"]) if "keep" in entry.values else ()
        key_node = entry.get("key")
        nodes = key_node.items if isinstance(key_node, Items) else () if key_node is None else (key_node,)
        return [replace(group, each=each, keep=keep, key=tuple(rules.rule(node) for node in nodes))]

    def _columns(self, table: str, own: Mapping[str, tuple[Node, Place]], rules: RuleReader) -> RowGroup:
        columns: dict[str, Rule] = {}
        extras: dict[str, Rule] = {}
        kinds = self._targets[table]
        for column, (node, place) in own.items():
            if isinstance(node, Scalar) and node.value is None:
                message = (
                    f"{column}: null takes an entry of the packaged file away, and there is none; write {{const: null}}"
                )
                self._findings.add(place, message)
            elif column.startswith(f"{EXTRA}."):
                extras[column.removeprefix(f"{EXTRA}.")] = rules.rule(node)
            else:
                columns[column] = rules.rule(node, kinds.get(column, ColumnKind("text")), column)
        return RowGroup(table, columns, extras, kinds)

    def _tables(self, entry: Entries, place: Place) -> list[str]:
        node = entry.get("table")
        if node is None:
            self._findings.add(place, "table is missing: the unified table that the object feeds")
            return []
        if isinstance(node, Items):
            names = texts_of(entry, "table", self._findings)
        elif isinstance(node, Scalar):
            names = [(spelt(node), node.place)]
        else:
            self._findings.add(node.place, "table is the name of a unified table, or a list of them")
            return []
        meant = [self._table_meant(name, at) for name, at in names]
        return list(dict.fromkeys(name for name in meant if name is not None))

    def _table_meant(self, name: str, place: Place) -> str | None:
        """The table, or for a misspelt one that which was probably meant, so that what hangs on it is checked too."""
        if name in self._targets:
            return name
        self._findings.unknown(place, "table", name, self._targets)
        if self._findings.full:
            return None
        near = difflib.get_close_matches(name.casefold(), self._targets, n=1)
        return near[0] if near else None

    def _check_rules(self, fields: Entries, rules: RuleReader) -> None:
        """Where the table is anybody's guess, the rules themselves can still be wrong."""
        for node in fields.values.values():
            if not (isinstance(node, Scalar) and node.value is None):
                rules.rule(node)

    def _fields(self, entry: Entries, place: Place) -> Entries | None:
        node = entry.get("fields")
        if node is None or (isinstance(node, Scalar) and node.value is None):
            self._findings.add(place, "fields is missing: {column: rule, ...}")
            return None
        return entries_of(node, "fields", self._findings)


def _names_parts(group: RowGroup) -> bool:
    """Whether a group reads the pseudo-fields of a list."""
    return any(isinstance(part, Copy) and part.field in (ITEM, PLACE) for part in walk(group.parts()))

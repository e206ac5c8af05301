"""Source rows -> rows of the unified tables, column by column, with a verdict on every record. Pure.

A batch is mapped as a whole; where a value does not fit, it is halved until the record is found, so that good
records cost nothing extra and a bad one never blocks the rest.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import compress, repeat

from connector.adapters.base import Row, Shape, Value
from connector.errors import RecordRejected
from connector.mapping import plain
from connector.mapping.batch import Batch, Column, Vector
from connector.mapping.columns import Step, steps
from connector.mapping.context import Context
from connector.mapping.each import of_each, texts
from connector.mapping.kept import Kept, keep, keep_private
from connector.mapping.model import ObjectMapping, RowGroup
from connector.mapping.rules import Condition
from connector.mapping.vectors import Compiler

GIVEN = ("id", "source", "source_id", "source_object", "is_deleted", "source_modified_at")
_GUID = re.compile(r"\{?[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}?\Z")
#: rows whose columns stay in the processor's cache; measured, pages of 25,000 took twice as long in one go
_AT_ONCE = 2_000
#: what a value that does not fit may raise on its way; anything else is a bug and must be heard
_MISFITS = (RecordRejected, ValueError, TypeError, ArithmeticError)


@dataclass(frozen=True)
class Output:
    """The columns of the tuples for one table."""

    table: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Rejected:
    """A record that cannot be mapped. ``fields`` are the mapped fields as ``kept`` keeps them."""

    source_id: str | None
    rule: str
    message: str
    fields: dict[str, Kept]


@dataclass
class Mapped:
    """One page, mapped. Every record is in exactly one of ``accepted``, ``rejects`` and ``dropped``.

    ``rows`` has tuples per table, in the order of the outputs' columns. A record may become several rows: those
    made from parts have ``source_id`` ``<record>:<part>``, so the record of a row is ``source_id`` up to the
    first colon; ``accepted`` counts each record once, even one that became no row. ``dropped`` are records that
    no longer pass ``keep``: to the store they are gone.
    """

    outputs: tuple[Output, ...]
    rows: dict[str, list[tuple[Value, ...]]]
    accepted: list[str] = field(default_factory=list)
    rejects: list[Rejected] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)


class _Group:
    """The compiled rows of one table; several groups of one table yield the same columns."""

    def __init__(self, group: RowGroup, compiler: Compiler) -> None:
        self.table = group.table
        self.steps: list[Step] = steps(group, compiler)
        self.columns = tuple(name for step in self.steps for name in step.columns)
        self._each = compiler.field(group.each) if group.each is not None else None
        self._key = [compiler.vector(rule) for rule in group.key]
        self._keep = _conditions(group.keep, compiler)

    def expand(self, batch: Batch) -> tuple[Batch, Sequence[int], Sequence[str] | None]:
        """The rows to make: their batch, the record of each, and what follows its id (None: nothing)."""
        records: Sequence[int] = range(batch.size)
        if self._keep:
            records = _passing(self._keep, batch)
            batch = batch.take(records)
        parts: list[list[str]] = [[] for _ in records]
        if self._each is not None:
            batch, records, parts = _fan_out(batch, records, self._each(batch))
        if self._key:
            keys = list(zip(*(vector(batch) for vector in self._key), strict=True))
            whole = [at for at, key in enumerate(keys) if None not in key]
            parts = [[*parts[at], *(str(plain.text(each)) for each in keys[at])] for at in whole]
            batch, records = batch.take(whole), [records[at] for at in whole]
        if self._each is None and not self._key:
            return batch, records, None
        return batch, records, [":".join(part) for part in parts]

    def values(self, batch: Batch) -> dict[str, Column]:
        """Every column of a batch; RecordRejected names the column where a value does not fit."""
        found: dict[str, Column] = {}
        for step in self.steps:
            try:
                found.update(zip(step.columns, step.run(batch), strict=True))
            except _MISFITS as problem:
                raise _rejected(step.columns[0], problem) from None
        return found


class RowMapper:
    """The rules of one object, compiled for what an org shows of it now; missing fields are NULL."""

    def __init__(self, mapping: ObjectMapping, shape: Shape, context: Context) -> None:
        compiler = Compiler(mapping.object, shape, context)
        self._source = context.source
        self._object = mapping.object
        self._width = len(shape.columns)
        self._columns = shape.columns
        self._hash_key = context.hash_key
        self._hashed = mapping.hashed
        self._wanted = frozenset((*mapping.wanted.fields, shape.id_field))
        #: without them a record that is mapped again later would come back to life
        self._facts_kept = frozenset(filter(None, (shape.deleted_field, shape.modified_field)))
        self._id = compiler.field(shape.id_field)
        self._deleted = (
            of_each(lambda value: plain.flag(value) or 0, compiler.field(shape.deleted_field))
            if shape.deleted_field
            else None
        )
        self._modified = compiler.field(shape.modified_field) if shape.modified_field else None
        self._clock = compiler.report_clock
        self._keep = _conditions(mapping.keep, compiler)
        self._groups = [_Group(group, compiler) for group in mapping.groups]
        self.outputs = self._outputs()

    def map(self, rows: Sequence[Row]) -> Mapped:
        """Maps one page. Never raises for what a record holds."""
        mapped = Mapped(self.outputs, {output.table: [] for output in self.outputs})
        for start in range(0, len(rows), _AT_ONCE):
            self._map(rows[start : start + _AT_ONCE], mapped)
        return mapped

    def _outputs(self) -> tuple[Output, ...]:
        columns: dict[str, dict[str, None]] = {}
        for group in self._groups:
            columns.setdefault(group.table, dict.fromkeys(GIVEN)).update(dict.fromkeys(group.columns))
        return tuple(Output(table, tuple(names)) for table, names in columns.items())

    def _map(self, rows: Sequence[Row], into: Mapped) -> None:
        if not rows:
            return
        try:
            self._map_batch(rows, into)
        except _MISFITS as problem:
            if len(rows) == 1:
                into.rejects.append(self._reject(rows[0], problem))
                return
            half = len(rows) // 2
            self._map(rows[:half], into)
            self._map(rows[half:], into)

    def _map_batch(self, rows: Sequence[Row], into: Mapped) -> None:
        """All or nothing: ``into`` is touched only once every value has fitted."""
        batch = Batch.of_rows(rows, self._width)
        ids = self._ids(batch)
        dropped: list[str] = []
        if self._keep:
            kept = _passing(self._keep, batch)
            if len(kept) < batch.size:
                passing = set(kept)
                dropped = [each for at, each in enumerate(ids) if at not in passing]
                batch, ids = batch.take(kept), [ids[at] for at in kept]
        deleted, modified = self._facts(batch)
        made = [
            (output.table, self._tuples(output, group, batch, ids, deleted, modified))
            for output in self.outputs
            for group in self._groups
            if group.table == output.table
        ]
        for table, tuples in made:
            into.rows[table] += tuples
        into.accepted += ids
        into.dropped += dropped

    def _ids(self, batch: Batch) -> list[str]:
        ids = list(texts(self._id(batch)))
        if None in ids or "" in ids:
            raise RecordRejected("id", "the record has no id")
        return ids

    def _facts(self, batch: Batch) -> tuple[Column, Column]:
        """is_deleted and source_modified_at of each record."""
        try:
            deleted = self._deleted(batch) if self._deleted else [0] * batch.size
        except _MISFITS as problem:
            raise _rejected("is_deleted", problem) from None
        try:
            modified = self._clock.instants(self._modified(batch))[0] if self._modified else [None] * batch.size
        except _MISFITS as problem:
            raise _rejected("source_modified_at", problem) from None
        return deleted, modified

    def _tuples(
        self, output: Output, group: _Group, batch: Batch, ids: list[str], deleted: Column, modified: Column
    ) -> list[tuple[Value, ...]]:
        part, records, keys = group.expand(batch)
        whole = len(records) == batch.size and keys is None
        if not whole:
            ids = [ids[at] for at in records]
            deleted, modified = [deleted[at] for at in records], [modified[at] for at in records]
        if keys is not None:
            ids = [f"{each}:{key}" for each, key in zip(ids, keys, strict=True)]
        prefix = f"{self._source}:"
        unified = [prefix + each for each in ids]
        found = group.values(part)
        nothing: Column = [None] * part.size
        columns = [found.get(name, nothing) for name in output.columns[len(GIVEN) :]]
        given = (unified, repeat(self._source, part.size), ids, repeat(self._object, part.size), deleted, modified)
        return list(zip(*given, *columns, strict=True))

    def _reject(self, row: Row, problem: Exception) -> Rejected:
        verdict = problem if isinstance(problem, RecordRejected) else _rejected("record", problem)
        values = dict(zip(self._columns, row, strict=False))
        fields = {
            name: keep_private(value, self._hash_key) if name in self._hashed else keep(value)
            for name, value in values.items()
            if name in self._wanted or (name in self._facts_kept and value is not None)
        }
        return Rejected(self._id_of(row), verdict.rule, verdict.message, fields)

    def _id_of(self, row: Row) -> str | None:
        try:
            return plain.text(self._id(Batch.of_rows([row], self._width))[0]) or None
        except _MISFITS:
            return None


def _conditions(conditions: Sequence[Condition], compiler: Compiler) -> list[Vector]:
    return [compiler.holds(each) for each in conditions if compiler.knows(each)]


def _passing(conditions: Sequence[Vector], batch: Batch) -> list[int]:
    """Places of the rows that meet every condition."""
    places = list(range(batch.size))
    for condition in conditions:
        try:
            places = list(compress(places, condition(batch.take(places))))
        except _MISFITS as problem:
            raise _rejected("keep", problem) from None
    return places


def _fan_out(batch: Batch, records: Sequence[int], lists: Column) -> tuple[Batch, Sequence[int], list[list[str]]]:
    """One row for each distinct part of each list, in the order in which the parts come first."""
    indexes: list[int] = []
    items: list[str] = []
    places: list[int] = []
    for at, value in enumerate(lists):
        parts = [_part(each) for each in str(plain.text(value) or "").split(",") if each.strip()]
        for place, item in enumerate(dict.fromkeys(parts), start=1):
            indexes.append(at)
            items.append(item)
            places.append(place)
    part = batch.take(indexes)
    part.items, part.places = items, places
    return part, [records[at] for at in indexes], [[item] for item in items]


def _part(text: str) -> str:
    """A part of a list; GUIDs in the spelling that ids have everywhere."""
    stripped = text.strip()
    return stripped.strip("{}").lower() if _GUID.match(stripped) else stripped


def _rejected(rule: str, problem: Exception) -> RecordRejected:
    """Why a value does not fit, in words, whatever raised it."""
    if isinstance(problem, RecordRejected):
        return problem
    if type(problem) is ValueError or isinstance(problem, UnicodeError):
        return RecordRejected(rule, f"{rule}: {problem}")
    return RecordRejected(rule, f"{rule}: a value of an unexpected kind ({type(problem).__name__})")

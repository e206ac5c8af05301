"""Rules compiled to functions over columns. Each yields raw values; how a column spells them is no matter of theirs.

A ValueError says that some value of the batch does not fit; whoever runs a batch then finds out which.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from connector.adapters.base import Shape, Value
from connector.errors import CrossfunnelError
from connector.mapping import plain
from connector.mapping.addresses import domain, first_address
from connector.mapping.amounts import currency_code, minor_units
from connector.mapping.batch import Batch, Column, Vector
from connector.mapping.choices import first_of, spellings, test_of
from connector.mapping.clock import Clock
from connector.mapping.context import Context
from connector.mapping.each import Memo, of_each, texts
from connector.mapping.fiscal import fiscal_bounds
from connector.mapping.kept import keyed_hash
from connector.mapping.nodes import Plain
from connector.mapping.rules import (
    ANY,
    ITEM,
    PLACE,
    Address,
    Condition,
    Const,
    Copy,
    Day,
    Domain,
    First,
    Fiscal,
    Hash,
    Join,
    Label,
    Lookup,
    MapTo,
    Money,
    Percent,
    Ref,
    Rule,
    When,
    fields_of,
    walk,
)


@dataclass(frozen=True)
class Compiler:
    """Compiles the rules of one object for one shape and context."""

    object: str
    shape: Shape
    context: Context

    @cached_property
    def report_clock(self) -> Clock:
        return Clock(self.context.report_zone, self.context.source_zone)

    @cached_property
    def _source_clock(self) -> Clock:
        return Clock(self.context.source_zone, self.context.source_zone)

    @cached_property
    def _places(self) -> Mapping[str, int]:
        return {name: at for at, name in enumerate(self.shape.columns) if name not in self.shape.missing}

    def vector(self, rule: Rule) -> Vector:
        """One rule as a function over a batch."""
        compiled: Vector = getattr(self, f"_{type(rule).__name__.lower()}")(rule)
        return compiled

    def field(self, name: str) -> Vector:
        """A source field, nothing but NULL where the org does not show it."""
        at = self._places.get(name, -1)
        return lambda batch: batch.column(at)

    def knows(self, condition: Condition) -> bool:
        """Whether the org shows what a condition asks for: a hidden field must not make every record vanish."""
        lookups = [part.object for part in walk(condition) if isinstance(part, Lookup)]
        return all(name in self._places for name in fields_of(condition)) and all(
            name in self.context.frame.lookups for name in lookups
        )

    def holds(self, condition: Condition) -> Vector:
        """True or False for each row."""
        vector = self.vector(condition.of)
        if ANY in condition.accepted:
            return lambda batch: [value is not None for value in vector(batch)]
        accepted = spellings(condition.accepted)
        return lambda batch: [value in accepted for value in vector(batch)]

    def currency(self, rule: Rule | None) -> Vector:
        """The currency of each row's amount: its own, checked, or the default where it has none."""
        default = self.context.default_currency
        if rule is None:
            return lambda batch: [default] * batch.size
        codes = Memo(lambda code: default if code is None else currency_code(code))
        vector = self._lookup(rule, strict=True) if isinstance(rule, Lookup) else self.vector(rule)
        return lambda batch: [codes[code] for code in vector(batch)]

    def _copy(self, rule: Copy) -> Vector:
        if rule.field == ITEM:
            return lambda batch: batch.items or [None] * batch.size
        if rule.field == PLACE:
            return lambda batch: batch.places or [None] * batch.size
        return self.field(rule.field)

    def _const(self, rule: Const) -> Vector:
        value = rule.value
        return lambda batch: [value] * batch.size

    def _ref(self, rule: Ref) -> Vector:
        prefix = f"{self.context.source}:"
        vector = self.vector(rule.of)

        return lambda batch: [None if value is None else prefix + value for value in texts(vector(batch))]

    def _money(self, rule: Money) -> Vector:
        amounts, codes = self.vector(rule.of), self.currency(rule.currency)
        return lambda batch: minor_units(amounts(batch), codes(batch))

    def _mapto(self, rule: MapTo) -> Vector:
        table: dict[Plain, Plain] = {}
        for key, value in rule.pairs:
            for spelling in spellings((key,)):
                table.setdefault(spelling, value)
        vector = self.vector(rule.of)
        if isinstance(rule.otherwise, Const):
            default = rule.otherwise.value
            return lambda batch: [table.get(value, default) for value in vector(batch)]
        if rule.otherwise is not None:
            return self._mapped_or(table, vector, self.vector(rule.otherwise))
        table.setdefault(None, None)

        def run(batch: Batch) -> Column:
            values = vector(batch)
            try:
                return [table[value] for value in values]
            except KeyError as problem:
                raise ValueError(f"{plain.shown(problem.args[0])} is not among the values that map lists") from None

        return run

    def _mapped_or(self, table: dict[Plain, Plain], vector: Vector, otherwise: Vector) -> Vector:
        def run(batch: Batch) -> Column:
            values = vector(batch)
            rest = [at for at, value in enumerate(values) if value not in table]
            others = iter(otherwise(batch.take(rest)) if rest else ())
            return [table[value] if value in table else next(others) for value in values]

        return run

    def _when(self, rule: When) -> Vector:
        return self._first(First((rule,), Const(None)))

    def _first(self, rule: First) -> Vector:
        conditions = [option.condition for option in rule.options if isinstance(option, When)]
        fixed = [option.then for option in rule.options if isinstance(option, When) and isinstance(option.then, Const)]
        if isinstance(rule.otherwise, Const) and len(fixed) == len(rule.options):
            words = [each.value for each in fixed]
            return self._choice(conditions, words, rule.otherwise.value)
        options = [
            (self.holds(option.condition), self.vector(option.then))
            if isinstance(option, When)
            else (None, self.vector(option))
            for option in rule.options
        ]
        return first_of([*options, (None, self.vector(rule.otherwise))])

    def _choice(self, conditions: list[Condition], words: list[Plain], otherwise: Plain) -> Vector:
        """Conditions that lead to fixed values only: each combination of what they look at is decided once."""
        vectors = [self.vector(condition.of) for condition in conditions]
        tests = [test_of(condition) for condition in conditions]

        def decide(values: tuple[Value, ...]) -> Plain:
            for test, value, word in zip(tests, values, words, strict=True):
                if word is not None and test(value):
                    return word
            return otherwise

        memo = Memo(decide)
        return lambda batch: [memo[key] for key in zip(*(vector(batch) for vector in vectors), strict=True)]

    def _label(self, rule: Label) -> Vector:
        labels: dict[Value, str | None] = {None: None}
        labels.update(self.context.frame.labels.get((self.object, rule.field), {}).items())
        vector = self.field(rule.field)
        return lambda batch: [labels[value] if value in labels else plain.text(value) for value in vector(batch)]

    def _lookup(self, rule: Lookup, *, strict: bool = False) -> Vector:
        rows = self.context.frame.lookups.get(rule.object, {})
        found: dict[Value, Value] = {key: row.get(rule.field) for key, row in rows.items()}
        vector = self.vector(rule.of)
        if not strict:
            return lambda batch: [found.get(value) for value in vector(batch)]

        def sure(value: Value) -> Value:
            if value is not None and found.get(value) is None:
                raise ValueError(f"{rule.object} {plain.shown(value)} is not known, so neither is its {rule.field}")
            return found.get(value)

        memo = Memo(sure)
        return lambda batch: [memo[value] for value in vector(batch)]

    def _day(self, rule: Day) -> Vector:
        clock = self._source_clock if rule.zone == "source" else self.report_clock
        return of_each(clock.day, self.vector(rule.of))

    def _fiscal(self, rule: Fiscal) -> Vector:
        calendar = self.context.frame.fiscal
        at = 0 if rule.bound == "start" else 1

        def bound(key: tuple[int | None, int | None]) -> str | None:
            year, period = key
            return None if year is None or period is None else fiscal_bounds(year, period, calendar)[at]

        memo = Memo(bound)
        # numbers first: to a memory of pairs, True is 1
        years, periods = (of_each(plain.integer, self.field(name)) for name in (rule.year, rule.period))
        return lambda batch: [memo[key] for key in zip(years(batch), periods(batch), strict=True)]

    def _percent(self, rule: Percent) -> Vector:
        return of_each(plain.percent, self.vector(rule.of))

    def _join(self, rule: Join) -> Vector:
        vectors = [self.field(name) for name in rule.fields]
        between = rule.separator

        def run(batch: Batch) -> Column:
            rows = zip(*(vector(batch) for vector in vectors), strict=True)
            return [between.join(str(plain.text(part)) for part in row if part is not None) or None for row in rows]

        return run

    def _domain(self, rule: Domain) -> Vector:
        return of_each(domain, self.field(rule.field))

    def _address(self, rule: Address) -> Vector:
        return of_each(first_address, self.field(rule.field))

    def _hash(self, rule: Hash) -> Vector:
        key = self.context.hash_key
        if not key:
            raise CrossfunnelError(f"{self.object}: {{hash: {rule.field}}} needs the store's hash key and got none")
        vector = self.field(rule.field)
        return lambda batch: [keyed_hash(value, key) for value in vector(batch)]

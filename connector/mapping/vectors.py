"""Rules compiled to functions over columns. Each yields raw values; how a column spells them is no matter of theirs.

A ValueError says that some value of the batch does not fit; whoever runs a batch then finds out which.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from types import NoneType
from typing import Any

from connector.adapters.base import Shape, Value
from connector.errors import CrossfunnelError
from connector.iso4217 import exponent
from connector.mapping import plain
from connector.mapping.batch import Batch, Column, Vector
from connector.mapping.clock import Clock
from connector.mapping.context import Context
from connector.mapping.fiscal import fiscal_bounds
from connector.mapping.kept import keyed_hash
from connector.mapping.nodes import Plain
from connector.mapping.rules import (
    ANY,
    ITEM,
    PLACE,
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

_MOST_REMEMBERED = 50_000
TEXT_TYPES = frozenset({str, NoneType})
_HOST = re.compile(r"([a-z0-9_]([a-z0-9_-]*[a-z0-9_])?\.)+[a-z][a-z0-9-]*[a-z0-9]\Z")
_CODE = re.compile(r"[A-Za-z]{3}\Z")


class Memo(dict[Any, Any]):
    """Answers of a function of one value, remembered. Keys that Python takes for equal must have equal answers."""

    def __init__(self, answer: Callable[[Any], Any]) -> None:
        super().__init__()
        self._answer = answer

    def __missing__(self, key: Hashable) -> Any:
        if len(self) >= _MOST_REMEMBERED:
            self.clear()
        found = self[key] = self._answer(key)
        return found


def of_each(answer: Callable[[Value], Any], vector: Vector) -> Vector:
    """A vector with a function applied to each value, whose answers are remembered apart for each type of value."""
    memos: dict[type, Memo] = {}

    def run(batch: Batch) -> Column:
        values = vector(batch)
        types = set(map(type, values)) - {NoneType}
        for each in types - memos.keys():
            memos[each] = Memo(answer)
        if len(types) == 1:
            memo = memos[types.pop()]
            return [memo[value] for value in values]
        return [answer(None) if value is None else memos[type(value)][value] for value in values]

    return run


def texts(values: Column) -> Column:
    """Values as text; a column of sound texts is handed back as it is."""
    types = set(map(type, values))
    if types <= TEXT_TYPES:
        try:
            "".join(filter(None, values)).encode()
        except UnicodeEncodeError:
            pass
        else:
            return values
    if types <= {int, NoneType}:
        return [None if value is None else str(value) for value in values]
    return [plain.text(value) for value in values]


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
        accepted = _spellings(condition.accepted)
        return lambda batch: [value in accepted for value in vector(batch)]

    def currency(self, rule: Rule | None) -> Vector:
        """The currency of each row's amount: its own, checked, or the default where it has none."""
        default = self.context.default_currency
        if rule is None:
            return lambda batch: [default] * batch.size
        codes = Memo(lambda code: default if code is None else _code(code))
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
        return lambda batch: _minor_units(amounts(batch), codes(batch))

    def _mapto(self, rule: MapTo) -> Vector:
        table: dict[Plain, Plain] = {}
        for key, value in rule.pairs:
            for spelling in _spellings((key,)):
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
        return _first_of([*options, (None, self.vector(rule.otherwise))])

    def _choice(self, conditions: list[Condition], words: list[Plain], otherwise: Plain) -> Vector:
        """Conditions that lead to fixed values only: each combination of what they look at is decided once."""
        vectors = [self.vector(condition.of) for condition in conditions]
        tests = [_test(condition) for condition in conditions]

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

        def bound(key: tuple[Value, Value]) -> str | None:
            year, period = plain.integer(key[0]), plain.integer(key[1])
            return None if year is None or period is None else fiscal_bounds(year, period, calendar)[at]

        memo = Memo(bound)
        years, periods = self.field(rule.year), self.field(rule.period)
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

    def _hash(self, rule: Hash) -> Vector:
        key = self.context.hash_key
        if not key:
            raise CrossfunnelError(f"{self.object}: {{hash: {rule.field}}} needs the store's hash key and got none")
        vector = self.field(rule.field)
        return lambda batch: [keyed_hash(value, key) for value in vector(batch)]


def _minor_units(amounts: Column, codes: Column) -> Column:
    """Amounts in minor units; a column of sound decimals without a look at each."""
    exponents = {code: exponent(code) for code in set(codes)}
    if set(map(type, amounts)) <= {Decimal, NoneType}:
        try:
            return _sound_minor_units(amounts, codes, exponents)
        except ArithmeticError:
            pass  # not a number, or beyond any size: the look at each finds which
    return [plain.minor(amount, exponents[code]) for amount, code in zip(amounts, codes, strict=True)]


def _sound_minor_units(amounts: Column, codes: Column, exponents: Mapping[str, int]) -> Column:
    digits, up = plain.DIGITS, ROUND_HALF_UP
    scaled = [
        None if amount is None else amount.scaleb(exponents[code], digits).to_integral_value(up)
        for amount, code in zip(amounts, codes, strict=True)
    ]
    present = [amount for amount in scaled if amount is not None]
    # compared before they become integers: 1E+999999 is a short decimal and a very long integer
    if present and (max(present) > plain.LIMIT or min(present) < -plain.LIMIT):
        raise OverflowError
    return [None if amount is None else int(amount) for amount in scaled]


def _first_of(options: list[tuple[Vector | None, Vector]]) -> Vector:
    """Option by option, only for the rows that have no value yet and meet its condition."""

    def run(batch: Batch) -> Column:
        found: list[Value] = [None] * batch.size
        pending: list[int] = list(range(batch.size))
        for condition, option in options:
            if not pending:
                break
            part = batch if len(pending) == batch.size else batch.take(pending)
            chosen = pending
            if condition is not None:
                chosen = [at for at, holds in zip(pending, condition(part), strict=True) if holds]
                part = part if len(chosen) == len(pending) else batch.take(chosen)
            if chosen:
                for at, value in zip(chosen, option(part), strict=True):
                    found[at] = value
            pending = [at for at in pending if found[at] is None]
        return found

    return run


def _test(condition: Condition) -> Callable[[Value], bool]:
    if ANY in condition.accepted:
        return lambda value: value is not None
    accepted = _spellings(condition.accepted)
    return lambda value: value in accepted


def _spellings(values: tuple[Plain, ...]) -> frozenset[Plain]:
    """Values to compare with, and the texts that mean the same: an option may come as a number or as its digits."""
    found: set[Plain] = set(values)
    for value in values:
        if isinstance(value, bool):
            found.add("true" if value else "false")
        elif isinstance(value, int):
            found.add(str(value))
        elif isinstance(value, str) and value.isascii() and value.isdigit() and str(int(value)) == value:
            found.add(int(value))
    return frozenset(found)


def _code(value: Value) -> str:
    if isinstance(value, str) and _CODE.match(value.strip()):
        return value.strip().upper()
    raise ValueError(f"{plain.shown(value)} is no currency code")


def domain(value: Value) -> str | None:
    """The host of an address, lower case and without ``www.``; None where there is none to be found."""
    if not isinstance(value, str):
        return None
    host = value.strip().casefold()
    host = host.partition("://")[2] or host
    for sign in "/?#":
        host = host.partition(sign)[0]
    host = host.rpartition("@")[2].partition(":")[0].rstrip(".").removeprefix("www.")
    return host if len(host) <= 253 and _HOST.match(host) else None

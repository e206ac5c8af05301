"""What a compiled rule yields, spelt as its column wants it; one step may fill several columns at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connector.adapters.base import Value
from connector.mapping import plain
from connector.mapping.batch import Batch, Column, Vector
from connector.mapping.each import of_each, texts
from connector.mapping.extras import Extras
from connector.mapping.model import RowGroup
from connector.mapping.rules import ANY, Condition, Const, First, Money, Percent, Rule, When, walk
from connector.mapping.target import ColumnKind
from connector.mapping.vectors import Compiler

CURRENCY = "currency"


@dataclass(frozen=True)
class Step:
    """Fills some columns; ``run`` raises ValueError where a value does not fit."""

    columns: tuple[str, ...]
    run: Callable[[Batch], Sequence[Column]]


def steps(group: RowGroup, compiler: Compiler) -> list[Step]:
    """Every column of a group of rows, with those that are filled beside a mapped one."""
    made: list[Step] = []
    own_currency = CURRENCY in group.columns
    money = next((name for name in group.columns if group.kinds[name].kind == "minor"), None)
    for name, rule in group.columns.items():
        kind = group.kinds[name]
        vector = compiler.vector(rule)
        if kind.kind == "instant":
            made.append(_instant_step(name, vector, group, compiler))
        elif name == CURRENCY:
            made.append(_one(name, compiler.currency(rule) if money else _spelt(rule, vector, kind, compiler)))
        elif name == money and not own_currency and CURRENCY in group.kinds:
            made.append(_one(name, vector))
            made.append(_one(CURRENCY, _currency_beside(rule, compiler)))
        else:
            made.append(_one(name, _spelt(rule, vector, kind, compiler)))
    if group.extras:
        made.append(_extra_step(group.extras, compiler))
    return made


def _one(name: str, vector: Vector) -> Step:
    return Step((name,), lambda batch: (vector(batch),))


def _instant_step(name: str, vector: Vector, group: RowGroup, compiler: Compiler) -> Step:
    """An instant, and the day it falls on where the table has a column for it that no rule fills."""
    clock = compiler.report_clock
    beside = name.removesuffix("_at") + "_on"
    if name.endswith("_at") and beside in group.kinds and beside not in group.columns:
        return Step((name, beside), lambda batch: clock.instants(vector(batch)))
    return Step((name,), lambda batch: clock.instants(vector(batch))[:1])


def _currency_beside(rule: Rule, compiler: Compiler) -> Vector:
    """The currency of an amount: that of the one money rule, or of the one among several that is chosen."""
    currencies = {part.currency for part in walk(rule) if isinstance(part, Money)}
    if len(currencies) == 1:
        return compiler.currency(next(iter(currencies)))
    default = Const(compiler.context.default_currency)
    chosen = compiler.vector(_currency_rule(rule, default))
    return lambda batch: [default.value if code is None else code for code in chosen(batch)]


def _currency_rule(rule: Rule, default: Rule) -> Rule:
    """The rule with every amount replaced by its currency, where there is an amount."""
    if isinstance(rule, Money):
        return When(Condition(rule.of, (ANY,)), rule.currency or default)
    if isinstance(rule, When):
        return When(rule.condition, _currency_rule(rule.then, default))
    if isinstance(rule, First):
        return First(
            tuple(_currency_rule(option, default) for option in rule.options), _currency_rule(rule.otherwise, default)
        )
    return rule


#: kinds whose values are spelt one by one
_SPELLINGS: dict[str, Callable[[Value], Any]] = {
    "integer": plain.integer,
    "flag": plain.flag,
    "share": plain.share,
    "number": plain.real,
    "decimal": plain.decimal,
}


def _spelt(rule: Rule, vector: Vector, kind: ColumnKind, compiler: Compiler) -> Vector:
    """A vector whose values are spelt as a kind of column wants them."""
    if kind.kind in ("text", "json"):
        return lambda batch: texts(vector(batch))
    if kind.kind in ("ref", "minor") or isinstance(rule, Percent):
        return vector
    if kind.kind == "day":
        return of_each(compiler.report_clock.day, vector)
    if kind.kind == "status":
        return of_each(_word(kind.words), vector)
    return of_each(_SPELLINGS[kind.kind], vector)


def _word(words: tuple[str, ...]) -> Callable[[Value], Value]:
    def check(value: Value) -> Value:
        if value is None or (isinstance(value, str) and value in words):
            return value
        raise ValueError(f"{plain.shown(value)} is not one of {', '.join(words)}")

    return check


def _extra_step(extras: Mapping[str, Rule], compiler: Compiler) -> Step:
    names = sorted(extras)
    vectors = [compiler.vector(extras[name]) for name in names]
    objects = Extras(names)
    return Step(("extra",), lambda batch: (objects.encode([vector(batch) for vector in vectors]),))

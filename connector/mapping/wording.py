"""A rule of a mapping file in plain words, for people who ask what decides a figure. It must not know any table."""

from __future__ import annotations

from connector.mapping.nodes import Plain
from connector.mapping.rules import ANY, Condition, Const, First, Label, MapTo, Rule, When, fields_of


def in_words(rule: Rule) -> str:
    """A rule as a person would say it: what it copies, or which value holds where."""
    if isinstance(rule, Const):
        words = _value(rule.value)
    elif isinstance(rule, Label):
        words = f"label of {rule.field}"
    elif isinstance(rule, When):
        words = f"{in_words(rule.then)} where {_condition(rule.condition)}"
    elif isinstance(rule, First):
        has_rest = not isinstance(rule.otherwise, Const) or rule.otherwise.value is not None
        words = ", else ".join(map(in_words, (*rule.options, *((rule.otherwise,) if has_rest else ()))))
    elif isinstance(rule, MapTo):
        pairs = ", ".join(f"{_value(after)} where it is {_value(before)}" for before, after in rule.pairs)
        words = f"{in_words(rule.of)}: {pairs}"
    else:
        words = ", ".join(dict.fromkeys(fields_of(rule))) or "each part of a list"
    return words


def _condition(condition: Condition) -> str:
    accepted = [_value(value) for value in condition.accepted]
    if ANY in accepted:
        return f"{in_words(condition.of)} has a value"
    return f"{in_words(condition.of)} is {' or '.join(accepted)}"


def _value(value: Plain) -> str:
    if value is None:
        return "empty"
    return str(value).lower() if isinstance(value, bool) else str(value)

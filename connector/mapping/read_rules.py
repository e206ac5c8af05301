"""One rule of a mapping file -> a Rule, checked against the column that it fills. Knows no file and no object."""

from __future__ import annotations

import re

from connector.errors import Place
from connector.mapping.constants import fit_constant
from connector.mapping.findings import Findings
from connector.mapping.nodes import Entries, Items, Node, Plain, Scalar, spelt
from connector.mapping.rules import (
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
)
from connector.mapping.target import ColumnKind, Targets
from connector.mapping.vocabulary import ARGUMENTS, OPS

_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*\Z")
_OBJECT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_NOTHING = Const(None)
#: a value within a rule, which may be anything
_ANYTHING = ColumnKind("")


class RuleReader:
    """Reads the rules of one file; ``places`` says where each source field is named first."""

    def __init__(self, targets: Targets, findings: Findings) -> None:
        self._targets = targets
        self._findings = findings
        self.places: dict[str, Place] = {}

    def rule(self, node: Node, kind: ColumnKind = _ANYTHING, column: str = "") -> Rule:
        """A rule where a bare word is a field. What cannot be read counts as nothing, with a finding."""
        if isinstance(node, Entries):
            return self._op(node, kind, column)
        if isinstance(node, Items):
            self._findings.add(
                node.place, "a rule is a field or {op: ...}; for the first of several write {first: [...]}"
            )
            return _NOTHING
        if not isinstance(node.value, str):
            hint = f"; for a fixed value write {{const: {spelt(node)}}}" if node.value is not None else ""
            self._findings.add(node.place, f"a bare word is a field of the source, {spelt(node)} is none{hint}")
            return _NOTHING
        self._check_fill("from", node.place, kind, column, node.value)
        return Copy(self.field(node))

    def value(self, node: Node | None, kind: ColumnKind = _ANYTHING, column: str = "") -> Rule:
        """What follows ``then`` and ``else``: a fixed value, or a rule in braces."""
        if node is None:
            return _NOTHING
        return Const(self._fixed(node, kind, column)) if isinstance(node, Scalar) else self.rule(node, kind, column)

    def field(self, node: Node | None) -> str:
        """A field name; it becomes part of a query, so nothing but a name passes."""
        if isinstance(node, Scalar) and isinstance(node.value, str) and _FIELD.match(node.value):
            self.places.setdefault(node.value, node.place)
            return node.value
        if node is not None:
            self._findings.add(node.place, f"{spelt(node)} is no field name")
        return ""

    def conditions(self, node: Node) -> tuple[Condition, ...]:
        """``keep``: {field: value or list, ...}, or a list of {when: rule, is: value}."""
        if isinstance(node, Entries):
            return tuple(
                Condition(Copy(self.field(Scalar(key, node.keys[key]))), self._accepted(value))
                for key, value in node.values.items()
            )
        if isinstance(node, Items):
            return tuple(self._condition(each) for each in node.items)
        self._findings.add(
            node.place, f"keep is {{field: value}} or a list of {{when: ..., is: ...}}, not {spelt(node)}"
        )
        return ()

    def _condition(self, node: Node) -> Condition:
        if not isinstance(node, Entries) or set(node.values) != {"when", "is"}:
            self._findings.add(node.place, "a condition in this list is {when: field or rule, is: value or list}")
            return Condition(_NOTHING, ())
        return Condition(self.rule(node.values["when"]), self._accepted(node.values["is"]))

    def _accepted(self, node: Node | None) -> tuple[Plain, ...]:
        nodes = node.items if isinstance(node, Items) else () if node is None else (node,)
        accepted = []
        for each in nodes:
            if isinstance(each, Scalar):
                accepted.append(each.value)
            else:
                self._findings.add(each.place, f"a value to compare with must be plain, not {spelt(each)}")
        return tuple(accepted)

    def _op(self, node: Entries, kind: ColumnKind, column: str) -> Rule:
        name = self._name_of_op(node)
        if name is None:
            return _NOTHING
        op = OPS[name]
        for key, place in node.keys.items():
            if key != name and key not in op.words:
                self._findings.unknown(place, f"word in {{{name}: ...}}:", key, op.words)
        for word in op.required:
            if word not in node.values:
                self._findings.add(node.keys[name], f"{{{name}: ...}} needs {word}, as in {op.example}")
        argument = node.values[name]
        self._check_fill(name, node.keys[name], kind, column, spelt(argument))
        rule: Rule = getattr(self, f"_read_{name}")(argument, node, kind, column)
        return rule

    def _name_of_op(self, node: Entries) -> str | None:
        names = [str(key) for key in node.values if key in OPS]
        if len(names) > 1 and "from" in names:
            names.remove("from")
        # {fiscal: ..., when: ...}: there, when is an argument
        if len(names) > 1 and "when" in names and "fiscal" in names:
            names.remove("when")
        if len(names) == 1:
            return names[0]
        if names:
            self._findings.add(node.place, f"a rule has one op, this one has {' and '.join(names)}")
            return None
        odd = next((key for key in node.values if key not in ARGUMENTS), next(iter(node.values), None))
        if odd is None:
            self._findings.add(node.place, "an empty rule; write a field or {op: ...}")
        else:
            self._findings.unknown(node.keys[odd], "op", odd, OPS)
        return None

    def _check_fill(self, name: str, place: Place, kind: ColumnKind, column: str, argument: str) -> None:
        """Whether an op can fill a column of that kind at all."""
        if kind is _ANYTHING or kind.kind in OPS[name].fills:
            return
        if kind.kind == "ref":
            wish = f"write {{ref: {kind.table}, from: {argument if name == 'from' else 'FIELD'}}}"
            self._findings.add(place, f"{column} refers to a row of {kind.table}: {wish}")
        elif kind.kind == "minor":
            wish = f"write {{money: {argument if name == 'from' else 'FIELD'}, currency: FIELD}}"
            self._findings.add(place, f"{column} is money in minor units: {wish}")
        else:
            self._findings.add(place, f"{{{name}: ...}} cannot fill {column}, whose values are of kind {kind.kind}")

    def _fixed(self, node: Node, kind: ColumnKind, column: str) -> Plain:
        if not isinstance(node, Scalar):
            self._findings.add(node.place, f"a fixed value must be plain, not {spelt(node)}")
            return None
        if kind is not _ANYTHING:
            problem = fit_constant(node.value, kind)
            if problem is not None:
                self._findings.add(node.place, f"{column}: {spelt(node)} {problem}")
        return node.value

    def _source(self, node: Entries) -> Rule:
        """What follows ``from``: a field, or a rule in braces."""
        argument = node.get("from")
        return self.rule(argument) if argument is not None else _NOTHING

    def _read_from(self, argument: Node, _node: Entries, _kind: ColumnKind, _column: str) -> Rule:
        return Copy(self.field(argument))

    def _read_const(self, argument: Node, _node: Entries, kind: ColumnKind, column: str) -> Rule:
        if kind.kind in ("ref", "minor") and not (isinstance(argument, Scalar) and argument.value is None):
            self._findings.add(argument.place, f"{column} cannot have a fixed value, only null")
            return _NOTHING
        return Const(self._fixed(argument, kind, column))

    def _read_ref(self, argument: Node, node: Entries, kind: ColumnKind, column: str) -> Rule:
        table = spelt(argument)
        if table not in self._targets:
            self._findings.unknown(argument.place, "table", table, self._targets)
        elif kind.table is not None and table != kind.table:
            self._findings.add(argument.place, f"{column} refers to a row of {kind.table}, not of {table}")
        return Ref(table, self._source(node))

    def _read_money(self, argument: Node, node: Entries, kind: ColumnKind, column: str) -> Rule:
        currency = node.get("currency")
        money = Money(self.rule(argument), self.rule(currency) if currency is not None else None)
        if "else" not in node.values:
            return money
        return First((money,), self.value(node.values["else"], kind, column))

    def _read_map(self, argument: Node, node: Entries, kind: ColumnKind, column: str) -> Rule:
        pairs: list[tuple[Plain, Plain]] = []
        if isinstance(argument, Entries):
            pairs = [(key, self._fixed(value, kind, column)) for key, value in argument.values.items()]
        else:
            self._findings.add(argument.place, f"map is {{value: value, ...}}, not {spelt(argument)}")
        otherwise = self.value(node.values["else"], kind, column) if "else" in node.values else None
        return MapTo(tuple(pairs), self._source(node), otherwise)

    def _read_when(self, argument: Node, node: Entries, kind: ColumnKind, column: str) -> Rule:
        when = self._when(argument, node, kind, column)
        return First((when,), self.value(node.values["else"], kind, column)) if "else" in node.values else when

    def _when(self, argument: Node, node: Entries, kind: ColumnKind, column: str) -> When:
        condition = Condition(self.rule(argument), self._accepted(node.get("is")))
        return When(condition, self.value(node.get("then"), kind, column))

    def _read_first(self, argument: Node, node: Entries, kind: ColumnKind, column: str) -> Rule:
        if not isinstance(argument, Items) or not argument.items:
            self._findings.add(argument.place, f"first is a list of fields and rules, not {spelt(argument)}")
            return _NOTHING
        options = tuple(self.rule(each, kind, column) for each in argument.items)
        return First(options, self.value(node.get("else"), kind, column))

    def _read_label(self, argument: Node, _node: Entries, _kind: ColumnKind, _column: str) -> Rule:
        return Label(self.field(argument))

    def _read_lookup(self, argument: Node, node: Entries, _kind: ColumnKind, _column: str) -> Rule:
        name = spelt(argument)
        if not isinstance(argument, Scalar) or not _OBJECT.match(name):
            self._findings.add(argument.place, f"{name} is no object name")
        field = node.get("field")
        wanted = spelt(field) if field is not None else ""
        if field is not None and not (isinstance(field, Scalar) and _FIELD.match(wanted)):
            self._findings.add(field.place, f"{wanted} is no field name")
        return Lookup(name, self._source(node), wanted)

    def _read_day(self, argument: Node, node: Entries, _kind: ColumnKind, _column: str) -> Rule:
        zone = self._word(node, "zone", ("report", "source"))
        return Day(self.rule(argument), zone)

    def _word(self, node: Entries, key: str, words: tuple[str, ...]) -> str:
        found = node.get(key)
        if found is None:
            return words[0]
        if spelt(found) not in words:
            self._findings.unknown(found.place, f"value of {key}:", spelt(found), words)
        return spelt(found)

    def _read_fiscal(self, argument: Node, node: Entries, kind: ColumnKind, column: str) -> Rule:
        if spelt(argument) not in ("start", "end"):
            self._findings.unknown(argument.place, "value of fiscal:", spelt(argument), ("start", "end"))
        fiscal: Rule = Fiscal(spelt(argument), self.field(node.get("year")), self.field(node.get("period")))
        if "when" in node.values:
            fiscal = When(Condition(Copy(self.field(node.values["when"])), (True,)), fiscal)
        return First((fiscal,), self.value(node.values["else"], kind, column)) if "else" in node.values else fiscal

    def _read_percent(self, argument: Node, _node: Entries, _kind: ColumnKind, _column: str) -> Rule:
        return Percent(self.rule(argument))

    def _read_join(self, argument: Node, node: Entries, _kind: ColumnKind, _column: str) -> Rule:
        separator = node.get("with")
        if separator is not None and not (isinstance(separator, Scalar) and isinstance(separator.value, str)):
            self._findings.add(separator.place, f"with is the text between the parts, not {spelt(separator)}")
            separator = None
        between = str(separator.value) if isinstance(separator, Scalar) else " "
        if not isinstance(argument, Items) or not argument.items:
            self._findings.add(argument.place, f"join is a list of fields, not {spelt(argument)}")
            return _NOTHING
        return Join(tuple(self.field(each) for each in argument.items), between)

    def _read_domain(self, argument: Node, _node: Entries, _kind: ColumnKind, _column: str) -> Rule:
        return Domain(self.field(argument))

    def _read_address(self, argument: Node, _node: Entries, _kind: ColumnKind, _column: str) -> Rule:
        return Address(self.field(argument))

    def _read_hash(self, argument: Node, _node: Entries, _kind: ColumnKind, _column: str) -> Rule:
        return Hash(self.field(argument))

"""methodology.yaml: what must be true of a deal when it leaves a stage. Judging deals by it is done elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connector.mapping.findings import Findings
from connector.mapping.funnel import Funnel
from connector.mapping.nodes import Entries
from connector.mapping.shapes import entries_of, list_of, text_of, unknown_keys, whole_of, word_of

ACTIVITIES = ("email", "call", "meeting", "task")
#: how a field outside the unified columns is named
EXTRA = "extra."


@dataclass(frozen=True)
class FieldFilled:
    """A unified column of the deal, or ``extra.NAME``, has a value."""

    field: str

    def __str__(self) -> str:
        return f"{self.field} filled"


@dataclass(frozen=True)
class ActivityLogged:
    """So many activities of a kind had been logged on the deal."""

    kind: str
    at_least: int

    def __str__(self) -> str:
        return f"{self.kind} logged" if self.at_least == 1 else f"{self.at_least} of {self.kind} logged"


@dataclass(frozen=True)
class Stayed:
    """The deal stayed at least, or at most, so many days."""

    least: int | None = None
    most: int | None = None

    def __str__(self) -> str:
        return f"at least {self.least} days" if self.least is not None else f"at most {self.most} days"


Criterion = FieldFilled | ActivityLogged | Stayed


@dataclass(frozen=True)
class Methodology:
    """Stage key -> what must be true when a deal leaves it."""

    stages: Mapping[str, tuple[Criterion, ...]]

    def fields(self) -> list[str]:
        """Every field that some criterion reads, once."""
        found = (each.field for criteria in self.stages.values() for each in criteria if isinstance(each, FieldFilled))
        return list(dict.fromkeys(found))


def read_methodology(
    tree: Entries, funnels: Sequence[Funnel], columns: Sequence[str], findings: Findings
) -> Methodology:
    """methodology.yaml; ``columns`` are the unified columns of a deal that a criterion may name."""
    unknown_keys(tree, ("version", "extends", "stages"), findings)
    stages: dict[str, tuple[Criterion, ...]] = {}
    declared = entries_of(tree.get("stages"), "stages", findings)
    known = list(dict.fromkeys(stage.key for funnel in funnels for stage in funnel.stages))
    for name, place in declared.keys.items() if declared is not None else ():
        key = str(name)
        if known and key not in known:
            findings.unknown(place, "stage", key, known)
        entry = entries_of(declared.get(key), f"stage {key}", findings) if declared is not None else None
        if entry is not None:
            stages[key] = _read_stage(entry, columns, findings)
    return Methodology(stages)


def _read_stage(entry: Entries, columns: Sequence[str], findings: Findings) -> tuple[Criterion, ...]:
    unknown_keys(entry, ("require", "min_days", "max_days"), findings)
    criteria: list[Criterion] = []
    for node in list_of(entry, "require", findings):
        one = entries_of(node, "a requirement", findings)
        criterion = _read_requirement(one, columns, findings) if one is not None else None
        if criterion in criteria:
            findings.add(node.place, f"{criterion} is required twice")
        elif criterion is not None:
            criteria.append(criterion)
    least = whole_of(entry, "min_days", findings, default=0)
    most = whole_of(entry, "max_days", findings, default=-1)
    if most != -1 and most < least:
        findings.add(entry.keys["max_days"], f"max_days {most} is below min_days {least}")
    criteria += [Stayed(least=least)] if least else []
    criteria += [Stayed(most=most)] if most != -1 else []
    return tuple(criteria)


def _read_requirement(entry: Entries, columns: Sequence[str], findings: Findings) -> Criterion | None:
    unknown_keys(entry, ("field", "activity", "at_least"), findings)
    if ("field" in entry.values) == ("activity" in entry.values):
        findings.add(entry.place, "a requirement names a field or an activity: {field: next_step}, {activity: meeting}")
        return None
    if "activity" in entry.values:
        kind = word_of(entry, "activity", ACTIVITIES, findings)
        return ActivityLogged(kind, whole_of(entry, "at_least", findings, default=1, least=1))
    if "at_least" in entry.values:
        findings.add(entry.keys["at_least"], "at_least counts activities; a field is filled or not")
    name = text_of(entry, "field", findings, required=True)
    if name is None:
        return None
    if not name.startswith(EXTRA) and name not in columns:
        findings.unknown(entry.values["field"].place, "field", name, [*columns, f"{EXTRA}NAME"])
    return FieldFilled(name)

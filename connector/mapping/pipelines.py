"""funnel.yaml: the funnel of every pipeline; where an org sells by several processes, each may have its own stages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from connector.errors import Place
from connector.mapping.findings import Findings
from connector.mapping.funnel import DEFAULT, Funnel, fold_value, read_stages
from connector.mapping.nodes import Entries, Plain
from connector.mapping.shapes import entries_of, unknown_keys


@dataclass(frozen=True)
class Funnels:
    """``own``: pipeline (folded) -> its funnel; every other pipeline, and a deal without one, passes ``default``."""

    default: Funnel
    own: Mapping[str, Funnel] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Funnel]:
        return iter((self.default, *self.own.values()))

    def of(self, pipeline: str | None) -> Funnel:
        """The funnel that the deals of a pipeline pass."""
        return self.own.get(fold_value(pipeline), self.default) if pipeline and self.own else self.default

    def named(self, name: str) -> Funnel:
        """The funnel of this very name, as ``Funnel.pipeline`` has it; the default one where there is none."""
        return next((funnel for funnel in self if funnel.pipeline == name), self.default)

    def claim_any(self, kind: str, value: str, category: int | None = None) -> bool:
        """Whether a stage of some pipeline claims a source's stage value; an org does not declare whose it is."""
        return any(funnel.claim(kind, value, category) is not None for funnel in self)


def read_funnels(tree: Entries, kinds: tuple[str, ...], findings: Findings) -> Funnels:
    """funnel.yaml: ``stages`` are those of the pipeline ``default``, others stand under ``pipelines``."""
    unknown_keys(tree, ("version", "extends", "stages", "pipelines"), findings)
    declared = entries_of(tree.get("pipelines"), "pipelines", findings) if "pipelines" in tree.values else None
    found: dict[str, Funnel] = {}
    for key, place in declared.keys.items() if declared is not None else ():
        name = _read_name(key, place, found, findings)
        entry = entries_of(declared.get(key), f"pipeline {key}", findings) if declared is not None else None
        if name is None or entry is None:
            continue
        unknown_keys(entry, ("stages",), findings)
        found[fold_value(name)] = read_stages(entry, kinds, findings, pipeline=name, place=place)
        if fold_value(name) == DEFAULT and "stages" in tree.values:
            message = "the pipeline default has its stages at the top of the file already"
            findings.add(
                place, f"{message}: leave out one of them, or extends: default, which brings the packaged ones"
            )
    default = found.pop(DEFAULT, None)
    if "stages" in tree.values or (default is None and declared is None):
        default = read_stages(tree, kinds, findings)
    elif default is None:
        message = "no funnel for pipelines that have none of their own: add stages, or a pipeline default"
        findings.add(tree.keys["pipelines"], message)
    return Funnels(default or Funnel(()), found)


def _read_name(key: Plain, place: Place, taken: Mapping[str, Funnel], findings: Findings) -> str | None:
    """A pipeline is called as in the column ``pipeline``; case and spaces at the ends do not count."""
    if not isinstance(key, str) or not key.strip():
        findings.add(place, f"a pipeline has a name, a text as in the column pipeline, not {key}; numbers in quotes")
    elif fold_value(key) in taken:
        findings.add(place, f"duplicate pipeline {key!r}: case does not count")
    else:
        return DEFAULT if fold_value(key) == DEFAULT else key.strip()
    return None

"""One funnel: its canonical stages in order, and which stage values of each kind of source fall into them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from connector.errors import Place
from connector.mapping.findings import Findings
from connector.mapping.nodes import Entries, Scalar, spelt
from connector.mapping.shapes import entries_of, list_of, text_of, unknown_keys

LEAST, MOST = 3, 7
#: the pipeline whose funnel every deal passes that has no other
DEFAULT = "default"
#: names that the funnel's own rows have
RESERVED = ("lead", "open", "won", "lost")
#: languages in which a stage may have another name: ``name_fa``
LANGUAGES = ("fa",)
_KEY = re.compile(r"[a-z][a-z0-9_]*\Z")

Claim = str | int


@dataclass(frozen=True)
class Stage:
    """One canonical stage; ``position`` counts from 1."""

    key: str
    name: str
    position: int
    #: language -> what people call it there; every other language takes ``name``
    names: Mapping[str, str] = field(default_factory=dict, compare=False)


def fold_value(value: str) -> str:
    """A stage value as it is compared: spaces at the ends and case do not count."""
    return value.strip().casefold()


@dataclass(frozen=True)
class Funnel:
    """The funnel of one pipeline. ``claims``: kind of source -> stage value (folded) or stage category -> stage key."""

    stages: tuple[Stage, ...]
    claims: Mapping[str, Mapping[Claim, str]] = field(default_factory=dict)
    pipeline: str = DEFAULT

    def claim(self, kind: str, value: str | None, category: int | None = None) -> str | None:
        """The stage that claims a source's stage value, by its name or else by its category; None: nobody does."""
        claims = self.claims.get(kind, {})
        if value is not None and (named := claims.get(fold_value(value))) is not None:
            return named
        if category is None and value is not None and value.isascii() and value.isdigit():
            category = int(value)
        return claims.get(category) if category is not None else None

    def position(self, key: str | None) -> int | None:
        """Place of a stage by its key, from 1."""
        return next((stage.position for stage in self.stages if stage.key == key), None)


def read_stages(
    tree: Entries, kinds: tuple[str, ...], findings: Findings, *, pipeline: str = DEFAULT, place: Place | None = None
) -> Funnel:
    """The list ``stages`` of one funnel: 3 to 7, each value claimed once. ``place`` is where a missing list belongs."""
    nodes = list_of(tree, "stages", findings)
    if not LEAST <= len(nodes) <= MOST:
        place = tree.keys.get("stages", place or tree.place)
        findings.add(place, f"a funnel has {LEAST} to {MOST} stages, this one has {len(nodes)}")
    stages: list[Stage] = []
    claims: dict[str, dict[Claim, str]] = {kind: {} for kind in kinds}
    for node in nodes:
        entry = entries_of(node, "a stage", findings)
        if entry is None:
            continue
        unknown_keys(entry, ("key", "name", *(f"name_{language}" for language in LANGUAGES), *kinds), findings)
        key = _read_key(entry, {stage.key for stage in stages}, findings)
        if key is None:
            continue
        name = text_of(entry, "name", findings) or key.replace("_", " ").capitalize()
        names = {language: text_of(entry, f"name_{language}", findings) for language in LANGUAGES}
        told = {language: called for language, called in names.items() if called}
        stages.append(Stage(key, name, len(stages) + 1, told))
        for kind in kinds:
            _read_claims(entry, kind, key, claims[kind], findings)
    return Funnel(tuple(stages), claims, pipeline)


def _read_key(entry: Entries, taken: set[str], findings: Findings) -> str | None:
    key = text_of(entry, "key", findings, required=True)
    if key is None:
        return None
    place = entry.values["key"].place
    if not _KEY.match(key):
        findings.add(place, f"the stage key {key!r} must be a lower-case word of letters, digits and _")
    elif key in RESERVED:
        findings.add(place, f"{key!r} is no stage key: won and lost are statuses, and lead and open name other things")
    elif key in taken:
        findings.add(place, f"duplicate stage key {key!r}")
    else:
        return key
    return None


def _read_claims(entry: Entries, kind: str, key: str, claims: dict[Claim, str], findings: Findings) -> None:
    for node in list_of(entry, kind, findings):
        value = node.value if isinstance(node, Scalar) else None
        if isinstance(value, bool) or not isinstance(value, str | int):
            findings.add(node.place, f"{kind} lists stage values or stage categories, not {spelt(node)}")
            continue
        claim = fold_value(value) if isinstance(value, str) else value
        owner = claims.setdefault(claim, key)
        if owner != key:
            findings.add(node.place, f"{spelt(node)} is claimed by stage {owner!r} already")

"""Finds the mapping and policy files, the user's and the packaged ones, and reads them all before it complains."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from connector.errors import Finding, MappingError, Place
from connector.mapping.cadence import Cadence, read_cadence
from connector.mapping.findings import Findings
from connector.mapping.funnel import Funnel
from connector.mapping.match import check_match
from connector.mapping.merge import extends_default, merge
from connector.mapping.methodology import Methodology, read_methodology
from connector.mapping.model import KindMapping, Mappings
from connector.mapping.nodes import MAX_BYTES, Entries, read_tree, spelt
from connector.mapping.people import People, read_people
from connector.mapping.pipelines import Funnels, read_funnels
from connector.mapping.quota_plans import Plan, read_plans
from connector.mapping.rates import RateRow, read_rates
from connector.mapping.read_objects import ObjectsReader
from connector.mapping.shapes import check_version
from connector.mapping.target import Targets
from connector.plainfiles import UnusableFile, read_text

#: kinds of sources that a mapping file may be about
KINDS = ("salesforce", "dynamics", "office365")
_POLICIES = ("funnel", "quota", "people", "methodology", "cadence", "match")
NAMES = (*(f"{stem}.yaml" for stem in (*KINDS, *_POLICIES)), "rates.csv")


def packaged_folder() -> Path:
    """Where the packaged files lie: inside an installed package, or in the checkout's ``mappings``."""
    inside = Path(__file__).parent / "packaged"
    return inside if inside.is_dir() else Path(__file__).parents[2] / "mappings"


def own_files(folder: Path | None) -> list[str]:
    """The names of the files that the user's folder holds."""
    return [name for name in NAMES if _is_in(folder, name)]


def _is_in(folder: Path | None, name: str) -> bool:
    """Whether a folder holds anything of that name; what is no file there is told when it is read."""
    return folder is not None and os.path.lexists(folder / name)


def load_mappings(folder: Path | None, targets: Targets, kinds: Sequence[str]) -> Mappings:
    """The mappings for some kinds of sources, the user's ``folder`` over the packaged files.

    Raises MappingError with every mistake of every file.
    """
    mappings, findings = read_mappings(folder, targets, kinds)
    if findings:
        raise MappingError(findings)
    return mappings


def read_mappings(folder: Path | None, targets: Targets, kinds: Sequence[str]) -> tuple[Mappings, list[Finding]]:
    """As load_mappings, but hands back what could be read beside what is wrong, for ``crossfunnel check``."""
    findings = Findings()
    files = _Files(folder, findings)
    asked = dict.fromkeys([*kinds, *(kind for kind in KINDS if files.is_users(f"{kind}.yaml"))])
    funnels = _funnels(files, findings)
    mappings = Mappings(
        kinds={kind: _kind(kind, files, targets, findings) for kind in asked},
        funnel=funnels.default,
        pipelines=funnels.own,
        people=_people(files, findings),
        plans=_plans(files, findings),
        rates=_rates(files, findings),
        methodology=_methodology(files, funnels, targets, findings),
        cadence=_cadence(files, findings),
    )
    _check_match(files, findings)
    return mappings, findings.all()


def _kind(kind: str, files: _Files, targets: Targets, findings: Findings) -> KindMapping:
    tree = files.tree(f"{kind}.yaml", required=True)
    return ObjectsReader(targets, findings).kind(kind, tree) if tree is not None else KindMapping(kind, {})


def _funnels(files: _Files, findings: Findings) -> Funnels:
    tree = files.tree("funnel.yaml", required=True)
    return read_funnels(tree, KINDS, findings) if tree is not None else Funnels(Funnel(()))


def _people(files: _Files, findings: Findings) -> People:
    tree = files.tree("people.yaml")
    return read_people(tree, findings) if tree is not None else People()


def _plans(files: _Files, findings: Findings) -> tuple[Plan, ...]:
    tree = files.tree("quota.yaml")
    return read_plans(tree, findings) if tree is not None else ()


def _methodology(files: _Files, declared: Funnels, targets: Targets, findings: Findings) -> Methodology:
    """The packaged file is about the packaged funnel: under another one, its other stages are nobody's mistake."""
    name = "methodology.yaml"
    tree = files.tree(name)
    funnels = tuple(declared) if files.is_users(name) else ()
    columns = sorted(targets.get("opportunity", ()))
    return read_methodology(tree, funnels, columns, findings) if tree is not None else Methodology({})


def _cadence(files: _Files, findings: Findings) -> Cadence:
    tree = files.tree("cadence.yaml")
    return read_cadence(tree, findings) if tree is not None else Cadence((), None, never_repeat=True)


def _check_match(files: _Files, findings: Findings) -> None:
    tree = files.tree("match.yaml")
    if tree is not None:
        check_match(tree, findings)


def _rates(files: _Files, findings: Findings) -> tuple[RateRow, ...]:
    path = files.path("rates.csv")
    text = files.text(path) if path is not None else None
    return read_rates(text, str(path), findings) if text is not None else ()


class _Files:
    """The files by name, each from the user's folder or else from the packaged ones."""

    def __init__(self, folder: Path | None, findings: Findings) -> None:
        self._folder = folder
        self._packaged = packaged_folder()
        self._findings = findings
        if folder is not None:
            self._look_around(folder)

    def _look_around(self, folder: Path) -> None:
        """A file that nobody would read is a mistake somebody would search for."""
        if not folder.is_dir():
            self._findings.add(Place(str(folder)), "there is no such folder ([mappings] path in crossfunnel.toml)")
            return
        try:
            found = sorted(folder.iterdir())
        except OSError as error:
            self._findings.add(Place(str(folder)), f"the folder cannot be read: {error.strerror}")
            return
        for path in found:
            name = path.name
            if name in NAMES or name.startswith(".") or path.suffix not in (".yaml", ".yml", ".csv"):
                continue
            if path.suffix == ".yml" and f"{path.stem}.yaml" in NAMES:
                self._findings.add(Place(str(path), 1, 1), f"rename it to {path.stem}.yaml to have it read")
            else:
                self._findings.unknown(Place(str(path), 1, 1), "file", name, NAMES)

    def is_users(self, name: str) -> bool:
        """Whether the user's folder holds anything of that name."""
        return _is_in(self._folder, name)

    def path(self, name: str) -> Path | None:
        """The file that holds, or None."""
        if self._folder is not None and self.is_users(name):
            return self._folder / name
        packaged = self._packaged / name
        return packaged if packaged.is_file() else None

    def tree(self, name: str, *, required: bool = False) -> Entries | None:
        """The tree that holds: the packaged one, the user's, or the user's laid over the packaged one."""
        path = self.path(name)
        if path is None:
            if required:
                self._findings.add(Place(str(self._packaged / name), 1, 1), "there is no such mapping file")
            return None
        tree = self._read(path)
        if tree is None or not self.is_users(name) or not extends_default(tree, self._findings):
            return tree
        packaged = self._packaged / name
        base = self._read(packaged) if packaged.is_file() else None
        return merge(base, tree, self._findings) if base is not None else tree

    def _read(self, path: Path) -> Entries | None:
        text = self.text(path)
        if text is None:
            return None
        tree = read_tree(text, str(path), self._findings)
        if tree is None:
            return None
        if not isinstance(tree, Entries):
            self._findings.add(tree.place, f"the file must be a mapping that starts with version: 1, not {spelt(tree)}")
            return None
        check_version(tree, self._findings)
        return tree

    def text(self, path: Path) -> str | None:
        """The text of a file, or None with a finding."""
        try:
            return read_text(path, MAX_BYTES)
        except UnusableFile as error:
            self._findings.add(Place(str(path), 1, 1), f"the file {error}")
            return None

"""``crossfunnel check``: tries everything that a sync will need, and tells it line by line with the mend."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connector.config import find_config, load_settings, require
from connector.errors import ConfigError, CrossfunnelError, DriftFound, MappingError, PermissionDenied
from connector.sync.adapters import KINDS, ensure_readable, make_adapter
from connector.sync.run import make_context

if TYPE_CHECKING:
    from connector.adapters.base import Adapter
    from connector.mapping import Mappings
    from connector.settings import Settings, Source


@dataclass(frozen=True)
class Finding:
    """One line: what was tried, whether it holds, the mend if not, and the exit code that it asks for."""

    ok: bool
    about: str
    what: str
    mend: str = ""
    exit_code: int = 0


def check_all(config: Path | None, names: Sequence[str]) -> list[Finding]:
    """Every finding, in the order configuration, mappings, store, sources; never raises for what it finds."""
    try:
        path = find_config(config)
        settings = load_settings(path)
    except ConfigError as error:
        return [_failure("config", error)]
    names_of = ", ".join(settings.sources)
    findings = [Finding(True, "config", f"{path}: sources {names_of}")]
    if not settings.sources:
        mend = "add a [sources.NAME] table; README.md shows one of each kind"
        findings = [Finding(False, "config", f"{path} configures no source", mend, ConfigError.exit_code)]
    mappings, told = _mappings(settings)
    findings += told
    findings.append(_store(settings))
    for name in names or settings.sources:
        try:
            (source,) = require(settings, [name])
            ensure_readable([source])
        except ConfigError as error:
            findings.append(_failure(f"source {name}", error))
            continue
        findings += _source(source, settings, mappings)
    return findings


def _mappings(settings: Settings) -> tuple[Mappings, list[Finding]]:
    """What could be read of the mapping files is held against the orgs even where some of it is wrong."""
    from connector.mapping import read_mappings
    from connector.store import targets

    kinds = sorted({source.kind for source in settings.sources.values()} & set(KINDS))
    mappings, wrong = read_mappings(settings.mappings, targets(), kinds)
    if wrong:
        mend = "correct the file at this place; docs/mapping.md lists what may stand there"
        return mappings, [Finding(False, "mappings", str(each), mend, MappingError.exit_code) for each in wrong]
    return mappings, [Finding(True, "mappings", f"{', '.join(kinds) or 'no kinds'}: valid")]


def _store(settings: Settings) -> Finding:
    from connector.store import open_store

    path = settings.store_path
    try:
        if not path.exists():
            if path.parent.is_dir():
                return Finding(True, "store", f"{path} will be made by the first sync")
            return Finding(True, "store", f"{path} and its folder will be made by the first sync")
        with open_store(path) as store, store.lock:
            return Finding(True, "store", f"{path} opens and is free")
    except CrossfunnelError as error:
        return _failure("store", error)


def _source(source: Source, settings: Settings, mappings: Mappings) -> Iterator[Finding]:
    about = f"source {source.name}"
    try:
        adapter = make_adapter(source, {})
    except CrossfunnelError as error:
        yield _failure(about, error)
        return
    try:
        adapter.connect()
        wanted = [one.wanted for one in mappings.kinds[source.kind].objects.values()]
        for result in adapter.checks(wanted):
            code = 0 if result.ok else PermissionDenied.exit_code
            yield Finding(result.ok, about, result.what, result.mend, code)
        yield from _drift(adapter, source, settings, mappings)
    except CrossfunnelError as error:
        yield _failure(about, error)
    finally:
        adapter.close()


def _drift(adapter: Adapter, source: Source, settings: Settings, mappings: Mappings) -> Iterator[Finding]:
    """Open stages that the org declares and no entry of funnel.yaml claims: deals in them would have no stage."""
    code = DriftFound.exit_code if settings.sync.on_drift == "fail" else 0
    for one in mappings.kinds[source.kind].objects.values():
        if "source_stage" not in one.tables:
            continue
        shape = adapter.shape(one.wanted)
        if shape.absent:
            continue
        mapper = one.compile(shape, make_context(source, settings))
        for page in adapter.pages(one.wanted, shape, None, whole=True):
            mapped = mapper.map(page.rows)
            for output in mapped.outputs:
                for row in mapped.rows[output.table]:
                    stage = dict(zip(output.columns, row, strict=True))
                    if _is_unclaimed(stage, source.kind, mappings):
                        what = f"{one.object}: no entry of funnel.yaml claims the open stage {stage['value']!r}"
                        yield Finding(False, f"source {source.name}", what, "add it to a stage of funnel.yaml", code)


def _is_unclaimed(stage: Mapping[str, Any], kind: str, mappings: Mappings) -> bool:
    if stage.get("is_closed") or stage.get("is_deleted") or stage.get("value") is None:
        return False
    return mappings.funnel.claim(kind, str(stage["value"]), stage.get("position")) is None


def _failure(about: str, error: CrossfunnelError) -> Finding:
    return Finding(False, about, error.message, error.hint, error.exit_code)

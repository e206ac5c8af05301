"""``crossfunnel check``: tries everything that a sync will need, and tells it line by line with the mend.

Nothing is changed by it, neither in an org nor in the store nor beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from connector.adapters.base import Wanted
from connector.config import find_config, load_settings, require
from connector.errors import ConfigError, CrossfunnelError, DriftFound, MappingError, Place
from connector.mapping import KindMapping
from connector.sync.adapters import KINDS, ensure_readable, make_adapter
from connector.sync.hash_key import check_hash_key
from connector.sync.plan import Plan, make_plans
from connector.sync.uncovered import uncovered

if TYPE_CHECKING:
    from connector.adapters.base import Adapter, CheckResult
    from connector.mapping import Mappings, ObjectMapping
    from connector.settings import Settings


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
    findings = [Finding(True, "config", f"{path}: sources {', '.join(settings.sources)}")]
    if not settings.sources:
        mend = "add a [sources.NAME] table; README.md shows one of each kind"
        findings = [Finding(False, "config", f"{path} configures no source", mend, ConfigError.exit_code)]
    mappings, told = _mappings(settings)
    findings += told
    findings.append(_store(settings, mappings, names))
    for name in names or settings.sources:
        findings += _source(name, settings, mappings)
    return findings


def _mappings(settings: Settings) -> tuple[Mappings, list[Finding]]:
    """What could be read of the mapping files is held against the orgs even where some of it is wrong."""
    from connector.mapping import own_files, read_mappings
    from connector.store import targets

    kinds = sorted({source.kind for source in settings.sources.values()} & set(KINDS))
    mappings, wrong = read_mappings(settings.mappings, targets(), kinds)
    if wrong:
        code = MappingError.exit_code
        return mappings, [Finding(False, "mappings", str(each), _mend(each.place), code) for each in wrong]
    what = f"{', '.join(kinds)}: valid" if kinds else "valid, as far as they can be tried without a source"
    own = own_files(settings.mappings)
    beside = f"; read from {settings.mappings}: {', '.join(own)}" if own else ""
    return mappings, [Finding(True, "mappings", f"{what}{beside}")]


def _mend(place: Place) -> str:
    if place.line:
        return "correct the file at this place; docs/mapping.md lists what may stand there"
    return "make a folder there that this account may read, or correct [mappings] path in crossfunnel.toml"


def _store(settings: Settings, mappings: Mappings, names: Sequence[str]) -> Finding:
    from connector.store.examine import examine

    try:
        found = examine(settings.store_path)
        check_hash_key(settings.store_path, _read_objects(settings, mappings, names))
    except CrossfunnelError as error:
        return _failure("store", error)
    return Finding(True, "store", f"{settings.store_path} {found}")


def _read_objects(settings: Settings, mappings: Mappings, names: Sequence[str]) -> Iterator[ObjectMapping]:
    """The objects that a sync of these sources reads; what is wrong with a source is told where it is tried."""
    for name in names or settings.sources:
        if name in settings.sources:
            with suppress(CrossfunnelError):
                yield from (one for plan in make_plans([settings.sources[name]], mappings) for one in plan.objects)


def _source(name: str, settings: Settings, mappings: Mappings) -> Iterator[Finding]:
    about = f"source {name}"
    try:
        (source,) = require(settings, [name])
        ensure_readable([source])
        plans = make_plans([source], mappings)
        adapter = make_adapter(source, {})
    except CrossfunnelError as error:
        yield _failure(about, error)
        return
    try:
        for plan in plans:
            yield from _org(about, adapter, plan, settings, mappings)
    except CrossfunnelError as error:
        yield _failure(about, error)
    finally:
        adapter.close()


def _org(about: str, adapter: Adapter, plan: Plan, settings: Settings, mappings: Mappings) -> Iterator[Finding]:
    final = False
    for result in adapter.checks(_wanted(plan)):
        final = final or result.final
        code = 0 if result.ok else result.exit_code
        yield Finding(result.ok, about, _placed(result, plan), result.mend, code)
    if final:
        return
    code = DriftFound.exit_code if settings.sync.on_drift == "fail" else 0
    for what, mend in uncovered(adapter, plan, settings, mappings):
        yield Finding(False, about, what, mend, code)


def _wanted(plan: Plan) -> list[Wanted]:
    """The objects of the plan, and the small ones that their rules look something up in."""
    objects = {one.object: one for one in plan.objects}
    lookups = KindMapping(plan.source.kind, objects).lookups()
    beside = [Wanted(name, fields, reference=True) for name, fields in lookups.items() if name not in objects]
    return [*(one.wanted for one in plan.objects), *beside]


def _placed(result: CheckResult, plan: Plan) -> str:
    """What the org lacks of the mapping, with the place in the file that asks for it."""
    mapping = next((one for one in plan.objects if one.object == result.object), None)
    if result.ok or mapping is None:
        return result.what
    place = mapping.places.get(result.field) or mapping.places.get(mapping.object)
    return result.what if place is None else f"{place}: {result.what}"


def _failure(about: str, error: CrossfunnelError) -> Finding:
    return Finding(False, about, error.message, error.hint or "mend this and run the command again", error.exit_code)

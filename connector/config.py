"""``crossfunnel.toml`` and the environment become frozen, typed settings; every mistake in one error.

This room knows files and environment variables. It must not know what a source does with its settings.

Values that a source needs only to sign in may be missing until that source is asked for (``require``), so
that analysts can run measures on a machine that holds no secret.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from connector import redaction
from connector.errors import ConfigError
from connector.interpolation import Interpolation, MissingValue
from connector.misplaced import misplaced_secrets
from connector.mistakes import Mistakes
from connector.plainfiles import UnusableFile, read_bytes
from connector.settings import (
    DynamicsSource,
    MappingsSettings,
    Office365Source,
    ReportSettings,
    SalesforceSource,
    Settings,
    Source,
    StoreSettings,
    SyncSettings,
)
from connector.suggestions import nearest
from connector.tomlfile import parse_toml
from connector.validation import validated

__all__ = ["DynamicsSource", "SalesforceSource", "Settings", "Source", "find_config", "load_settings", "require"]

FILE_NAME = "crossfunnel.toml"
_KINDS: dict[str, type[Source]] = {
    "salesforce": SalesforceSource,
    "dynamics": DynamicsSource,
    "office365": Office365Source,
}
_SECTIONS: dict[str, type[BaseModel]] = {
    "store": StoreSettings,
    "report": ReportSettings,
    "mappings": MappingsSettings,
    "sync": SyncSettings,
}
#: what a source's table may not set itself
_GIVEN = frozenset({"name", "missing"})
#: files that must be there before a source is asked anything
_FILES = ("ca_bundle", "private_key_file", "certificate_file")
LARGEST_FILE = 5_000_000


def find_config(option: Path | None, environ: Mapping[str, str] | None = None) -> Path:
    """``--config``, then ``CROSSFUNNEL_CONFIG``, then the working directory; ConfigError names all three."""
    environ = os.environ if environ is None else environ
    named = environ.get("CROSSFUNNEL_CONFIG")
    path = option or (Path(named) if named else Path.cwd() / FILE_NAME)
    if _is_there(path):
        return path.resolve()
    looked = [
        f"--config: {option if option else 'not given'}",
        f"environment variable CROSSFUNNEL_CONFIG: {named or 'not set'}",
        f"working directory: {Path.cwd() / FILE_NAME}",
    ]
    raise ConfigError(
        f"no configuration at {path}; looked at " + "; ".join(looked),
        hint="`crossfunnel init` writes a commented crossfunnel.toml to start from",
    )


def load_settings(path: Path, environ: Mapping[str, str] | None = None) -> Settings:
    """Reads one file. ConfigError carries every mistake of it, one a line."""
    raw = parse_toml(path)
    mistakes = Mistakes()
    filling = Interpolation(path.parent, os.environ if environ is None else environ)
    values: dict[str, Any] = filling.fill(raw)
    for keys, sentence in (*misplaced_secrets(raw), *misplaced_secrets(values), *filling.problems):
        mistakes.add(keys, sentence)
    missing = _deferred(filling.missing, mistakes)
    sections = dict(_sections(values, mistakes))
    sources = dict(_sources(values.get("sources", {}), mistakes, missing))
    paths = _Paths(path.parent, mistakes)
    store, mappings = sections["store"], sections["mappings"]
    store_path = paths.absolute(("store", "url"), store.file if isinstance(store, StoreSettings) else "")
    folder = mappings.path if isinstance(mappings, MappingsSettings) else None
    mappings_path = paths.absolute(("mappings", "path"), folder) if folder else None
    anchored = {name: paths.anchored(source) for name, source in sources.items()}
    mistakes.raise_if_any(path)
    redaction.register(*(secret for source in sources.values() for secret in source.secrets()))
    return Settings(
        path=path,
        store_path=store_path,
        report=sections["report"],
        sync=sections["sync"],
        mappings=mappings_path,
        sources=anchored,
    )


def require(settings: Settings, names: Iterable[str] = ()) -> list[Source]:
    """The named sources (all where none is named), or one ConfigError with all that they still lack."""
    wanted = list(names) or list(settings.sources)
    unknown = [name for name in wanted if name not in settings.sources]
    if unknown:
        known = ", ".join(settings.sources) or "none"
        raise ConfigError(f"no source named {unknown[0]!r}{nearest(unknown[0], settings.sources)}; configured: {known}")
    if not wanted:
        raise ConfigError(f"{settings.path} configures no source", hint="add a [sources.NAME] table; see README")
    sources = [settings.sources[name] for name in wanted]
    lacks = [line for source in sources for line in (*source.lacks(str(settings.path)), *_unusable_files(source))]
    if lacks:
        raise ConfigError("\n".join(lacks), hint="set what is missing and run the command again")
    return sources


def _is_there(path: Path) -> bool:
    """Whether something lies there; what it is, and whether it can be read, is told when it is read."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _unusable_files(source: Source) -> Iterator[str]:
    """Files that a source names and that are none, told before anything is asked of it."""
    for name in _FILES:
        path: Path | None = getattr(source, name, None)
        if path is None or (name == "ca_bundle" and path.is_dir()):
            continue
        try:
            content = read_bytes(path, LARGEST_FILE)
        except UnusableFile as error:
            yield f"sources.{source.name}.{name}: {path} {error}"
            continue
        if name == "ca_bundle" and b"-----BEGIN " not in content:
            yield f"sources.{source.name}.{name}: {path} holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)"


def _deferred(lacks: Iterable[MissingValue], mistakes: Mistakes) -> dict[str, list[MissingValue]]:
    """What a source lacks is kept for ``require``, what a section lacks is a mistake now."""
    missing: dict[str, list[MissingValue]] = {}
    for lack in lacks:
        if lack.keys[0] == "sources" and len(lack.keys) > 2:
            missing.setdefault(lack.keys[1], []).append(lack)
        else:
            mistakes.add(lack.keys, lack.sentence)
    return missing


def _sections(values: dict[str, Any], mistakes: Mistakes) -> Iterator[tuple[str, Any]]:
    known = [*_SECTIONS, "sources"]
    for name, section in values.items():
        if name not in known:
            mistakes.add((name,), f"unknown table{nearest(name, known)}")
        elif not isinstance(section, dict):
            mistakes.add((name,), f"must be a table, as in [{name}]")
    for name, model in _SECTIONS.items():
        section = values.get(name, {})
        yield name, validated(model, section if isinstance(section, dict) else {}, (name,), mistakes)


def _sources(tables: Any, mistakes: Mistakes, missing: dict[str, list[MissingValue]]) -> Iterator[tuple[str, Source]]:
    if not isinstance(tables, dict):
        return
    for name, table in tables.items():
        where = ("sources", name)
        if not isinstance(table, dict):
            mistakes.add(where, "must be a table, as in [sources.acme]")
            continue
        kind = table.get("kind")
        if not isinstance(kind, str) or kind not in _KINDS:
            given = "is missing" if kind is None else f"is unknown{nearest(str(kind), _KINDS)}"
            mistakes.add((*where, "kind"), f"{_shown(kind)}{given}; one of {', '.join(_KINDS)}")
            continue
        own = {key: value for key, value in table.items() if key not in _GIVEN}
        for key in table.keys() - own.keys():
            mistakes.add((*where, key), "unknown key")
        source = validated(_KINDS[kind], {"name": name, **own}, where, mistakes, hidden=_GIVEN)
        if source is not None:
            yield name, source.model_copy(update={"missing": tuple(missing.get(name, ()))})


def _shown(kind: Any) -> str:
    """A wrong kind as a word, unless it might be something that nobody should read."""
    return f"{kind!r} " if isinstance(kind, str) and kind.isidentifier() and len(kind) <= 20 else ""


class _Paths:
    """Relative file names count from the folder of the configuration: cron has no working directory."""

    def __init__(self, folder: Path, mistakes: Mistakes) -> None:
        self._folder = folder
        self._mistakes = mistakes

    def absolute(self, keys: tuple[str, ...], path: str | Path) -> Path:
        """The path in full; a mistake where no file can be called so."""
        try:
            found = (self._folder / Path(path).expanduser()).resolve()
            found.exists()  # raises where the name is too long, or a folder on the way may not be looked into
        except (OSError, RuntimeError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else None
            self._mistakes.add(
                keys, f"no usable path: {reason or 'there is no such home folder, or a circle of links'}"
            )
            return self._folder
        return found

    def anchored(self, source: Source) -> Source:
        """A source with its file names in full."""
        changes = {
            name: self.absolute(("sources", source.name, name), value)
            for name, value in source.__dict__.items()
            if isinstance(value, Path)
        }
        return source.model_copy(update=changes) if changes else source

"""``crossfunnel.toml`` and the environment become frozen, typed settings; every mistake in one error.

This room knows files and environment variables. It must not know what a source does with its settings.

Values that a source needs only to sign in may be missing until that source is asked for (``require``), so
that analysts can run measures on a machine that holds no secret.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from connector.errors import ConfigError
from connector.interpolation import MissingValue, interpolate
from connector.settings import (
    DynamicsSource,
    Office365Source,
    ReportSettings,
    SalesforceSource,
    Settings,
    Source,
    StoreSettings,
    SyncSettings,
)
from connector.suggestions import nearest

__all__ = ["DynamicsSource", "SalesforceSource", "Settings", "Source", "find_config", "load_settings", "require"]

T = TypeVar("T", bound=BaseModel)

FILE_NAME = "crossfunnel.toml"
_KINDS: dict[str, type[Source]] = {
    "salesforce": SalesforceSource,
    "dynamics": DynamicsSource,
    "office365": Office365Source,
}
_SECTIONS: dict[str, type[BaseModel]] = {"store": StoreSettings, "report": ReportSettings, "sync": SyncSettings}


def find_config(option: Path | None, environ: Mapping[str, str] | None = None) -> Path:
    """``--config``, then ``CROSSFUNNEL_CONFIG``, then the working directory; ConfigError names all three."""
    environ = os.environ if environ is None else environ
    named = environ.get("CROSSFUNNEL_CONFIG")
    path = option or (Path(named) if named else Path.cwd() / FILE_NAME)
    if path.is_file():
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
    environ = os.environ if environ is None else environ
    raw = _read(path)
    problems: list[str] = []
    missing: dict[str, list[MissingValue]] = {}
    values = _interpolated(raw, path.parent, environ, problems, missing)
    sections = dict(_sections(values, problems))
    sources = dict(_sources(values.get("sources", {}), problems, missing))
    if problems:
        raise ConfigError(_numbered(path, problems), hint="mend these entries and run the command again")
    store = sections["store"]
    assert isinstance(store, StoreSettings)
    mappings = values.get("mappings", {}).get("path")
    return Settings(
        path=path,
        store_path=_absolute(path.parent, store.file),
        report=sections["report"],
        sync=sections["sync"],
        mappings=_absolute(path.parent, mappings) if mappings else None,
        sources={name: _anchored(source, path.parent) for name, source in sources.items()},
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
    lacks = [line for source in sources for line in source.lacks(str(settings.path))]
    if lacks:
        raise ConfigError("\n".join(lacks), hint="set what is missing and run the command again")
    return sources


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from None


def _interpolated(
    raw: dict[str, Any],
    folder: Path,
    environ: Mapping[str, str],
    problems: list[str],
    missing: dict[str, list[MissingValue]],
) -> dict[str, Any]:
    """Fills ``${…}`` in; what a source lacks is kept for ``require``, what a section lacks is a problem now."""
    lacks: list[MissingValue] = []
    values: dict[str, Any] = interpolate(raw, folder, environ, lacks)
    for lack in lacks:
        if lack.keys[0] == "sources" and len(lack.keys) > 2:
            missing.setdefault(lack.keys[1], []).append(lack)
        else:
            problems.append(f"{lack.dotted}: {lack.sentence}")
    return values


def _sections(values: dict[str, Any], problems: list[str]) -> Iterator[tuple[str, Any]]:
    known = [*_SECTIONS, "mappings", "sources"]
    for name, section in values.items():
        if name not in known:
            problems.append(f"{name}: unknown table{nearest(name, known)}")
        elif not isinstance(section, dict):
            problems.append(f"{name}: must be a table, as in [{name}]")
    for key in values.get("mappings", {}):
        if key != "path":
            problems.append(f"mappings.{key}: unknown key{nearest(key, ['path'])}")
    for name, model in _SECTIONS.items():
        section = values.get(name, {})
        yield name, _validated(model, section if isinstance(section, dict) else {}, name, problems)


def _sources(tables: Any, problems: list[str], missing: dict[str, list[MissingValue]]) -> Iterator[tuple[str, Source]]:
    if not isinstance(tables, dict):
        return
    for name, table in tables.items():
        where = f"sources.{name}"
        if not isinstance(table, dict):
            problems.append(f"{where}: must be a table, as in [{where}]")
            continue
        kind = table.get("kind")
        if not isinstance(kind, str) or kind not in _KINDS:
            given = "is missing" if kind is None else f"{kind!r} is unknown{nearest(str(kind), _KINDS)}"
            problems.append(f"{where}.kind: {given}; one of {', '.join(_KINDS)}")
            continue
        source = _validated(_KINDS[kind], {"name": name, **table}, where, problems)
        if source is not None:
            yield name, source.model_copy(update={"missing": tuple(missing.get(name, ()))})


def _validated(model: type[T], table: dict[str, Any], where: str, problems: list[str]) -> T | None:
    try:
        return model.model_validate(table)
    except ValidationError as error:
        known = [name for name, field in model.model_fields.items() if field.exclude is not True]
        for detail in error.errors(include_input=False, include_url=False):
            key = ".".join(str(part) for part in detail["loc"]) or where
            if detail["type"] == "extra_forbidden":
                problems.append(f"{where}.{key}: unknown key{nearest(key, known)}")
            elif detail["loc"]:
                problems.append(f"{where}.{key}: {_plain(model, detail)}")
            else:
                problems.append(f"{where}: {_plain(model, detail)}")
    return None


def _plain(model: type[BaseModel], detail: Any) -> str:
    """A validation detail as a sentence without the input, which might be a secret."""
    if detail["type"] == "literal_error":
        field = model.model_fields.get(str(detail["loc"][0]))
        words = list(_words(field.annotation)) if field else []
        return f"must be one of {', '.join(words)}" if words else str(detail["msg"])
    return str(detail["msg"]).removeprefix("Value error, ")


def _words(annotation: Any) -> Iterator[str]:
    """The words of a closed list, also where it may be left out."""
    for part in get_args(annotation):
        if isinstance(part, str):
            yield part
        else:
            yield from _words(part)


def _numbered(path: Path, problems: list[str]) -> str:
    if len(problems) == 1:
        return f"{path}: {problems[0]}"
    return f"{path}: {len(problems)} mistakes:\n" + "\n".join(f"  {problem}" for problem in problems)


def _absolute(folder: Path, path: str | Path) -> Path:
    return (folder / Path(path).expanduser()).resolve()


def _anchored(source: Source, folder: Path) -> Source:
    """Relative file names of a source count from the folder of the configuration: cron has no working directory."""
    changes = {name: _absolute(folder, value) for name, value in source.__dict__.items() if isinstance(value, Path)}
    return source.model_copy(update=changes) if changes else source

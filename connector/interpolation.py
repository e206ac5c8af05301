"""``${NAME}``, ``${NAME:-default}`` and ``${file:/path}`` in configuration values; nothing else is special."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_REFERENCE = re.compile(r"\$\{(?:file:(?P<file>[^}]+)|(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?)\}")


@dataclass(frozen=True)
class MissingValue:
    """A value that could not be filled in: which key asked, and every place that was looked at."""

    keys: tuple[str, ...]
    places: tuple[str, ...]

    @property
    def dotted(self) -> str:
        return ".".join(self.keys)

    @property
    def sentence(self) -> str:
        return "no value; looked at " + "; ".join(self.places)


def interpolate(
    value: Any, folder: Path, environ: Mapping[str, str], missing: list[MissingValue], keys: tuple[str, ...] = ()
) -> Any:
    """A copy with every reference filled in. A key whose value cannot be had is left out and noted in ``missing``."""
    if isinstance(value, dict):
        filled = {key: interpolate(item, folder, environ, missing, (*keys, key)) for key, item in value.items()}
        return {key: item for key, item in filled.items() if item is not None}
    if isinstance(value, list):
        return [interpolate(item, folder, environ, missing, keys) for item in value]
    if not isinstance(value, str) or "${" not in value:
        return value
    places: list[str] = []
    text = _REFERENCE.sub(lambda match: _filled(match, folder, environ, places), value)
    if places:
        missing.append(MissingValue(keys, tuple(places)))
        return None
    return text


def _filled(match: re.Match[str], folder: Path, environ: Mapping[str, str], places: list[str]) -> str:
    if match["file"]:
        path = folder / Path(match["file"]).expanduser()
        try:
            return path.read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            places.append(f"file {path} ({error.__class__.__name__})")
            return ""
    found = environ.get(match["name"]) or match["default"]
    if found is None:
        state = "empty" if match["name"] in environ else "not set"
        places.append(f"environment variable {match['name']} ({state})")
        return ""
    return found

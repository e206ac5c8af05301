"""``${NAME}``, ``${NAME:-default}`` and ``${file:/path}`` in configuration values; nothing else is special.

What a reference brings is taken as it is: a ``${`` in it is no reference. Anything else that begins like one is a
mistake, so that no half-written reference is sent to a server as a password.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from connector.plainfiles import UnusableFile, read_text

_REFERENCE = re.compile(r"\$\{(?:file:(?P<file>[^{}]+)|(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^{}]*))?)\}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
#: bytes of a secret's file, characters of one value, and of all values that references bring
LARGEST_FILE = 65_536
LONGEST = 65_536
MOST = 1_000_000
#: places told of one value
_TOLD = 5


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
        more = f" and {len(self.places) - _TOLD} more" if len(self.places) > _TOLD else ""
        return "no value; looked at " + "; ".join(self.places[:_TOLD]) + more


@dataclass
class Interpolation:
    """Fills references in. What it met on the way: values that are ``missing``, and ``problems`` as key: sentence."""

    folder: Path
    environ: Mapping[str, str]
    missing: list[MissingValue] = field(default_factory=list)
    problems: list[tuple[tuple[str, ...], str]] = field(default_factory=list)
    _brought: int = 0

    def fill(self, value: Any, keys: tuple[str, ...] = ()) -> Any:
        """A copy with every reference filled in; a value that cannot be had is left out."""
        if isinstance(value, dict):
            filled = {key: self.fill(item, (*keys, key)) for key, item in value.items()}
            return {key: item for key, item in filled.items() if item is not None}
        if isinstance(value, list):
            return [item for item in (self.fill(item, keys) for item in value) if item is not None]
        return self._text(value, keys) if isinstance(value, str) else value

    def _text(self, value: str, keys: tuple[str, ...]) -> str | None:
        problem = _what_is_wrong(value)
        if problem:
            self.problems.append((keys, problem))
            return None
        if "${" not in value:
            return value
        places: list[str] = []
        parts: list[str] = []
        end = 0
        for match in _REFERENCE.finditer(value):
            parts += value[end : match.start()], self._brought_by(match, places)
            end = match.end()
        if places:
            self.missing.append(MissingValue(keys, tuple(places)))
            return None
        text = "".join((*parts, value[end:]))
        if len(text) > LONGEST or self._brought > MOST:
            self.problems.append((keys, f"its references bring over {LONGEST:,} characters"))
            return None
        return text

    def _brought_by(self, match: re.Match[str], places: list[str]) -> str:
        if self._brought > MOST:
            return ""
        found = self._from_file(match["file"], places) if match["file"] else self._from_environment(match, places)
        self._brought += len(found)
        return found

    def _from_file(self, name: str, places: list[str]) -> str:
        try:
            path = self.folder / Path(name).expanduser()
            text = read_text(path, LARGEST_FILE).rstrip("\r\n")
        except UnusableFile as error:
            places.append(f"file {path} ({error})")
            return ""
        except RuntimeError:
            places.append(f"file {name} (there is no such home folder)")
            return ""
        if _CONTROL.search(text):
            places.append(f"file {path} (holds more than one line, or a control character)")
            return ""
        return text

    def _from_environment(self, match: re.Match[str], places: list[str]) -> str:
        name = match["name"]
        found = self.environ.get(name, "").rstrip("\r\n") or match["default"]
        if found is None:
            places.append(f"environment variable {name} ({'empty' if name in self.environ else 'not set'})")
        elif _CONTROL.search(found):
            places.append(f"environment variable {name} (holds more than one line, or a control character)")
        elif not _is_text(found):
            places.append(f"environment variable {name} (is not UTF-8 text)")
        else:
            return found
        return ""


def _what_is_wrong(value: str) -> str:
    """Why a value as it stands in the file cannot be meant so; empty where it can."""
    if _CONTROL.search(value):
        return "must be one line without control characters"
    if "${" in _REFERENCE.sub("", value):
        return (
            "'${' begins a reference, but what follows is none; write ${NAME}, ${NAME:-default} or ${file:/path}, "
            "none within another"
        )
    return ""


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True

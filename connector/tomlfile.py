"""A TOML file as plain values, within bounds, or one sentence with the place of what is wrong. Knows no key of ours.

tomllib takes a minute and gigabytes for one key of 50,000 parts, and overflows the stack on lists within lists; both
are looked for first.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from connector.errors import ConfigError
from connector.plainfiles import UnusableFile, read_text

LARGEST = 200_000
DEEPEST = 30

_COMMENT = re.compile(r"^[ \t]*#.*$", re.MULTILINE)
#: keys of one expression; their dots are how deep they lead
_KEYS = re.compile(r"[\w\"' \t.-]+")
_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)")


def parse_toml(path: Path) -> dict[str, Any]:
    """ConfigError names file, line and column, and never repeats what stands there."""
    try:
        text = read_text(path, LARGEST)
    except UnusableFile as error:
        raise ConfigError(f"{path}: {error}") from None
    if any(keys.count(".") > DEEPEST for keys in _KEYS.findall(_COMMENT.sub("", text))):
        raise _too_deep(path)
    try:
        values = tomllib.loads(text)
    except RecursionError:
        raise _too_deep(path) from None
    except tomllib.TOMLDecodeError as error:
        place = _PLACE.search(str(error))
        where = f"{path}:{place[1]}:{place[2]}" if place else str(path)
        raise ConfigError(f"{where}: not valid TOML: {error}") from None
    except ValueError:
        raise ConfigError(f"{path}: not valid TOML: a number with too many digits") from None
    if not _within(values, DEEPEST):
        raise _too_deep(path)
    return values


def _too_deep(path: Path) -> ConfigError:
    return ConfigError(f"{path}: keys or lists are nested more than {DEEPEST} levels deep; is this the right file?")


def _within(value: Any, levels: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels >= 0 and all(_within(item, levels - 1) for item in inner)

"""Collects every mistake of a configuration, so that one round trip mends them all. Knows no key's meaning."""

from __future__ import annotations

from pathlib import Path

from connector.errors import ConfigError

_TOLD = 100


class Mistakes:
    """Every mistake of one file, one a key, told together."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, ...], str] = {}

    def add(self, keys: tuple[str, ...], sentence: str) -> None:
        """Notes a mistake; the first one of a key is the one that is told."""
        self._found.setdefault(keys, sentence)

    def raise_if_any(self, path: Path) -> None:
        """ConfigError with all that was found."""
        lines = [f"{_dotted(keys)}: {sentence}" for keys, sentence in self._found.items()]
        if not lines:
            return
        more = [f"and {len(lines) - _TOLD:,} more"] if len(lines) > _TOLD else []
        told = (
            lines[0]
            if len(lines) == 1
            else "\n".join([f"{len(lines):,} mistakes:", *(f"  {line}" for line in (*lines[:_TOLD], *more))])
        )
        raise ConfigError(f"{path}: {told}", hint="mend these entries and run the command again")


def _dotted(keys: tuple[str, ...]) -> str:
    """``sources.acme.url``; what is no plain key is shown so that it can do no harm on a terminal."""
    return ".".join(key if key.isascii() and key.isprintable() and len(key) <= 60 else f"{key[:40]!r}" for key in keys)

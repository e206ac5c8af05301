"""What measures and terms are, in every language, from the data files beside it. It must not know any measure."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

LANGUAGES = ("en", "fa")


@cache
def _file(name: str) -> dict[str, Any]:
    return tomllib.loads(files("connector.metrics.words").joinpath(f"{name}.toml").read_text(encoding="utf-8"))


def terms(language: str) -> dict[str, str]:
    """Every term with its sentence."""
    return {term: told[language] for term, told in _file("terms").items()}


def measure_sentence(name: str, language: str, english: str) -> str:
    """What a measure means; in English where there is no other text."""
    told: str = _file("measures").get(language, {}).get(name, english)
    return told

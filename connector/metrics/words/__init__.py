"""What measures, columns and terms are called, in every language, from the data files beside. It knows no measure.

English words of measures stand in the headers of their SQL files; ``fa/`` has the Persian ones; terms have both.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from connector.errors import UsageError

ENGLISH = "en"
LANGUAGES = (ENGLISH, "fa")
#: columns that say the same in every measure
_COMMON = "common"


def known_language(text: str | None) -> str:
    """A language as it was asked for, English where none was; UsageError with what exists where it has no words."""
    language = text or ENGLISH
    if language not in LANGUAGES:
        message = f"--lang {language}: there are no words in this language."
        raise UsageError(message, hint=f"There is: {', '.join(LANGUAGES)}.")
    return language


@cache
def file_of(name: str) -> dict[str, Any]:
    """One of the data files, ``terms`` or ``fa/notes``."""
    return tomllib.loads(files("connector.metrics.words").joinpath(f"{name}.toml").read_text(encoding="utf-8"))


def terms(language: str) -> dict[str, str]:
    """Every term with its sentence."""
    return {term: told[language] for term, told in file_of("terms").items()}


def measure_words(name: str, which: str, language: str, english: str) -> str:
    """The ``title``, ``question`` or ``definition`` of a measure; the English one where there is no other."""
    told: str = english if language == ENGLISH else file_of("fa/measures").get(name, {}).get(which, english)
    return told


def name_of_term(key: str) -> str | None:
    """What a term is called in Persian."""
    told: str | None = file_of("terms").get(key, {}).get("name_fa")
    return told


def word(section: str, key: str) -> str | None:
    """A Persian word: of ``nouns``, ``cells``, ``parameters``, ``phrases`` or ``joints``; of ``notes`` a template."""
    words = file_of("fa/notes") if section == "notes" else file_of("fa/words")[section]
    told: str | None = words.get(key)
    return told


def column_words(measure: str, column: str, which: str) -> str | None:
    """The Persian ``head`` of a column, or what it ``means``."""
    columns = file_of("fa/columns")
    found = {**columns[_COMMON], **columns.get(measure, {})}.get(column, {})
    told: str | None = found.get(which)
    return told

"""Localized labels of metadata: the base language, and the caller's language beside it."""

from __future__ import annotations

from typing import Any

from connector.sandbox.dynamics.schema import BASE_LANGUAGE, USER_LANGUAGE


def label(text: str, local: str | None = None, *, languages: tuple[int, int] = (BASE_LANGUAGE, USER_LANGUAGE)) -> Any:
    """A ``Label``: every language's text, and the one that the caller sees."""
    base, user = languages
    localized = [_localized(text, base)]
    if local is not None and user != base:
        localized.append(_localized(local, user))
    return {"LocalizedLabels": localized, "UserLocalizedLabel": localized[-1]}


def _localized(text: str, language: int) -> dict[str, Any]:
    return {"Label": text, "LanguageCode": language, "IsManaged": True, "MetadataId": None, "HasChanged": None}

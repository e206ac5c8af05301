"""Labels of option sets in one language, from metadata. Labels are for display; mappings go by the integer.

One query per type of column, since the casts cannot be combined (Dataverse docs "Query table definitions using
the Web API"); ``FormattedValue`` annotations are of no use here: they speak the caller's language.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from connector.adapters.dynamics.webapi import WebApi

Labels = dict[str, dict[int, str]]

_CASTS = {
    "Picklist": "PicklistAttributeMetadata",
    "State": "StateAttributeMetadata",
    "Status": "StatusAttributeMetadata",
    "Boolean": "BooleanAttributeMetadata",
    "MultiSelectPicklist": "MultiSelectPicklistAttributeMetadata",
}


def fetch_labels(api: WebApi, table: str, kind: str, language: int | None) -> Labels:
    """Column -> option value -> label, for all columns of one type; empty for types without options."""
    cast = _CASTS.get(kind)
    if cast is None:
        return {}
    columns = api.collection(
        f"EntityDefinitions(LogicalName='{table}')/Attributes/Microsoft.Dynamics.CRM.{cast}",
        {"select": "LogicalName", "expand": "OptionSet,GlobalOptionSet"},
        object_name=table,
    )
    return {str(column["LogicalName"]): dict(_labels(column, language)) for column in columns}


def _labels(column: Mapping[str, Any], language: int | None) -> Iterator[tuple[int, str]]:
    for option in _options(column):
        label = _label(option.get("Label") or {}, language)
        if label is not None and option.get("Value") is not None:
            yield int(option["Value"]), label


def _options(column: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    for key in ("OptionSet", "GlobalOptionSet"):
        found = column.get(key) or {}
        if found.get("Options"):
            return list(found["Options"])
        if found.get("TrueOption"):
            return [option for option in (found.get("FalseOption"), found["TrueOption"]) if option]
    return []


def _label(label: Mapping[str, Any], language: int | None) -> str | None:
    localized = label.get("LocalizedLabels") or []
    texts = {item.get("LanguageCode"): item.get("Label") for item in localized if item.get("Label")}
    if language in texts:
        return str(texts[language])
    user = (label.get("UserLocalizedLabel") or {}).get("Label")
    if user:
        return str(user)
    return str(next(iter(texts.values()))) if texts else None

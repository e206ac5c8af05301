"""What a mapping may know beside the row: frozen for a whole run, so that mapping stays a pure function."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from connector.adapters.base import Frame


@dataclass(frozen=True)
class Context:
    """One source of one run. ``default_currency`` is that of rows which carry none."""

    source: str
    frame: Frame
    base_currency: str
    default_currency: str
    report_zone: ZoneInfo
    source_zone: ZoneInfo
    hash_key: bytes = b""

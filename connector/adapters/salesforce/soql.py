"""The few queries that reading needs, as SOQL text.

Instants stand unquoted and in UTC; date literals such as TODAY follow the user's time zone and are never used
(Salesforce docs: SOQL date formats).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\Z")


def query(
    object_name: str, paths: Sequence[str], *, stamp: str | None = None, since: str | None = None, ordered: bool = False
) -> str:
    """``SELECT ... FROM X [WHERE stamp >= since] [ORDER BY stamp, Id]``; ties of one second are read again."""
    text = f"SELECT {', '.join(paths)} FROM {object_name}"
    if stamp is None:
        return text
    if since is not None:
        if not _INSTANT.match(since):
            raise ValueError(f"{since!r} is no instant")
        text += f" WHERE {stamp} >= {since}"
    return f"{text} ORDER BY {stamp}, Id" if ordered else text

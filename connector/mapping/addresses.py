"""The host in a web or e-mail address, and the first address of a list. Knows no rule."""

from __future__ import annotations

import re

from connector.adapters.base import Value

_HOST = re.compile(r"([a-z0-9_]([a-z0-9_-]*[a-z0-9_])?\.)+[a-z][a-z0-9-]*[a-z0-9]\Z")

_MAIL = re.compile(r"[^\s;,<>\"']+@[^\s;,<>\"']+")


def first_address(value: Value) -> str | None:
    """The first e-mail address in a text: ``Ada <ada@x.test>; bo@x.test`` -> ``ada@x.test``.

    Unverified: how Dataverse parts the addresses in ``torecipients``; semicolons, commas and blanks are all taken.
    """
    found = _MAIL.search(value) if isinstance(value, str) else None
    return found.group() if found is not None else None


def domain(value: Value) -> str | None:
    """The host of an address, lower case and without ``www.``; None where there is none to be found."""
    if not isinstance(value, str):
        return None
    host = value.strip().casefold()
    host = host.partition("://")[2] or host
    for sign in "/?#":
        host = host.partition(sign)[0]
    host = host.rpartition("@")[2].partition(":")[0].rstrip(".").removeprefix("www.")
    return host if len(host) <= 253 and _HOST.match(host) else None

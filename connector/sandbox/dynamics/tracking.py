"""Delta tokens: a version and the moment it was read, ``919042!08/22/2017 08:10:44``. Stateless, but they expire.

"Use change tracking to synchronize data with external systems": tokens live for as many days as
``organization.expirechangetrackingindays`` says; a metadata change of the table ends them as well (seen in public
production code). Both are told as ExpiredVersionStamp.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from connector.sandbox.dynamics.refusals import bad_request, expired_stamp

_TOKEN = re.compile(r"(\d{1,18})!(\d\d/\d\d/\d{4} \d\d:\d\d:\d\d)\Z")
DEFAULT_TOKEN_DAYS = 7
_MOMENT = "%m/%d/%Y %H:%M:%S"


@dataclass
class Stamps:
    """What decides whether a token is still good: tokens of a version below ``floors`` are not."""

    floors: dict[str, int]

    def token(self, version: int, now: datetime) -> str:
        """The ``$deltatoken`` value, encoded as it stands in a delta link (lower-case escapes, ``!`` too)."""
        text = f"{version}!{now.astimezone(UTC).strftime(_MOMENT)}"
        return quote(text, safe="").replace("%2F", "%2f").replace("%3A", "%3a")

    def version(self, table: str, token: str, now: datetime, days: int) -> int:
        """The version that a token stands for; Refused where it is malformed or older than ``days``."""
        match = _TOKEN.match(token)
        if match is None:
            raise bad_request(f"Invalid delta token '{token[:60]}'.")
        version = int(match[1])
        given = datetime.strptime(match[2], _MOMENT).replace(tzinfo=UTC)
        if version < self.floors.get(table, 0) or now - given > timedelta(days=days):
            raise expired_stamp()
        return version

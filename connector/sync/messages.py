"""What the pulling threads tell the one writer: plain values that travel through a bounded queue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from connector.adapters.base import Page, Shape
from connector.errors import CrossfunnelError

if TYPE_CHECKING:
    from connector.mapping import Mapped, RowMapper


@dataclass(frozen=True, slots=True)
class ObjectStarted:
    """An object's shape is known and its first page is about to be asked for."""

    source: str
    object: str
    shape: Shape
    mapper: RowMapper
    fingerprint: str
    restart: bool
    #: set where the read only asks for records changed from this instant on
    since: str | None = None


@dataclass(frozen=True, slots=True)
class PageMapped:
    """One page, mapped; ``page.rows`` has been let go of, only their number is left."""

    source: str
    object: str
    mapped: Mapped
    page: Page
    fetched: int
    requests: int


@dataclass(frozen=True, slots=True)
class ObjectEnded:
    """An object was read to its end, is absent in the org, or failed with ``error``."""

    source: str
    object: str
    requests: int = 0
    absent: bool = False
    error: CrossfunnelError | None = None


@dataclass(frozen=True, slots=True)
class SourceEnded:
    """A source has nothing more to say."""

    source: str
    error: CrossfunnelError | None = None


Message = ObjectStarted | PageMapped | ObjectEnded | SourceEnded

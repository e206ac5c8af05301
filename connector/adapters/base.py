"""The Adapter protocol: how any source is read, in canonical values, without knowing tables or mappings.

Canonical values, the same by whatever road a record came (REST, Bulk, change tracking):

=============  ======================================================================
in the source  here
=============  ======================================================================
null, ""       ``None`` (an empty string is null: Salesforce Bulk cannot tell them apart)
text, id       ``str`` (Salesforce ids in 18 characters, GUIDs in lower case)
boolean        ``bool``
whole number   ``int``
number, money  ``decimal.Decimal``, exact, never a float
instant        ``str`` ``YYYY-MM-DDTHH:MM:SSZ`` (UTC, fractions of a second cut)
wall clock     ``str`` ``YYYY-MM-DDTHH:MM:SS`` (no zone: Dataverse TimeZoneIndependent)
day            ``str`` ``YYYY-MM-DD``
option set     ``int``
=============  ======================================================================
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol, overload

from connector.errors import CrossfunnelError, LimitReached, PermissionDenied, SignInFailed, SourceUnavailable

Value = str | int | bool | Decimal | None
Row = Sequence[Value]
Cursor = dict[str, Any]


@dataclass(frozen=True)
class Wanted:
    """What the mapping asks of one source object."""

    object: str
    fields: tuple[str, ...]
    #: always read whole, whatever ``start_date`` says (currencies, stages, users, ...)
    reference: bool = False


@dataclass(frozen=True)
class Shape:
    """What the org shows of a wanted object now.

    ``columns`` names the values of every row that ``pages`` yields, in order; the key fields are among
    them. ``missing`` are wanted fields that the org lacks or hides; ``absent`` says that the whole object is.
    """

    object: str
    columns: tuple[str, ...] = ()
    id_field: str = "Id"
    modified_field: str | None = None
    deleted_field: str | None = None
    missing: tuple[str, ...] = ()
    absent: bool = False


@dataclass(frozen=True, slots=True)
class Tombstone:
    """A record that the source says is gone, without its values."""

    source_id: str
    deleted_at: str | None = None


class PackedRows(Sequence[Row]):
    """Rows that stay as the source sent them until somebody looks; large reads hand them on so.

    They travel by pickle, hold no connection and no secret, so that another process may unpack them.
    Unpacking may raise SourceUnavailable, where what was sent cannot be read.
    """

    _unpacked: list[Row] | None = None

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def pieces(self) -> Iterator[list[Row]]:
        """The rows, some at a time: few enough to stay in a processor's cache while something is made of them."""

    @overload
    def __getitem__(self, at: int) -> Row: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Row]: ...
    def __getitem__(self, at: int | slice) -> Row | Sequence[Row]:
        if self._unpacked is None:
            self._unpacked = [row for piece in self.pieces() for row in piece]
        return self._unpacked[at]


@dataclass(slots=True)
class Page:
    """A bounded piece of one object's rows; committed in one transaction with its ``cursor``.

    ``cursor`` is what to hand to ``pages`` next time once this page is committed, or None where the place
    after this page is no safe place to start from. ``whole`` says that the page belongs to a read of the
    entire object: when the ``last`` page of such a read is in, what was not seen is deleted at the source.
    """

    rows: Sequence[Row] = field(default_factory=list)
    tombstones: list[Tombstone] = field(default_factory=list)
    cursor: Cursor | None = None
    whole: bool = False
    last: bool = False


@dataclass(frozen=True)
class FiscalCalendar:
    """The org's own fiscal year: first month and day, and whether a year is named by its start or end."""

    start_month: int = 1
    start_day: int = 1
    named_by_start: bool = False


@dataclass(frozen=True)
class Frame:
    """What mapping needs to know of the org beside the rows; read once per run, then frozen.

    ``lookups``: object -> id -> field -> value, of small reference objects (currencies, periods, process
    stages). ``labels``: (object, field) -> option value -> label in the org's base language.
    """

    currency: str | None = None
    lookups: Mapping[str, Mapping[str, Mapping[str, Value]]] = field(default_factory=dict)
    labels: Mapping[tuple[str, str], Mapping[int, str]] = field(default_factory=dict)
    fiscal: FiscalCalendar = FiscalCalendar()


@dataclass(frozen=True)
class CheckResult:
    """One line of ``crossfunnel check``: what was tried, whether it holds, and the mend if not.

    ``mend`` of a line that holds is advice. ``exit_code`` is what a line that fails asks for (3: a permission is
    lacking). ``object`` and ``field`` name what of the mapping it is about. After a ``final`` line nothing else was
    tried, for nothing else would be answered.
    """

    ok: bool
    what: str
    mend: str = ""
    exit_code: int = PermissionDenied.exit_code
    object: str = ""
    field: str = ""
    final: bool = False


def ends_all(error: CrossfunnelError) -> bool:
    """Whether nothing else would be answered either: to ask on would only repeat the patience with a silent source."""
    return isinstance(error, SignInFailed | LimitReached) or error.code == SourceUnavailable.code


class Adapter(Protocol):
    """One configured org. Methods may be called from several threads at once after ``connect``."""

    name: str
    kind: str

    def connect(self) -> None:
        """Signs in. Raises SignInFailed, PermissionDenied or SourceUnavailable."""

    def frame(self, lookups: Mapping[str, tuple[str, ...]], labels: Sequence[tuple[str, str]]) -> Frame:
        """Reads the frozen context: ``lookups`` maps reference objects to the fields asked of each."""

    def shape(self, wanted: Wanted) -> Shape:
        """Compares what is wanted with what the org shows; asks metadata at most once per run and object."""

    def pages(self, wanted: Wanted, shape: Shape, cursor: Cursor | None, *, whole: bool = False) -> Iterator[Page]:
        """Reads what changed since ``cursor``; everything where it is None, expired, or ``whole`` is set.

        Always yields at least one page; the last one has ``last`` set. Rows are handed on once they have
        arrived complete; a fault within a page is retried inside, never seen as an end.
        """

    def requests_for(self, object_name: str) -> int:
        """HTTP requests made for one object in this run."""

    def declared(self, object_name: str, field: str) -> Iterable[tuple[Value, str]]:
        """The values that the org declares for a field of fixed options, with their labels; empty for other fields."""

    def checks(self, wanted: Sequence[Wanted]) -> Iterator[CheckResult]:
        """What ``crossfunnel check`` tells about this org, line by line; never raises for what it finds."""

    def close(self) -> None:
        """Releases connections."""

"""From a configuration to an answer: opens the store, brings derived rows up to date, runs or explains a measure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from connector.errors import CrossfunnelError, UsageError
from connector.report.reservations import reservations

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from connector.mapping import Mappings
    from connector.metrics import Explanation, MetricInfo, MetricParams, Result
    from connector.metrics.notes import Note
    from connector.settings import Settings


#: the one flag by which a question leaves something in the store
_RECORDING = "record_payout"


@dataclass(frozen=True)
class Answer:
    """A measure's result, with what a table needs to be read by people."""

    result: Result
    info: MetricInfo


def measure(settings: Settings, name: str, given: Mapping[str, Any]) -> Answer:
    """Runs one measure with parameters as they were typed."""
    from connector.metrics import info, run_metric

    about, params = info(name), _params(settings, given)
    recording = _RECORDING in params.own and _RECORDING in about.flags
    with _ready(settings, to_record=recording) as (conn, mappings):
        recorded: Sequence[Note] = ()
        if recording:
            from connector.report.payouts import record_due

            recorded = record_due(conn, params, settings.report, mappings)
        result = run_metric(conn, name, params, settings.report, mappings)
        result.notes.extend(recorded)
        # these speak of the store as it is now
        if result.params["known_at"] is None:
            result.notes.extend(reservations(conn, about, result, settings.report, mappings))
    return Answer(result, about)


def explained(settings: Settings, name: str, given: Mapping[str, Any], rows: Sequence[str]) -> Explanation:
    """Explains one measure; ``rows`` are KEY=VALUE filters on its rows."""
    from connector.metrics import explain

    if _RECORDING in given.get("own", ()):
        raise UsageError("--record-payout: explain records nothing.", hint="Use `crossfunnel metrics quota`.")
    with _ready(settings) as (conn, mappings):
        return explain(
            conn,
            name,
            _params(settings, given),
            settings.report,
            mappings,
            dict(_pairs("--row", rows)),
            record_url(settings, conn),
        )


def record_url(settings: Settings, conn: Connection) -> Callable[[str, str, str], str | None]:
    """(source, object, source id) -> where a person opens the record, None for a source no longer configured."""
    from connector.adapters.links import record_link
    from connector.store import MetadataCache

    remembered = {name: dict(MetadataCache.read(conn, name)) for name in settings.sources}

    def link(source: str, object_name: str, source_id: str) -> str | None:
        configured = settings.sources.get(source)
        return None if configured is None else record_link(configured, remembered[source], object_name, source_id)

    return link


@contextmanager
def _ready(settings: Settings, *, to_record: bool = False) -> Iterator[tuple[Connection, Mappings]]:
    """The store brought up to date: a view of it, or ``to_record`` the one writer's transaction.

    StoreLocked where somebody else writes to what is to be recorded in.
    """
    from connector.mapping import load_mappings
    from connector.store import open_store, targets
    from connector.sync.adapters import KINDS
    from connector.sync.derive import ensure_current

    kinds = sorted({source.kind for source in settings.sources.values()} & set(KINDS))
    mappings = load_mappings(settings.mappings, targets(), kinds)
    with open_store(settings.store_path, write=False) as store:
        if to_record:
            with store.lock:
                ensure_current(store, settings, mappings)
                with store.write() as conn:
                    yield conn, mappings
                with suppress(CrossfunnelError):  # what was recorded is kept, and the next run tidies up
                    store.checkpoint()
            return
        ensure_current(store, settings, mappings)
        with store.read() as conn:
            yield conn, mappings


def _params(settings: Settings, given: Mapping[str, Any]) -> MetricParams:
    from connector.metrics import MetricParams

    values = {name: value for name, value in given.items() if value is not None}
    where = list(_pairs("--where", values.get("where", ())))
    return MetricParams(**{**values, "where": where, "digest": _digest(settings)})


def _digest(settings: Settings) -> Callable[[str], str | None]:
    """How this store hashes subjects, so that a plain one can be asked about; nothing where it never hashed any."""
    from connector.mapping.kept import keyed_hash
    from connector.sync.hash_key import known_hash_key

    key = known_hash_key(settings.store_path)
    return lambda text: None if key is None else keyed_hash(text, key)


def _pairs(flag: str, texts: Sequence[str]) -> Iterator[tuple[str, str]]:
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise UsageError(f"{flag} {text}: must look like KEY=VALUE", hint=f"for example {flag} team=Berlin")
        yield key.strip(), value

"""Which adapter reads which kind of source; each is imported only when a source of its kind is read."""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping

from connector.adapters.base import Adapter
from connector.errors import ConfigError
from connector.settings import DynamicsSource, SalesforceSource, Source

#: kinds of sources that this version reads
KINDS = ("salesforce", "dynamics")


def ensure_readable(sources: Iterable[Source]) -> None:
    """ConfigError where a source is of a kind that has no adapter."""
    for source in sources:
        if source.kind not in KINDS:
            raise ConfigError(
                f"sources.{source.name}: this version does not read sources of kind {source.kind!r} yet",
                hint="remove the source from the configuration, or name the other sources on the command line",
            )


def make_adapter(source: Source, cache: MutableMapping[str, str]) -> Adapter:
    """The adapter of one source; ``cache`` is what it remembered of the org's metadata, and may add to."""
    if isinstance(source, SalesforceSource):
        from connector.adapters.salesforce import SalesforceAdapter

        return SalesforceAdapter(source, cache=cache)
    if isinstance(source, DynamicsSource):
        from connector.adapters.dynamics import DynamicsAdapter

        return DynamicsAdapter(source, cache=cache)
    ensure_readable([source])
    raise AssertionError(source.kind)

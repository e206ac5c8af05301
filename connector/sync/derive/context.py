"""What derivations go by: the funnel, the reporting settings, identities, declared rates, and the present moment.

It must not read the store: everything here comes from files, so that the same rows give the same derivations.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from connector.instants import day_of, now
from connector.mapping.funnel import Funnel
from connector.mapping.people import People
from connector.mapping.pipelines import Funnels

if TYPE_CHECKING:
    from connector.mapping import Mappings
    from connector.mapping.rates import RateRow
    from connector.settings import ReportSettings, Settings

#: the mark that tells in plain words of which kind each source is; metrics/known reads it
KINDS = "kinds"

#: raised when derived columns would come out differently for the same rows: every store is then derived anew
VERSION = "3"


@dataclass(frozen=True)
class DeriveContext:
    """One run's frozen context. ``kinds`` maps each configured source to its kind, in the order of the config.

    ``pipelines`` are those with a funnel of their own, by their folded names.
    """

    report: ReportSettings
    funnel: Funnel
    kinds: Mapping[str, str]
    now: str
    people: People = field(default_factory=People)
    rates: Sequence[RateRow] = ()
    pipelines: Mapping[str, Funnel] = field(default_factory=dict)

    @cached_property
    def funnels(self) -> Funnels:
        """The funnel of every pipeline."""
        return Funnels(self.funnel, self.pipelines)

    @cached_property
    def zone(self) -> ZoneInfo:
        return self.report.zone

    @cached_property
    def today(self) -> str:
        """The as-of day of this run."""
        return day_of(self.now, self.zone)

    def day(self, instant: str | None) -> str | None:
        """The day of an instant in the reporting time zone; what is no instant has none."""
        if instant is None:
            return None
        try:
            return day_of(instant, self.zone)
        except (ValueError, OverflowError):
            return None

    @cached_property
    def marks(self) -> dict[str, str]:
        """What derived columns depend on beside the rows, by name; a mark that differs means: derive anew."""
        report = self.report
        return {
            "version": VERSION,
            "zone": report.timezone,
            "base": report.base_currency,
            KINDS: json.dumps(dict(self.kinds)),
            "funnel": fingerprint([self.funnels, dict(self.kinds)]),
            "people": fingerprint([self.people, list(self.kinds)]),
            "rates": fingerprint([[rate.currency, rate.valid_from, str(rate.units_per_base)] for rate in self.rates]),
            "calendar": fingerprint(
                [
                    report.calendar,
                    report.fiscal_year_start,
                    report.fiscal_year_named_by,
                    list(report.fiscal_year_days),
                ]
            ),
        }


def context_of(settings: Settings, mappings: Mappings, at: str | None = None) -> DeriveContext:
    """The context that the configuration and the mapping files make; ``at`` is the present unless given."""
    return DeriveContext(
        report=settings.report,
        funnel=mappings.funnel,
        kinds={name: source.kind for name, source in settings.sources.items()},
        now=at or now(),
        people=mappings.people,
        rates=mappings.rates,
        pipelines=mappings.pipelines,
    )


def fingerprint(thing: Any) -> str:
    """A hash of a value that is the same in every process, whatever order its sets and mappings have."""
    return hashlib.sha256(json.dumps(_plain(thing), sort_keys=True).encode()).hexdigest()[:16]


def _plain(thing: Any) -> Any:
    if isinstance(thing, str | int | float | bool | None):
        plain: Any = thing
    elif isinstance(thing, Mapping):
        plain = sorted([repr(name), json.dumps(_plain(value), sort_keys=True)] for name, value in thing.items())
    elif isinstance(thing, set | frozenset):
        plain = sorted(json.dumps(_plain(value), sort_keys=True) for value in thing)
    elif isinstance(thing, Sequence):
        plain = [_plain(value) for value in thing]
    elif is_dataclass(thing):
        plain = {each.name: _plain(getattr(thing, each.name)) for each in fields(thing)}
    else:
        plain = str(thing)
    return plain

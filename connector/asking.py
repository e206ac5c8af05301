"""The options that ``metrics`` and ``explain`` share: window, groups, filters, and each measure's own flags."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import typer

from connector.errors import UsageError


def _text(flag: str, metavar: str, help_: str | None = None) -> Any:
    return Annotated[str | None, typer.Option(flag, metavar=metavar, help=help_, show_default=False)]


def _switch(flag: str, help_: str) -> Any:
    return Annotated[bool, typer.Option(flag, help=help_, show_default=False)]


#: what every measure understands
_COMMON: dict[str, Any] = {
    "from_": _text("--from", "YYYY-MM-DD", "First day of the window."),
    "to": _text("--to", "YYYY-MM-DD", "Last day of the window."),
    "period": _text("--period", "PERIOD", "2026, 2026Q3 or 2026-07, in place of --from and --to."),
    "as_of": _text("--as-of", "YYYY-MM-DD", "Answer from what was true at the end of this day."),
    "known_at": _text("--known-at", "YYYY-MM-DD", "Answer from what the store knew at the end of this day."),
    "by": _text("--by", "GROUP", "One set of rows per source, team, person ..."),
    "where": Annotated[
        list[str] | None,
        typer.Option("--where", metavar="KEY=VALUE", help="Only these; repeatable.", show_default=False),
    ],
    "engine": _text("--engine", "ENGINE", "The engine that computes: sqlite or duckdb."),
    "lang": _text("--lang", "LANG", "Language of the words: en or fa."),
}
#: what one measure or another understands; the catalog says which
_OWN: dict[str, Any] = {
    "horizon": _text("--horizon", "DAYS", "forecast: how far to look ahead."),
    "backtest": _switch("--backtest", "forecast: hold past forecasts against what came."),
    "target": _text("--target", "MONEY", "needed: what is to be won, in major units of the base currency."),
    "by_date": _text("--by-date", "YYYY-MM-DD", "needed: the day by which it is to be won."),
    "confidence": _text("--confidence", "SHARE", "needed: how sure the target is to be met."),
    "basis": _text("--basis", "closed|created", "win_rate: deals closed, or created, in the window."),
    "minimum": _text("--minimum", "N", "satisfaction: groups with fewer answers show no figure."),
    "campaign": _text("--campaign", "CAMPAIGN", "cadence: messages to members of this campaign since its first day."),
    "check": _text("--check", "EMAIL", "cadence: may this person get a message? Ends with 0 or 8."),
    "record_payout": _switch("--record-payout", "quota: record what is due, less what was paid before, as paid."),
    "message": _text("--message", "ID", "cadence: the message that --check asks about."),
}


def asked(function: Callable[..., Any]) -> Callable[..., Any]:
    """Gives a command these options; it takes them as one mapping, ``given``, without those that were left out."""
    kept = [p for p in inspect.signature(function).parameters.values() if p.name != "given"]
    options = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=False if annotation.__origin__ is bool else None,
            annotation=annotation,
        )
        for name, annotation in {**_COMMON, **_OWN}.items()
    ]

    @functools.wraps(function)
    def call(*arguments: Any, **values: Any) -> Any:
        given = {name: values.pop(name) for name in _COMMON}
        own = {name: values.pop(name) for name in _OWN}
        told = {name: "yes" if value is True else value for name, value in own.items() if value not in (None, False)}
        return function(*arguments, given={**given, "own": told}, **values)

    call.__signature__ = inspect.Signature([*kept, *options])  # type: ignore[attr-defined]
    return call


def refuse_without_a_measure(given: Mapping[str, Any]) -> None:
    """UsageError for any of these options where no measure is named that could heed it; the language is heeded."""
    typed = {**given, **given["own"]}
    flags = [f"--{name.strip('_').replace('_', '-')}" for name in (*_COMMON, *_OWN) if typed.get(name)]
    asked_for = [flag for flag in flags if flag != "--lang"]
    if asked_for:
        raise UsageError(
            f"{', '.join(asked_for)}: no measure is named.",
            hint=f"Name one: `crossfunnel metrics NAME {asked_for[0]} ...`; `crossfunnel metrics` lists them.",
        )

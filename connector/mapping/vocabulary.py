"""Every op that a rule may use: its words, what it may fill, an example. The documentation's table is made of it."""

from __future__ import annotations

from dataclasses import dataclass

_TEXTS = ("text", "status")
_EVERYTHING = (
    "text", "instant", "day", "minor", "integer", "flag", "share", "number", "decimal", "ref", "status", "json",
)  # fmt: skip
_PLAIN = tuple(kind for kind in _EVERYTHING if kind not in ("minor", "ref"))


@dataclass(frozen=True)
class Op:
    """One op; ``fills`` are the kinds of columns that it can fill."""

    words: tuple[str, ...]
    required: tuple[str, ...]
    fills: tuple[str, ...]
    meaning: str
    example: str


OPS: dict[str, Op] = {
    "from": Op(
        (), (), _PLAIN, "copies a field; the same as the bare field name", "{from: actualclosedate}"
    ),
    "const": Op((), (), _EVERYTHING, "the same value for every record; `null` for none", "{const: default}"),
    "ref": Op(
        ("from",), ("from",), ("ref",), "refers to the row that another record of the same source became",
        "{ref: crm_user, from: OwnerId}",
    ),
    "money": Op(
        ("currency", "else"), (), ("minor",),
        "an amount in minor units by the currency's ISO 4217 exponent; fills `currency` beside it, with the source's "
        "default where the record has none; `else` is a rule for records without the amount",
        "{money: Amount, currency: CurrencyIsoCode}",
    ),
    "map": Op(
        ("from", "else"), ("from",), _PLAIN,
        "one value for another; a value that is not listed is rejected unless there is an `else`",
        "{map: {0: open, 1: won, 2: lost}, from: statecode}",
    ),
    "when": Op(
        ("is", "then", "else"), ("is", "then"), _EVERYTHING,
        "a choice: `is` is a value, a list, `null` for empty or \"*\" for anything at all; `then` and `else` are fixed "
        "values or rules in braces",
        "{when: IsWon, is: true, then: won, else: open}",
    ),
    "first": Op(
        ("else",), (), _EVERYTHING, "the first in a list of fields, rules and choices that has a value",
        "{first: [MobilePhone, Phone]}",
    ),
    "label": Op((), (), _TEXTS, "an option's label in the org's base language", "{label: new_region}"),
    "lookup": Op(
        ("from", "field"), ("from", "field"), _PLAIN,
        "a field of a small reference object, found by the id in `from`",
        "{lookup: processstage, from: _activestageid_value, field: stagename}",
    ),
    "day": Op(
        ("zone",), (), ("day", "text"),
        "the day of an instant in the time zone of the `source` or of the `report`; a day stays as it is",
        "{day: goalstartdate, zone: source}",
    ),
    "fiscal": Op(
        ("year", "period", "when", "else"), ("year", "period"), ("day", "text"),
        "`start` or `end` of a fiscal period (Dynamics period codes) in the org's own fiscal calendar, where the flag "
        "field `when` is true",
        "{fiscal: start, year: fiscalyear, period: fiscalperiod, when: isfiscalperiodgoal}",
    ),
    "percent": Op((), (), ("share", "number"), "0 to 100 as 0 to 1", "{percent: Probability}"),
    "join": Op(
        ("with",), (), _TEXTS, "texts put together, empty ones left out",
        '{join: [FirstName, LastName], with: " "}',
    ),
    "domain": Op((), (), ("text",), "the host of a web or e-mail address, without `www.`", "{domain: Website}"),
    "address": Op(
        (), (), ("text",), "the first e-mail address in a text, however a list of them is written",
        "{address: torecipients}",
    ),
    "hash": Op(
        (), (), ("text",), "a keyed hash; the text itself is never stored, not even in a reject", "{hash: Subject}",
    ),
}  # fmt: skip

#: words that mean something in a rule but begin none
ARGUMENTS = tuple(sorted({word for op in OPS.values() for word in op.words} - set(OPS)))


def documented() -> str:
    """The table of ops for the documentation."""
    rows = ["| op | words beside it | fills | does | example |", "|---|---|---|---|---|"]
    for name, op in OPS.items():
        words = ", ".join(f"`{word}`" for word in op.words)
        fills = "anything" if op.fills == _EVERYTHING else ", ".join(op.fills)
        fills = "anything but minor and ref" if op.fills == _PLAIN else fills
        rows.append(f"| `{name}` | {words} | {fills} | {op.meaning} | `{op.example}` |")
    return "\n".join(rows)

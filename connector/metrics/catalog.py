"""The catalog: what each measure is called, asks, means and needs, read from the header of its SQL file.

``explain``, the documentation and the list that ``metrics`` prints all come from here. It must not know
how a measure is computed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from connector.errors import UsageError
from connector.metrics.workspace import sql_file, statement

#: every measure, in the order in which people read of them
NAMES = (
    "funnel", "forecast", "needed", "cycle", "win_rate", "quota", "adoption", "satisfaction", "cadence", "definitions",
)  # fmt: skip
_LISTS = ("groups", "filters")
#: kinds of columns that hold minor units of the base currency: sums over records, and others
MONEY = ("minor", "money")
_ADDITIVE = ("count", "minor")
_ONLY_GROUPED = "(with --by)"


@dataclass(frozen=True)
class Column:
    """One column of a measure's rows."""

    name: str
    kind: str
    description: str

    @property
    def is_additive(self) -> bool:
        """Whether the records behind a row add up to the figure."""
        return self.kind in _ADDITIVE

    @property
    def is_only_grouped(self) -> bool:
        """Whether the column is there only where --by is given."""
        return self.description.endswith(_ONLY_GROUPED)


@dataclass(frozen=True)
class MetricInfo:
    """One measure in plain words."""

    name: str
    title: str
    question: str
    definition: str
    formula: tuple[str, ...]
    unit: str
    grain: str
    population: str
    owner: str
    groups: tuple[str, ...]
    filters: tuple[str, ...]
    #: the measure's own flags by name (``by_date`` for ``--by-date``) with what each means
    flags: Mapping[str, str]
    parameters: str
    policies: str
    caveats: tuple[str, ...]
    columns: tuple[Column, ...]
    sql: str
    #: the table without whose rows nothing can be answered
    reads: str = "opportunity"

    @property
    def shows_stages(self) -> bool:
        """Whether figures hang on what funnel.yaml takes for which stage."""
        return "funnel.yaml decides the stages" in self.policies


def catalog() -> list[MetricInfo]:
    """Every measure there is."""
    return [info(name) for name in NAMES]


@cache
def info(name: str) -> MetricInfo:
    """One measure; UsageError with what exists where there is none of this name."""
    if name not in NAMES:
        raise UsageError(f"There is no measure {name!r}.", hint=f"There is: {', '.join(NAMES)}.")
    header: dict[str, list[str]] = {}
    columns = []
    for line in sql_file(name).splitlines():
        if not line.startswith("-- "):
            continue
        key, _, text = line[3:].partition(":")
        text = text.strip()
        if key == "column":
            named, _, description = text.partition(": ")
            name_and_kind = named.split()
            columns.append(Column(name_and_kind[0], name_and_kind[1], description))
        else:
            header.setdefault(key, []).append(text)
    one = {key: texts[0] for key, texts in header.items() if key not in (*_LISTS, "formula", "caveats", "flag")}
    groups, filters = (tuple(filter(None, header.get(key, [""])[0].split(", "))) for key in _LISTS)
    flags = dict(text.split(": ", 1) for text in header.get("flag", ()))
    return MetricInfo(
        **one,
        formula=tuple(header["formula"]),
        caveats=tuple(header.get("caveats", ())),
        groups=groups,
        filters=filters,
        flags=flags,
        columns=tuple(columns),
        sql=statement(name),
    )


def as_markdown() -> str:
    """``docs/measures.md``."""
    parts = [
        "# The measures",
        "",
        "Generated from the headers of `connector/metrics/sql/*.sql` by `python -m connector.metrics`.",
        "Rules that hold everywhere: zero over zero is null; deleted rows and duplicates never count; figures are",
        "decided unrounded; `crossfunnel explain NAME` shows the source records behind every figure.",
        "",
        "`--as-of DAY` answers from what was true at the end of that day, as far as is known now. `--known-at DAY`",
        "answers from what the store knew at the end of that day, in the reporting time zone: a record deleted later",
        "is still there, one that came later is not; values, owners, teams, quotas, rates and histories are those of",
        "that evening. With `--known-at` alone, the as-of day is that day too: so a report is told again as it was",
        "told. An as-of day before it asks what that evening knew of an earlier day; one after it, what that evening",
        "could say of a day to come. Mapping and policy files, and the settings under `[report]`, are always those of",
        "today.",
        "",
        "`--where KEY=VALUE` narrows: given twice, both must hold, also where the key is the same. A value is a",
        "display name, key, e-mail address or id, upper and lower case alike.",
    ]
    for measure in catalog():
        parts += ["", *_markdown_of(measure)]
    return "\n".join(parts) + "\n"


def _markdown_of(measure: MetricInfo) -> list[str]:
    facts = (
        ("Unit", measure.unit),
        ("Rows", measure.grain),
        ("Population", measure.population),
        ("Who can influence it", measure.owner),
        ("Grouped by", ", ".join(measure.groups) or "nothing"),
        ("Filtered by", ", ".join(measure.filters) or "nothing"),
        ("Parameters", measure.parameters),
        ("Policies", measure.policies),
    )
    return [
        f"## {measure.name}",
        "",
        measure.question,
        "",
        measure.definition,
        "",
        *(f"- {line}" for line in measure.formula),
        "",
        "| | |",
        "|---|---|",
        *(f"| {name} | {_in_a_cell(text)} |" for name, text in facts),
        "",
        "| column | kind | meaning |",
        "|---|---|---|",
        *(f"| `{column.name}` | {column.kind} | {_in_a_cell(column.description)} |" for column in measure.columns),
        "",
        "Mind:",
        "",
        *(f"- {caveat}" for caveat in measure.caveats),
    ]


def _in_a_cell(text: str) -> str:
    return text.replace("|", "\\|")

"""The data dictionary: every table, view and column with its kind and meaning, from the descriptions in the schema."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass

from sqlmodel import SQLModel

from connector.store.analyst_views import VIEWS
from connector.store.columns import KINDS
from connector.store.tables import COMPUTED, MAPPABLE, OPERATOR, kind_of, table
from connector.store.view import View

_PARTS = (
    ("Records", "What mapping files fill, row by row, from any source.", MAPPABLE),
    ("Computed rows", "Made from the records; made anew when a rule or a setting changes.", COMPUTED),
    ("The operator's tables", "What was read when, what was refused, what the orgs lack.", OPERATOR),
)


@dataclass(frozen=True)
class Entry:
    """One column of one table or view."""

    table: str
    column: str
    kind: str
    description: str
    #: the table that a reference points to
    refers_to: str | None = None
    key: bool = False


def entries() -> Iterator[Entry]:
    """Every column of every table, then of every view."""
    for _, _, models in _PARTS:
        for name in models:
            yield from _of_table(name)
    for view in VIEWS:
        yield from _of_view(view)


def describe(name: str) -> str:
    """What a row of the table or view is, in one sentence."""
    for _, _, models in _PARTS:
        if name in models:
            return _sentence(models[name])
    return next(view.description for view in VIEWS if view.name == name)


def markdown() -> str:
    """The dictionary as the page docs/store.md holds it."""
    parts = ["### Kinds of columns", "", "| kind | spelt as |", "|---|---|"]
    parts += [f"| {kind} | {spelling} |" for kind, spelling in KINDS.items()]
    for title, about, models in _PARTS:
        parts += ["", f"### {title}", "", about]
        for name, model in models.items():
            parts += _section(name, _sentence(model), list(_of_table(name)))
    parts += [
        "",
        "### Views for analysts",
        "",
        "Names in place of ids, amounts as decimal numbers, deleted rows left out.",
    ]
    for view in VIEWS:
        parts += _section(view.name, view.description, list(_of_view(view)))
    return "\n".join(parts) + "\n"


def _of_table(name: str) -> Iterator[Entry]:
    for column in table(name).columns:
        description = column.comment or "Row number"
        yield Entry(name, column.name, kind_of(column), description, column.info.get("table"), column.primary_key)


def _of_view(view: View) -> Iterator[Entry]:
    behind = table(view.table).columns
    for column in view.columns:
        description = column.description or str(behind[column.name].comment)
        yield Entry(view.name, column.name, column.kind, description)


def _section(name: str, about: str, columns: list[Entry]) -> list[str]:
    head = ["", f"#### `{name}`", "", about if about.endswith(".") else f"{about}.", ""]
    return [*head, "| column | kind | meaning |", "|---|---|---|", *(_line(each) for each in columns)]


def _line(entry: Entry) -> str:
    kind = f"{entry.kind} → `{entry.refers_to}`" if entry.refers_to else entry.kind
    name = f"**`{entry.column}`**" if entry.key else f"`{entry.column}`"
    return f"| {name} | {kind} | {entry.description.replace('|', chr(92) + '|')} |"


def _sentence(model: type[SQLModel]) -> str:
    return inspect.cleandoc(model.__doc__ or "").splitlines()[0]

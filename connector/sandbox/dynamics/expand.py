"""``$expand`` of single-valued navigation properties: related records as JSON within the row, by SQLite itself.

"Join tables using OData": up to 15 expansions, ``$select`` within, ``/$ref`` instead of data. Collections are no
part of the sandbox's model; nested expansions are not spoken.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from connector.sandbox.dynamics.refusals import (
    bad_request,
    not_navigable,
    not_supported,
    too_many_expansions,
    unknown_property,
)
from connector.sandbox.dynamics.rendering import Annotates, row_sql, selected
from connector.sandbox.dynamics.schema import Attribute, Table

if TYPE_CHECKING:
    from connector.sandbox.dynamics.organization import Organization

_MOST = 15
_ITEM = re.compile(r"\s*(\w+)(/\$ref)?\s*(?:\(((?:[^()]|\([^()]*\))*)\))?\s*(?:,|\Z)")


@dataclass(frozen=True)
class Expansion:
    """One navigation property and what is asked of the record that it leads to."""

    name: str
    attribute: Attribute
    target: Table
    select: tuple[str, ...] | None
    reference: bool

    @property
    def told(self) -> str:
        """How the context of the answer names it."""
        return f"{self.name},{self.name}/$ref()" if self.reference else f"{self.name}({','.join(self.select or ())})"


def expansions(organization: Organization, table: Table, text: str | None) -> list[Expansion]:
    """What an ``$expand`` asks for; Refused for names that are no navigation property and options that do not go."""
    found: list[Expansion] = []
    place = 0
    while text is not None and (place < len(text) or not found):
        match = _ITEM.match(text, place)
        if match is None:
            raise bad_request(f"Syntax error at position {place} in '{text}'.")
        found.append(_expansion(organization, table, match[1], match[3], reference=match[2] is not None))
        place = match.end()
    if len(found) > _MOST:
        raise too_many_expansions(_MOST)
    return found


def _expansion(organization: Organization, table: Table, name: str, inner: str | None, *, reference: bool) -> Expansion:
    navigation = table.navigation(name)
    if navigation is None:
        if name in table.by_column:
            raise not_navigable(name, table.name)
        raise unknown_property(name, table.name)
    attribute, target_name = navigation
    if target_name not in organization.tables or attribute.name in organization.hidden(table):
        raise unknown_property(name, table.name)
    target = organization.tables[target_name]
    organization.gate.check_read(target)
    select = _select(inner)
    if attribute.kind == "Owner":
        for column in select or ():
            if column != "ownerid":
                raise unknown_property(column, "principal")
    else:
        selected(target, select, organization.hidden(target))
    return Expansion(name, attribute, target, select, reference)


def _select(inner: str | None) -> tuple[str, ...] | None:
    """The ``$select`` within; other options go with collections only, or not at all."""
    found: tuple[str, ...] | None = None
    for piece in filter(None, (part.strip() for part in (inner or "").split(";"))):
        name, _, value = piece.partition("=")
        if name == "$expand":
            raise not_supported("$expand within $expand")
        if name != "$select":
            raise bad_request(f"The query parameter '{name}' is not supported within $expand here.")
        found = tuple(column.strip() for column in value.split(","))
    return found


def with_expansions(
    organization: Organization, row: str, wanted: Sequence[Expansion], annotates: Annotates, root: str
) -> str:
    """SQL of a row (over ``t``) with the related records as further members.

    A row ends in exactly one brace: its last member is a key.
    """
    if not wanted:
        return row
    told = " || ".join(
        f"',\"{item.name}\":' || coalesce({_related(organization, item, annotates, root)}, 'null')" for item in wanted
    )
    return f"rtrim({row}, '}}') || {told} || '}}'"


def _related(organization: Organization, item: Expansion, annotates: Annotates, root: str) -> str:
    """SQL of the related record as JSON; null where there is none."""
    column = f't."{item.attribute.column}"'
    if item.reference:
        address = f"{root}/{item.target.set_name}(".replace("'", "''")
        return f"CASE WHEN {column} IS NOT NULL THEN '{{\"@odata.id\":\"{address}' || {column} || ')\"}}' END"
    if item.attribute.kind == "Owner":
        kind = f't."{item.attribute.type_column}"'
        return (
            f'CASE WHEN {column} IS NOT NULL THEN \'{{"@odata.type":"#Microsoft.Dynamics.CRM.\' || {kind} || '
            f'\'","ownerid":"\' || {column} || \'"}}\' END'
        )
    target = item.target
    columns = selected(target, item.select, organization.hidden(target))
    row = row_sql(target, columns, organization.tables, annotates, organization.secured(target), etag=False)
    right = f" WHERE t.\"{item.attribute.type_column}\" = '{target.name}'" if item.attribute.polymorphic else ""
    return (
        f"(SELECT {row} FROM (SELECT {column} AS wanted{right}) AS w "
        f'JOIN "{target.name}" AS t ON t."{target.key}" = w.wanted)'
    )

"""What the inner query of ``IN (SELECT ...)`` may be (docs: SOQL semi-joins and anti-joins)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from connector.sandbox.salesforce.fields import Field
from connector.sandbox.salesforce.soql.syntax import Comparison, Condition, Logic, Query

MOST_SEMI_JOINS = 2
_IDENTITIES = ("id", "reference")


def semi_join_flaw(inner: Query, left: Field, selected: Sequence[Field], *, same_object: bool) -> str | None:
    """What is wrong with a semi-join, None where nothing is. The rules are documented, their sentences unverified."""
    if len(selected) != 1:
        return "a semi-join selects exactly one field"
    if left.type not in _IDENTITIES or selected[0].type not in _IDENTITIES:
        return "both sides of a semi-join must be id or reference fields"
    if same_object:
        return "The inner and outer selects should not be on the same object type"
    if inner.order_by or inner.limit is not None or inner.offset is not None or inner.group_by:
        return "a semi-join takes no ORDER BY, LIMIT, OFFSET or GROUP BY"
    if any(comparison.subquery is not None for comparison in _comparisons(inner.where)):
        return "Nesting of semi join sub-selects is not supported"
    return None


def placement_flaw(where: Condition | None) -> str | None:
    """What is wrong with where semi-joins stand: beside OR or below NOT, or more than two of them."""
    joins = [comparison for comparison in _comparisons(where) if comparison.subquery is not None]
    if len(joins) > MOST_SEMI_JOINS:
        return f"no more than {MOST_SEMI_JOINS} semi join sub-selects are allowed"
    if isinstance(where, Logic) and where.operator == "OR" and joins:
        return "Semi join sub-selects are not allowed with the 'OR' operator"
    top = where.conditions if isinstance(where, Logic) and where.operator == "AND" else (where,)
    if any(join not in top for join in joins):
        return "Semi join sub-selects are only allowed at the top level WHERE expressions"
    return None


def _comparisons(condition: Condition | None) -> Iterator[Comparison]:
    if isinstance(condition, Comparison):
        yield condition
    elif condition is not None:
        for part in condition.conditions:
            yield from _comparisons(part)

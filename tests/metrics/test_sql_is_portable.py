"""Every SQL file of the measures keeps to the subset that runs unchanged on SQLite, DuckDB, PostgreSQL and Spark."""

from __future__ import annotations

from importlib.resources import files

import pytest
import sqlglot
from sqlglot import exp

from connector.metrics.workspace import statement

FILES = sorted(
    path.name.removesuffix(".sql")
    for path in files("connector.metrics").joinpath("sql").iterdir()
    if path.name.endswith(".sql")
)
ALLOWED_FUNCTIONS = {
    "SUM",
    "COUNT",
    "MIN",
    "MAX",
    "COALESCE",
    "CASE",
    "CAST",
    "LENGTH",
    "ROW_NUMBER",
    "LEAD",
    "NULLIF",
    "ABS",
    "EXISTS",
    "AND",
    "OR",
}
REFUSED = (
    exp.Filter, exp.CurrentDate, exp.CurrentTimestamp, exp.CurrentTime, exp.DateAdd, exp.DateDiff, exp.DateSub,
    exp.Extract, exp.IntDiv, exp.Placeholder, exp.Parameter, exp.Star, exp.Boolean, exp.Qualify, exp.Pivot, exp.Limit,
    exp.Glob, exp.RegexpLike, exp.Interval, exp.Lateral, exp.Unnest,
)  # fmt: skip
CONDITIONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.And, exp.Or, exp.Not, exp.Is, exp.In, exp.Between)
CONDITION_PLACES = (exp.Where, exp.Having, exp.If, exp.Join, exp.And, exp.Or, exp.Not, exp.Paren)


def complaints(sql: str) -> list[str]:
    found: list[str] = []
    trees = sqlglot.parse(sql, read="sqlite")
    if len(trees) != 1 or trees[0] is None:
        return ["one statement per file"]
    tree = trees[0]
    for node in tree.walk():
        if isinstance(node, REFUSED) and not _is_count_or_row_star(node):
            found.append(f"{type(node).__name__}: {node.sql()}")
        is_branch = isinstance(node, exp.If) and isinstance(node.parent, exp.Case)
        if isinstance(node, exp.Func) and not isinstance(node, exp.Connector) and not is_branch:
            name = (node.name if isinstance(node, exp.Anonymous) else node.sql_name()).upper()
            if name not in ALLOWED_FUNCTIONS:
                found.append(f"function {name}")
        if isinstance(node, exp.Div) and not _is_float(node.this):
            found.append(f"division without * 1.0: {node.sql()}")
        if isinstance(node, CONDITIONS) and not isinstance(node.parent, CONDITION_PLACES):
            found.append(f"a condition used as a value: {node.sql()}")
        if isinstance(node, exp.WindowSpec) and node.args.get("kind") != "ROWS":
            found.append(f"window frame: {node.sql()}")
    ordered = tree.args.get("order")
    if ordered is not None and not isinstance(ordered.expressions[-1].this, exp.Column):
        found.append("ORDER BY must end in a column that tells rows apart")
    return found


def _is_count_or_row_star(node: exp.Expression) -> bool:
    """COUNT(*) is portable; a * of one named relation keeps the columns that this program itself made."""
    return isinstance(node, exp.Star) and isinstance(node.parent, exp.Count | exp.Column)


def _is_float(node: exp.Expression) -> bool:
    return isinstance(node, exp.Mul) and node.expression.sql() == "1.0"


@pytest.mark.parametrize("name", FILES)
def test_file_keeps_to_the_subset(name: str) -> None:
    assert complaints(statement(name)) == []


@pytest.mark.parametrize("name", FILES)
def test_file_parses_as_every_dialect(name: str) -> None:
    for dialect in ("sqlite", "duckdb", "postgres", "spark"):
        assert sqlglot.parse_one(statement(name), read=dialect) is not None


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT date('now')",
        "SELECT julianday(a.x) FROM a",
        "SELECT SUM(a.x) FILTER (WHERE a.y = 1) FROM a",
        "SELECT SUM(a.x = 1) FROM a",
        "SELECT a.x / a.y FROM a",
        "SELECT a.x FROM a WHERE a.y = ?",
        "SELECT * FROM a",
        "SELECT a.x FROM a LIMIT 1",
        "SELECT CURRENT_DATE",
        "SELECT SUM(a.x) OVER (ORDER BY a.id RANGE UNBOUNDED PRECEDING) FROM a",
    ],
)
def test_what_is_outside_the_subset_is_refused(sql: str) -> None:
    assert complaints(sql)

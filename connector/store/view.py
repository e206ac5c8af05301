"""What an analyst view is made of, and its SQL text; knows no view by name."""

from __future__ import annotations

from dataclasses import dataclass

#: 10 ** exponent as a number: SQLite has no power function in every build. ISO 4217 has no other exponents.
_UNITS = "CASE {exponent} WHEN 0 THEN 1.0 WHEN 3 THEN 1000.0 WHEN 4 THEN 10000.0 ELSE 100.0 END"
_BASE_CURRENCY = "(SELECT s.value FROM store_setting s WHERE s.name = 'base_currency')"
_BASE_EXPONENT = f"(SELECT c.exponent FROM currency c WHERE c.code = {_BASE_CURRENCY})"


@dataclass(frozen=True)
class Shown:
    """One column of a view: its name, the SQL behind it, and its description for the data dictionary."""

    name: str
    expression: str
    description: str
    kind: str = "text"


@dataclass(frozen=True)
class View:
    """One view: ``table`` is the table it shows row by row, ``joins`` are left joins by key that add no rows."""

    name: str
    description: str
    table: str
    columns: tuple[Shown, ...]
    joins: tuple[str, ...] = ()
    where: str = "t.is_deleted = 0"

    def sql(self) -> str:
        """The statement that creates it; its text is what the store is compared with."""
        shown = ",\n  ".join(f'{column.expression} AS "{column.name}"' for column in self.columns)
        source = "\n".join([f"FROM {self.table} t", *self.joins])
        return f"CREATE VIEW {self.name} AS SELECT\n  {shown}\n{source}" + (
            f"\nWHERE {self.where}" if self.where else ""
        )


def same(names: str, kind: str = "text") -> tuple[Shown, ...]:
    """Columns that show the table's own column of that name; the dictionary takes over its description."""
    return tuple(Shown(name, f"t.{name}", "", kind) for name in names.split())


def name_of(name: str, table: str, column: str, description: str) -> tuple[Shown, str]:
    """A column that shows the ``name`` of the row that ``column`` refers to, and the join it needs."""
    alias = f"{name}_{table}"
    return Shown(name, f"{alias}.name", description), f"LEFT JOIN {table} {alias} ON {alias}.id = t.{column}"


def base_amount(name: str, description: str) -> Shown:
    """``base_minor`` as a decimal number; an amount in the base currency is its own value where none was computed."""
    own = f"CASE WHEN t.currency = {_BASE_CURRENCY} THEN t.amount_minor END"
    minor = f"coalesce(t.base_minor, {own})"
    return Shown(name, f"{minor} / {_UNITS.format(exponent=_BASE_EXPONENT)}", description, "number")


def own_amount(name: str, column: str, description: str) -> Shown:
    """A column in minor units of the row's own currency as a decimal number."""
    exponent = "(SELECT c.exponent FROM currency c WHERE c.code = t.currency)"
    return Shown(name, f"t.{column} / {_UNITS.format(exponent=exponent)}", description, "number")

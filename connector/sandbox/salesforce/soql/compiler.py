"""Syntax tree -> SQL over the sandbox's tables, with every refusal that the real query engine has for readers.

Stored values: instants as ``YYYY-MM-DDTHH:MM:SS`` in UTC, numbers as exact decimal text, booleans as 0 and 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from connector.sandbox.salesforce.errors import Refusal, at_place, invalid_field, malformed_query, not_served
from connector.sandbox.salesforce.fields import NUMBERS, Field
from connector.sandbox.salesforce.objects import SObject
from connector.sandbox.salesforce.soql.column import Column
from connector.sandbox.salesforce.soql.conditions import Conditions
from connector.sandbox.salesforce.soql.grouping import Grouping, refuse_unaggregatable
from connector.sandbox.salesforce.soql.semijoins import placement_flaw, semi_join_flaw
from connector.sandbox.salesforce.soql.syntax import Call, Comparison, Path, Query, Subquery, TypeOf

LARGEST_OFFSET = 2_000
LARGEST_FIELDS_LIMIT = 200
#: from child to parent (docs: relationship query limits)
MOST_LEVELS = 5
_ADVICE = "Please reference your WSDL or the describe call for the appropriate names."
_CUSTOM = "If you are attempting to use a custom {0}, be sure to append the '{1}' after the custom {0} name. " + _ADVICE
_AGGREGATES = {"COUNT": "count({})", "COUNT_DISTINCT": "count(DISTINCT {})", "SUM": "sum({})", "AVG": "avg({})"} | {
    "MIN": "min({})",
    "MAX": "max({})",
}


#: functions that Salesforce has for single values and for parts of a date
_UNSERVED = frozenset(
    "CONVERTCURRENCY DISTANCE FORMAT GROUPING TOLABEL CALENDAR_MONTH CALENDAR_QUARTER CALENDAR_YEAR DAY_IN_MONTH "
    "DAY_IN_WEEK DAY_IN_YEAR DAY_ONLY FISCAL_MONTH FISCAL_QUARTER FISCAL_YEAR HOUR_IN_DAY WEEK_IN_MONTH "
    "WEEK_IN_YEAR".split()
)


@dataclass
class Plan:
    """A query made ready. ``counts`` is a bare ``COUNT()``; ``aggregates`` has expressions for columns."""

    sobject: SObject
    columns: list[Column] = field(default_factory=list)
    #: joined parents by path: alias and object
    parents: dict[tuple[str, ...], tuple[str, str]] = field(default_factory=dict)
    joins: list[str] = field(default_factory=list)
    where: str = "1"
    parameters: list[object] = field(default_factory=list)
    order: str = "t.rowid"
    limit: int | None = None
    offset: int | None = None
    counts: bool = False
    aggregates: bool = False
    group: str = ""

    def source(self) -> str:
        """Everything from FROM on, without ordering."""
        return f'FROM "{self.sobject.name}" t {" ".join(self.joins)} WHERE {self.where}'

    def bounds(self) -> str:
        """LIMIT and OFFSET of the query itself."""
        if self.limit is None and self.offset is None:
            return ""
        return f" LIMIT {-1 if self.limit is None else self.limit} OFFSET {self.offset or 0}"


def compile_query(query: Query, schema: Mapping[str, SObject], *, deleted: bool, now: datetime | None = None) -> Plan:
    """A plan for ``query`` as a user sees ``schema``; ``deleted``: the recycle bin too."""
    return _Compiler(query, schema, deleted=deleted, now=now or datetime.now(UTC)).plan()


class _Compiler:
    def __init__(self, query: Query, schema: Mapping[str, SObject], *, deleted: bool, now: datetime) -> None:
        self._query = query
        self._schema = {name.lower(): sobject for name, sobject in schema.items()}
        self._deleted = deleted
        self._now = now
        self._plan = Plan(self._object())

    def plan(self) -> Plan:
        query, plan = self._query, self._plan
        self._select()
        if flaw := placement_flaw(query.where):
            raise malformed_query(flaw)
        conditions = Conditions(self._column, query.text, self._now, self._semi_join)
        if query.where is not None:
            plan.where, plan.parameters = conditions.sql(query.where)
        for flag in self._left_out():
            plan.where = f'({plan.where}) AND t."{flag}" = 0'
        grouping = Grouping(query, self._column)
        grouping.check(plan.columns, counts=plan.counts)
        plan.group = grouping.sql
        self._order()
        plan.limit, plan.offset = query.limit, query.offset
        if query.offset is not None and query.offset > LARGEST_OFFSET:
            raise Refusal(400, "NUMBER_OUTSIDE_VALID_RANGE", f"Maximum SOQL offset allowed is {LARGEST_OFFSET}")
        return plan

    def _left_out(self) -> list[str]:
        """The flags of records that this query does not see: only queryAll tells deleted and archived ones.

        History of a deleted deal is gone for queryAll too.
        """
        if self._plan.sobject.name == "OpportunityHistory":
            return ["IsDeleted"]
        return [flag for flag in ("IsDeleted", "IsArchived") if not self._deleted and self._plan.sobject.field(flag)]

    def _object(self) -> SObject:
        name = self._query.object
        found = self._schema.get(name.text.lower())
        if found is None:
            advice = "If you are attempting to use a custom object, be sure to append the '__c' after the entity name. "
            raise Refusal(
                400,
                "INVALID_TYPE",
                self._at(name.position, f"sObject type '{name.text}' is not supported. {advice}{_ADVICE}"),
            )
        return found

    def _select(self) -> None:
        for item in self._query.selected:
            if isinstance(item, Call):
                self._call(item)
                continue
            if isinstance(item, Subquery | TypeOf):
                what = "subqueries" if isinstance(item, Subquery) else "TYPEOF"
                raise not_served(what)
            self._add(self._column(item))

    def _call(self, call: Call) -> None:
        if call.function == "FIELDS":
            self._all_fields(call)
            return
        if call.function == "COUNT" and call.argument is None:
            if len(self._query.selected) > 1:
                raise invalid_field(self._at(call.position, "COUNT() must be the only element in the SELECT list"))
            self._plan.counts = True
            return
        if call.function in _UNSERVED:
            raise not_served(f"{call.function}()")
        if call.function not in _AGGREGATES or call.argument is None:
            raise invalid_field(self._at(call.position, f"unknown function: {call.function}"))
        inner = self._column(call.argument)
        refuse_unaggregatable(call, inner.field, self._query.text)
        numeric = inner.field.type in NUMBERS
        sql = _AGGREGATES[call.function].format(f"CAST({inner.sql} AS REAL)" if numeric else inner.sql)
        place = sum(1 for column in self._plan.columns if column.path[0].startswith("expr"))
        whole = call.function.startswith("COUNT")
        shown = Field("", "int") if whole else Field("", "aggregate") if numeric else inner.field
        name = call.alias or f"expr{place}"
        if any(known.path[-1].lower() == name.lower() for known in self._plan.columns):
            raise malformed_query(self._at(call.position, f"duplicate alias: {name}"))
        self._plan.columns.append(Column((name,), shown, sql))
        self._plan.aggregates = True

    def _all_fields(self, call: Call) -> None:
        which = (call.argument.text if call.argument else "").upper()
        if which not in ("ALL", "CUSTOM", "STANDARD"):
            raise invalid_field(self._at(call.position, "FIELDS takes ALL, CUSTOM or STANDARD"))
        limit = self._query.limit
        if which != "STANDARD" and (limit is None or limit > LARGEST_FIELDS_LIMIT):
            raise Refusal(
                400,
                "MALFORMED_QUERY",
                f"The SOQL FIELDS function must have a LIMIT of at most {LARGEST_FIELDS_LIMIT}",
            )
        for each in self._plan.sobject.fields:
            if which == "ALL" or each.custom == (which == "CUSTOM"):
                self._add(self._column(Path(each.name, call.position)))

    def _add(self, column: Column) -> None:
        if any(known.path == column.path for known in self._plan.columns):
            raise invalid_field(f"duplicate field selected: {column.path[-1]}")
        self._plan.columns.append(column)

    def _order(self) -> None:
        parts = []
        for ordering in self._query.order_by:
            column = self._column(ordering.path)
            if not column.field.sortable:
                raise self._unsortable(ordering.path)
            sql = f"CAST({column.sql} AS REAL)" if column.field.type in NUMBERS else column.sql
            direction = "DESC" if ordering.descending else "ASC"
            parts.append(f"{sql} {direction} NULLS {'LAST' if ordering.nulls_last else 'FIRST'}")
        if parts:
            self._plan.order = ", ".join([*parts, "t.rowid"] if not self._query.group_by else parts)
        elif self._plan.aggregates:
            self._plan.order = "1"

    def _unsortable(self, path: Path) -> Refusal:
        """Clients report MALFORMED_QUERY here, INVALID_FIELD for the like complaint about filters (unverified)."""
        message = f"field '{path.parts[-1]}' can not be sorted in a query call"
        return malformed_query(self._at(path.position, message))

    def _column(self, path: Path) -> Column:
        """The column of a path from the queried object, joining parents on the way."""
        sobject, alias = self._plan.sobject, "t"
        parts = path.parts
        if (
            len(parts) > 1
            and parts[0].lower() == sobject.name.lower()
            and not sobject.by_relationship.get(parts[0].lower())
        ):
            parts = parts[1:]
        spelled: tuple[str, ...] = ()
        if len(parts) - 1 > MOST_LEVELS:
            raise malformed_query(self._at(path.position, f"more than {MOST_LEVELS} levels of parents: {path.text}"))
        for place, part in enumerate(parts[:-1]):
            reference = sobject.by_relationship.get(part.lower())
            target = self._schema.get(reference.targets[0].lower()) if reference else None
            several = reference is not None and len(reference.targets) > 1
            deeper = several and place < len(parts) - 2
            if reference is None or target is None or reference.relationship is None or deeper:
                named = parts[place + 1] if deeper else part
                message = (
                    f"Didn't understand relationship '{named}' in field path. {_CUSTOM.format('relationship', '__r')}"
                )
                raise invalid_field(self._at(path.position, message))
            spelled = (*spelled, reference.relationship)
            if several:
                return self._polymorphic(path, reference, alias, (*spelled, parts[-1]))
            alias, sobject = self._join(spelled, alias, reference, target), target
        found = sobject.field(parts[-1])
        if found is None:
            advice = (
                "If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. "
            )
            message = f"No such column '{parts[-1]}' on entity '{sobject.name}'. {advice}{_ADVICE}"
            raise invalid_field(self._at(path.position, message))
        return Column((*spelled, found.name), found, _sql(alias, found))

    def _join(self, spelled: tuple[str, ...], alias: str, reference: Field, target: SObject) -> str:
        if spelled not in self._plan.parents:
            name = f"p{len(self._plan.parents)}"
            self._plan.parents[spelled] = (name, target.name)
            self._plan.joins.append(f'LEFT JOIN "{target.name}" {name} ON {name}."Id" = {alias}."{reference.name}"')
        return self._plan.parents[spelled][0]

    def _polymorphic(self, path: Path, reference: Field, alias: str, spelled: tuple[str, ...]) -> Column:
        """``Owner.Name`` where an owner may be a user or a queue: only what all of them have."""
        targets = [self._schema[name.lower()] for name in reference.targets if name.lower() in self._schema]
        fields = [target.field(spelled[-1]) for target in targets]
        first = fields[0] if fields else None
        if first is None or None in fields:
            message = f"No such column '{spelled[-1]}' on entity 'Name'. {_ADVICE}"
            raise invalid_field(self._at(path.position, message))
        reads = [
            f'(SELECT q."{first.name}" FROM "{target.name}" q WHERE q."Id" = {alias}."{reference.name}")'
            for target in targets
        ]
        return Column((*spelled[:-1], first.name), first, f"coalesce({', '.join(reads)}, NULL)")

    def _semi_join(self, comparison: Comparison, left: Field) -> tuple[str, list[object]]:
        subquery = comparison.subquery
        assert subquery is not None
        inner = replace(subquery.query, text=self._query.text)
        plan = compile_query(
            inner, {sobject.name: sobject for sobject in self._schema.values()}, deleted=False, now=self._now
        )
        selected = [column.field for column in plan.columns]
        if flaw := semi_join_flaw(inner, left, selected, same_object=plan.sobject is self._plan.sobject):
            raise malformed_query(self._at(subquery.position, flaw))
        return f"SELECT {plan.columns[0].sql} {plan.source()}", plan.parameters

    def _at(self, position: int, message: str) -> str:
        return at_place(self._query.text, position, message)


def _sql(alias: str, found: Field) -> str:
    if found.type != "address":
        return f'{alias}."{found.name}"'
    stem = found.name.removesuffix("Address")
    parts = ("City", "Country", "GeocodeAccuracy", "Latitude", "Longitude", "PostalCode", "State", "Street")
    values = {part[0].lower() + part[1:]: f'{alias}."{stem}{part}"' for part in parts}
    reads = ", ".join(f"'{key}', {column}" for key, column in values.items())
    return f"CASE WHEN coalesce({', '.join(values.values())}) IS NOT NULL THEN json_object({reads}) END"

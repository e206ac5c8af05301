"""Goals and the metrics they count by (Dynamics 365 "Goal table").

A goal's ``ownerid`` is labelled "Manager": the one with the quota is ``goalownerid``.
"""

from __future__ import annotations

from dataclasses import replace

from connector.sandbox.dynamics.schema import (
    Attribute,
    Draft,
    Option,
    Table,
    choice,
    flag,
    instant,
    lookup,
    money,
    number,
    text,
)

_DATA_TYPES = (Option(0, "Money", "Geld"), Option(1, "Decimal", "Dezimal"), Option(2, "Integer", "Ganze Zahl"))
_FISCAL_PERIODS = (
    *(Option(quarter, f"Quarter {quarter}", f"Quartal {quarter}") for quarter in range(1, 5)),
    *(Option(100 + month, f"Month {month}", f"Monat {month}") for month in range(1, 13)),
    *(Option(200 + half, f"Semester {half}", f"Halbjahr {half}") for half in (1, 2)),
    Option(301, "Annual", "Jährlich"),
    *(Option(400 + period, f"P{period}", f"P{period}") for period in range(1, 14)),
)
_FISCAL_YEARS = tuple(Option(year, f"FY{year}", f"GJ{year}") for year in range(1970, 2039))


def _triple(name: str, label: str) -> list[Attribute]:
    return [
        *money(f"{name}money", f"{label} (Money)"),
        number(f"{name}decimal", f"{label} (Decimal)", "Decimal"),
        number(f"{name}integer", f"{label} (Integer)"),
    ]


class _GoalDraft(Draft):
    def table(self) -> Table:
        table = super().table()
        renamed = (replace(item, label="Manager") if item.name == "ownerid" else item for item in table.attributes)
        return replace(table, attributes=tuple(renamed))


DRAFTS = (
    Draft(
        "metric", "metrics", "Goal Metric", 9603,
        [
            text("name", "Name"),
            flag("isamount", "Metric Type"),
            flag("isstretchtracked", "Track Stretch Target"),
            choice("amountdatatype", "Amount Data Type", _DATA_TYPES),
        ],
        tracking=True,
    ),
    _GoalDraft(
        "goal", "goals", "Goal", 9600,
        [
            text("title", "Name"),
            Attribute("goalownerid", "Lookup", "Goal Owner", targets=("systemuser", "team")),
            lookup("metricid", "Goal Metric", "metric"),
            lookup("parentgoalid", "Parent Goal", "goal"),
            flag("isamount", "Metric Type"),
            choice("amountdatatype", "Amount Data Type", _DATA_TYPES),
            flag("isfiscalperiodgoal", "Goal Period Type"),
            choice("fiscalperiod", "Fiscal Period", _FISCAL_PERIODS, shared="goal_fiscalperiod"),
            choice("fiscalyear", "Fiscal Year", _FISCAL_YEARS, shared="goal_fiscalyear"),
            instant("goalstartdate", "From", shows="DateOnly"),
            instant("goalenddate", "To", shows="DateOnly"),
            *_triple("target", "Target"),
            *_triple("actual", "Actual"),
            *_triple("inprogress", "In-progress"),
            *_triple("stretchtarget", "Stretch Target"),
            number("percentage", "Percentage Achieved", "Decimal"),
            instant("lastrolledupdate", "Last Rolled Up Date"),
            flag("rolluponlyfromchildgoals", "Roll Up Only from Child Goals"),
            flag("consideronlygoalownersrecords", "Record Set for Rollup"),
            flag("isoverride", "Override"),
            flag("isoverridden", "Overridden"),
        ],
        primary_name="title", tracking=True, owned=True, currency=True,
        statuses=(
            Option(0, "Open", "Offen", 0), Option(1, "Closed", "Geschlossen", 1),
            Option(2, "Discarded", "Verworfen", 1),
        ),
    ),
)  # fmt: skip

"""What users of the org do to its records, as handles for tests: edit, delete, undelete, merge, commit late.

Every edit keeps the system's own promises: stamps move, a stage brings its probability, history rows follow a deal.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from connector.sandbox.salesforce.objects import SObject
from connector.sandbox.salesforce.org import Org
from connector.sandbox.salesforce.picklists import StageSetting
from connector.sandbox.salesforce.values import store

_TRACKED = ("StageName", "Amount", "CloseDate", "Probability")
_FORECAST_NAMES = {"BestCase": "Best Case", "MostLikely": "Most Likely", "Forecast": "Commit"}
_keys = itertools.count(1)


class Edits:
    """Edits one org. ``at`` (default: the org's present time) becomes the record's SystemModstamp."""

    def __init__(self, org: Org) -> None:
        self._org = org

    def insert(self, kind: str, at: datetime | None = None, **values: Any) -> str:
        """A new record; returns its id. System fields are filled in, but may be given."""
        sobject, at = self._org.schema[kind], at or self._org.now()
        identity = values.pop("Id", None) or self._org.records.new_id(sobject)
        row = {"Id": identity, **self._system(sobject, at), **values}
        if kind == "Opportunity":
            row = {"IsPrivate": False, "StageName": "Prospecting", "CloseDate": at.date(), **row}
            row |= self._consequences(row, at)
        self._check(sobject, row)
        with self._org.records.writing():
            self._org.records.insert(sobject, list(row), [[store(value) for value in row.values()]])
            if kind == "Opportunity":
                self._write_history(identity, {}, self.row(kind, identity), at)
        return str(identity)

    def update(self, kind: str, identity: str, at: datetime | None = None, **values: Any) -> None:
        """Changes fields; a deal's history follows."""
        sobject, at = self._org.schema[kind], at or self._org.now()
        before = self.row(kind, identity)
        if kind == "Opportunity":
            values |= self._consequences({**before, **values}, at, stage_set="StageName" in values, given=values)
        with self._org.records.writing():
            self._set(sobject, identity, {**values, **self._touched(sobject, at)})
            if kind == "Opportunity":
                self._write_history(identity, before, self.row(kind, identity), at)

    def touch(self, kind: str, identity: str, at: datetime | None = None) -> None:
        """Moves the stamp alone."""
        self._set(self._org.schema[kind], identity, {"SystemModstamp": at or self._org.now()})

    def recalculate(self, kind: str, identity: str, **values: Any) -> None:
        """Changes fields as a formula does, or a change of another record: no stamp moves, no history follows."""
        self._set(self._org.schema[kind], identity, values)

    def archive(self, kind: str, identity: str) -> None:
        """What the system does to old activities: only queryAll tells of them from then on.

        That no stamp moves is unverified, and the harder case for who reads.
        """
        self.recalculate(kind, identity, IsArchived=True)

    def delete(self, kind: str, identity: str, at: datetime | None = None) -> None:
        """Into the recycle bin; for good where the object has none (CampaignMember).

        ValueError where its records cannot be deleted (User).
        """
        sobject, at = self._org.schema[kind], at or self._org.now()
        if not sobject.deletable:
            raise ValueError(f"a {kind} cannot be deleted")
        if not sobject.bin:
            self.hard_delete(kind, identity, at)
            return
        with self._org.records.writing():
            self._set(sobject, identity, {"IsDeleted": True, **self._touched(sobject, at)})
            self._log(kind, identity, at)
            if kind == "Opportunity":
                self._history_visible(identity, False)

    def hard_delete(self, kind: str, identity: str, at: datetime | None = None) -> None:
        """Gone for good: only getDeleted still knows of it."""
        with self._org.records.writing() as connection:
            connection.execute(f'DELETE FROM "{kind}" WHERE "Id" = ?', (identity,))
            if kind == "Opportunity":
                connection.execute('DELETE FROM "OpportunityHistory" WHERE "OpportunityId" = ?', (identity,))
            logged = connection.execute(
                "SELECT 1 FROM _deleted WHERE object = ? AND id = ?", (kind, identity)
            ).fetchone()
        if logged is None:
            self._log(kind, identity, at or self._org.now())

    def undelete(self, kind: str, identity: str, at: datetime | None = None) -> None:
        """Back from the recycle bin."""
        sobject, at = self._org.schema[kind], at or self._org.now()
        with self._org.records.writing() as connection:
            self._set(sobject, identity, {"IsDeleted": False, **self._touched(sobject, at)})
            connection.execute("DELETE FROM _deleted WHERE object = ? AND id = ?", (kind, identity))
            if kind == "Opportunity":
                self._history_visible(identity, True)

    def merge(self, kind: str, master: str, loser: str, at: datetime | None = None) -> None:
        """The loser goes to the bin and names the master; what referred to it refers to the master.

        ValueError where the object's records cannot be merged.
        """
        at = at or self._org.now()
        if not self._org.schema[kind].mergeable:
            raise ValueError(f"records of {kind} cannot be merged")
        with self._org.records.writing():
            for child in self._org.schema.values():
                self._repoint(child, kind, master, loser, at)
            self.update(kind, loser, at, MasterRecordId=master)
            self.delete(kind, loser, at)
            self.touch(kind, master, at)

    def begin(self, since: datetime | None = None) -> Transaction:
        """A transaction that started at ``since`` and is not yet committed."""
        return Transaction(self, self._org, since or self._org.now())

    def add_stage(self, stage: StageSetting, place: int | None = None) -> None:
        """A new value of the stage picklist, with its OpportunityStage record."""
        stages = self._org.stages
        stages.insert(len(stages) if place is None else place, stage)
        self._org.picklists["stage"] = [known.name for known in stages]
        self.insert("OpportunityStage", **stage_row(stage, len(stages)))

    def row(self, kind: str, identity: str) -> dict[str, Any]:
        """A record as it is stored; KeyError where it is not."""
        with self._org.records.reading() as connection:
            cursor = connection.execute(f'SELECT * FROM "{kind}" WHERE "Id" = ?', (identity,))
            names = [column[0] for column in cursor.description]
            found = cursor.fetchone()
        if found is None:
            raise KeyError(f"{kind} {identity}")
        return dict(zip(names, found, strict=True))

    def rows(self, kind: str, *, deleted: bool = True) -> list[dict[str, Any]]:
        """All records of an object as they are stored, the recycle bin's too."""
        with self._org.records.reading() as connection:
            cursor = connection.execute(f'SELECT * FROM "{kind}" ORDER BY rowid')
            names = [column[0] for column in cursor.description]
            found = [dict(zip(names, row, strict=True)) for row in cursor]
        return [row for row in found if deleted or not row.get("IsDeleted")]

    def _system(self, sobject: SObject, at: datetime) -> dict[str, Any]:
        values: dict[str, Any] = {
            "IsDeleted": False,
            "CreatedDate": at,
            "CreatedById": self._org.user_id,
            "LastModifiedDate": at,
            "LastModifiedById": self._org.user_id,
            "SystemModstamp": at,
            "OwnerId": self._org.user_id,
        }
        booleans = {field.name: False for field in sobject.fields if field.type == "boolean"}
        return booleans | {name: value for name, value in values.items() if sobject.field(name)}

    def _touched(self, sobject: SObject, at: datetime) -> dict[str, Any]:
        stamps = ("LastModifiedDate", "SystemModstamp")
        return {name: at for name in stamps if sobject.field(name)}

    def _repoint(self, child: SObject, kind: str, master: str, loser: str, at: datetime) -> None:
        """What referred to the loser of a merge refers to its master."""
        stamped = self._touched(child, at)
        fields = [field.name for field in child.fields if kind in field.targets and field.name != "MasterRecordId"]
        with self._org.records.writing() as connection:
            for name in fields if stamped else []:
                sets = ", ".join(f'"{column}" = ?' for column in (name, *stamped))
                values = [master, *map(store, stamped.values()), loser]
                connection.execute(f'UPDATE "{child.name}" SET {sets} WHERE "{name}" = ?', values)

    def _check(self, sobject: SObject, values: dict[str, Any]) -> None:
        unknown = [name for name in values if sobject.field(name) is None]
        if unknown:
            raise KeyError(f"{sobject.name} has no field {', '.join(unknown)}")

    def _set(self, sobject: SObject, identity: str, values: dict[str, Any]) -> None:
        self._check(sobject, values)
        sets = ", ".join(f'"{name}" = ?' for name in values)
        with self._org.records.writing() as connection:
            done = connection.execute(
                f'UPDATE "{sobject.name}" SET {sets} WHERE "Id" = ?',
                [*(store(value) for value in values.values()), identity],
            )
            if done.rowcount != 1:
                raise KeyError(f"{sobject.name} {identity}")

    def _log(self, kind: str, identity: str, at: datetime) -> None:
        self._org.records.log_deletes([(kind, identity, str(store(at)))])

    def _consequences(
        self, row: dict[str, Any], at: datetime, *, stage_set: bool = True, given: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """What the system derives from a deal's stage, amount and close day."""
        known = {stage.name: stage for stage in self._org.stages}
        stage = known.get(row["StageName"])
        told: dict[str, Any] = {}
        if stage is not None and stage_set:
            told = stage_values(stage)
            if given is not None:
                told["LastStageChangeDate"] = at
        told |= {name: value for name, value in (given or row).items() if name in told and value is not None}
        told |= deal_values({**row, **told})
        sobject = self._org.schema["Opportunity"]
        return {name: value for name, value in told.items() if sobject.field(name)}

    def _write_history(self, identity: str, before: dict[str, Any], after: dict[str, Any], at: datetime) -> None:
        history = self._org.schema.get("OpportunityHistory")
        if history is None or (before and all(before[name] == after[name] for name in _TRACKED)):
            return
        row = {
            "Id": self._org.records.new_id(history),
            "OpportunityId": identity,
            "CreatedById": self._org.user_id,
            "CreatedDate": at,
            "SystemModstamp": at,
            "IsDeleted": False,
            "PrevAmount": before.get("Amount"),
            "PrevCloseDate": before.get("CloseDate"),
            **{name: after.get(name) for name in (*_TRACKED, "ExpectedRevenue", "ForecastCategory", "CurrencyIsoCode")},
        }
        row = {name: value for name, value in row.items() if history.field(name)}
        with self._org.records.writing() as connection:
            connection.execute(
                'UPDATE "OpportunityHistory" SET "SystemModstamp" = ? WHERE rowid = '
                '(SELECT max(rowid) FROM "OpportunityHistory" WHERE "OpportunityId" = ?)',
                (store(at), identity),
            )
            self._org.records.insert(history, list(row), [[store(value) for value in row.values()]])

    def _history_visible(self, identity: str, visible: bool) -> None:
        with self._org.records.writing() as connection:
            connection.execute(
                'UPDATE "OpportunityHistory" SET "IsDeleted" = ? WHERE "OpportunityId" = ?',
                (int(not visible), identity),
            )


class Transaction:
    """Edits that nobody sees until ``commit``, although their stamps are those of the moment they were made.

    While it is open, ``latestDateCovered`` stalls at its start.
    """

    def __init__(self, edits: Edits, org: Org, since: datetime) -> None:
        self._edits = edits
        self._org = org
        self._since = since
        self._key = next(_keys)
        self._steps: list[Callable[[], object]] = []
        org.transaction_opened(self._key, since)

    def insert(self, kind: str, at: datetime | None = None, **values: Any) -> str:
        identity = values.pop("Id", None) or self._org.records.new_id(self._org.schema[kind])
        at = at or self._since
        self._steps.append(lambda: self._edits.insert(kind, at, Id=identity, **values))
        return str(identity)

    def update(self, kind: str, identity: str, at: datetime | None = None, **values: Any) -> None:
        at = at or self._since
        self._steps.append(lambda: self._edits.update(kind, identity, at, **values))

    def delete(self, kind: str, identity: str, at: datetime | None = None) -> None:
        at = at or self._since
        self._steps.append(lambda: self._edits.delete(kind, identity, at))

    def commit(self) -> None:
        with self._org.records.writing():
            for step in self._steps:
                step()
        self.roll_back()

    def roll_back(self) -> None:
        """Ends it; what was not committed never was."""
        self._steps.clear()
        self._org.transaction_closed(self._key)


def stage_values(stage: StageSetting) -> dict[str, Any]:
    """What a stage brings to a deal that enters it."""
    return {
        "IsClosed": stage.is_closed,
        "IsWon": stage.is_won,
        "Probability": Decimal(stage.probability),
        "ForecastCategory": stage.forecast,
        "ForecastCategoryName": _FORECAST_NAMES.get(stage.forecast, stage.forecast),
    }


def stage_row(stage: StageSetting, place: int) -> dict[str, Any]:
    """The OpportunityStage record of a stage."""
    told = stage_values(stage)
    del told["Probability"]
    return {
        "MasterLabel": stage.name,
        "ApiName": stage.name,
        "IsActive": True,
        "SortOrder": place,
        "DefaultProbability": Decimal(stage.probability),
        **told,
    }


def deal_values(row: dict[str, Any]) -> dict[str, Any]:
    """Expected revenue and fiscal period of a deal (calendar year)."""
    told: dict[str, Any] = {}
    amount, probability = row.get("Amount"), row.get("Probability")
    told["ExpectedRevenue"] = None
    if amount is not None and probability is not None:
        told["ExpectedRevenue"] = Decimal(str(amount)) * Decimal(str(probability)) / 100
    close_on = str(row.get("CloseDate") or "")
    if close_on:
        year, quarter = int(close_on[:4]), (int(close_on[5:7]) + 2) // 3
        told |= {"FiscalYear": year, "FiscalQuarter": quarter, "Fiscal": f"{year} {quarter}"}
    return told

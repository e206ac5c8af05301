"""The measure ``definitions``: the catalog itself, every term with what decides it in each source, and how many."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from connector.mapping.wording import in_words
from connector.metrics.activities import view_activities
from connector.metrics.catalog import catalog
from connector.metrics.measure import Measure
from connector.metrics.notes import Note
from connector.metrics.population import prepare
from connector.metrics.result import Contribution, Ledger, counted
from connector.metrics.words import measure_words, terms
from connector.metrics.workspace import statement

#: term -> the unified table and column whose rule decides it
_DECIDED_BY = {
    "lead": ("lead", "status"),
    "prospect": ("lead", "status"),
    "opportunity": ("opportunity", "name"),
    "open": ("opportunity", "status"),
    "won": ("opportunity", "status"),
    "lost": ("opportunity", "status"),
    "stage": ("opportunity", "source_stage"),
    "stage_visit": ("stage_event", "source_stage"),
    "pipeline": ("opportunity", "pipeline"),
    "person": ("crm_user", "email"),
    "rep": ("opportunity", "owner_id"),
    "team": ("crm_user", "team_id"),
    "quota": ("quota", "amount_minor"),
    "amount": ("opportunity", "amount_minor"),
}
#: terms of which the store holds so many
_COUNTED = ("lead", "prospect", "opportunity", "open", "won", "lost")
_MEMBERS = (
    ("lead", "metric_lead", "d.status = 'open'"),
    ("opportunity", "metric_deal", "1 = 1"),
    ("open", "metric_deal", "d.status = 'open'"),
    ("won", "metric_deal", "d.status = 'won'"),
    ("lost", "metric_deal", "d.status = 'lost'"),
)


class DefinitionsMeasure(Measure):
    """One question for the meaning of words."""

    name = "definitions"

    def compute(self) -> None:
        prepare(self.population, group=self.question.by)
        view_activities(self.space, self.question)
        self._fill_members()
        found = {(key, term): int(count) for key, term, count in self.space.rows(statement("definitions"))}
        kinds = self._kinds()
        groups = sorted({*kinds, *(key for key, _ in found)}) if self.question.by else [""]
        passing = self.population.filters.passing.get("source")
        self.group_ids: list[str] = []
        for key in groups:
            if passing is not None and self.question.by and key not in passing:
                continue
            asked = {s: k for s, k in kinds.items() if (not key or s == key) and (passing is None or s in passing)}
            for row in self._rows(asked, {term: found.get((key, term), 0) for term in _COUNTED}):
                self.group_ids.append(key)
                self.rows.append(self.shown(key, row))
        counts = {term: sum(n for (_, name), n in found.items() if name == term) for term in ("lead", "prospect")}
        of_each = {f"{term}s": counted(number, term) for term, number in counts.items()}
        self.notes = [Note("{leads}, {prospects}.", **of_each)]

    def _rows(self, kinds: Mapping[str, str], counts: Mapping[str, int]) -> Iterator[dict[str, Any]]:
        language = self.question.lang
        for about in catalog():
            sentence = measure_words(about.name, "definition", language, about.definition)
            told = {"kind": "measure", "name": about.name, "definition": sentence}
            yield {**told, "rules": [about.policies], "count": None}
        for term, sentence in terms(language).items():
            rules = [f"{source}: {rule}" for source, kind in kinds.items() for rule in self._rules(term, kind)]
            yield {"kind": "term", "name": term, "definition": sentence, "rules": rules, "count": counts.get(term)}

    def _kinds(self) -> dict[str, str]:
        """Each source with its kind, as derivations noted them."""
        noted = self.space.rows("SELECT value FROM store_setting WHERE name = 'derive.mark.kinds'")
        kinds: dict[str, str] = json.loads(noted[0][0]) if noted else {}
        return kinds

    def _rules(self, term: str, kind: str) -> Iterator[str]:
        table, column = _DECIDED_BY.get(term, ("", ""))
        known = self.mappings.kinds.get(kind)
        for each in known.objects.values() if known is not None else ():
            for group in each.groups:
                rule = group.columns.get(column) if group.table == table else None
                if rule is not None:
                    yield f"{each.object}.{column}: {in_words(rule)}"
        if term == "stage":
            yield from self._claims(kind)

    def _claims(self, kind: str) -> Iterator[str]:
        for funnel in self.mappings.funnels:
            for stage in funnel.stages:
                claimed = [str(value) for value, key in funnel.claims.get(kind, {}).items() if key == stage.key]
                place = stage.key if funnel is self.mappings.funnel else f"{funnel.pipeline}/{stage.key}"
                if claimed:
                    yield f"{place} = {', '.join(claimed)}"

    def _fill_members(self) -> None:
        """``definition_member``: which record is what, and how many it adds; of one person one record adds 1."""
        columns = "d.group_id, d.id, d.source, d.source_id, d.source_object"
        rows: list[tuple[Any, ...]] = []
        for term, view, condition in _MEMBERS:
            members = self.space.rows(f"SELECT {columns} FROM {view} d WHERE {condition} ORDER BY d.id")
            rows += ((term, *member, 1) for member in members)
        rows += self._prospects()
        names = "term TEXT, group_id TEXT, id TEXT, source TEXT, source_id TEXT, source_object TEXT, adds INTEGER"
        self.space.fill("definition_member", names, rows)

    def _prospects(self) -> Iterator[tuple[Any, ...]]:
        by_source = self.question.by == "source"
        passing = self.population.filters.passing.get("source")
        found: list[tuple[tuple[Any, ...], str]] = []
        same = _OnePerson()
        for record in self.space.records(statement("definitions_prospects")):
            if passing is not None and record["source"] not in passing:
                continue
            group = (record["source"] or "") if by_source else ""
            marks = [f"{group} {mark}" for mark in self._marks(record)]
            for mark in marks:
                same.join(marks[0], mark)
            place = tuple(record[name] for name in ("id", "source", "source_id", "source_object"))
            found.append((("prospect", group, *place), marks[0]))
        known: set[str] = set()
        for member, mark in found:
            person = same.of(mark)
            yield (*member, int(person not in known))
            known.add(person)

    def _marks(self, record: Mapping[str, Any]) -> Iterator[str]:
        """What tells two records of one person: the contact, and the address unless several people share it."""
        yield f"contact {record['contact_id']}" if record["contact_id"] else f"record {record['id']}"
        address = self.mappings.people.canonical(record["email"])
        if address:
            yield f"address {address}"

    def contributions(self, index: int) -> list[Contribution]:
        """The records that a term fits; of one person only one adds to the count."""
        ledger, row = Ledger(), self.rows[index]
        if row["count"] is not None:
            for record in self.space.records("SELECT * FROM definition_member ORDER BY id"):
                if (record["term"], record["group_id"]) == (row["name"], self.group_ids[index]):
                    ledger.add(record, count=record["adds"])
        return ledger.contributions()


class _OnePerson:
    """Which marks are of one person: whatever one record has is."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    def of(self, mark: str) -> str:
        """The mark that stands for the person."""
        while (above := self._above.get(mark, mark)) != mark:
            mark = above
        return mark

    def join(self, one: str, other: str) -> None:
        """Two marks that one record has."""
        self._above[self.of(other)] = self.of(one)

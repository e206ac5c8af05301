"""The deals, visits, events and leads as they were on the as-of day: temporary views that every measure reads.

Only deals that stood otherwise on that day than they stand in the store are copied (``metric_overlay``);
for the present day that is next to none. It must not know any measure.

====================  =====================================================================
``metric_window``     one row: from_on, to_on, as_of, as_of_epoch
``metric_everyone``   the group that is there even without a row; empty where rows are grouped
``metric_stage``      the stages: funnel, position from 1, stage
``metric_state``      every deal that counts, as it stood; ``funnel`` whose stages it passes
``metric_deal``       the same, filtered and grouped; ``group_id`` '' where it has none
``metric_other_deal`` likewise, those whose stages are of another funnel than the question is about (``by_stage``)
``metric_lead``       leads, likewise; ``funnel`` is the one that the question is about
``metric_visit``      stage visits that had begun
``metric_event``      stage events that had happened
====================  =====================================================================
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from connector.metrics.calendar import FiscalCalendar, ordinal
from connector.metrics.filters import Filters
from connector.metrics.overlay import OVERLAID, write_overlay
from connector.metrics.parameters import Question
from connector.metrics.people import People, load_people
from connector.metrics.scope import PIPELINE, Scope, pipelines_met
from connector.metrics.valuation import RateBook
from connector.metrics.workspace import Workspace, literal

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from connector.mapping.pipelines import Funnels

EPOCH = ordinal("1970-01-01")
_OWN_COLUMNS = ("source", "region", "type", "lead_source", "pipeline")
#: keys that leads have too
LEAD_KEYS = ("source", "team", "person", "lead_source")
#: the person behind the owner of a row ``d``, and the joins by which person and team are found
PERSON = "COALESCE(u.person_id, d.owner_id)"
JOIN_PERSON = "LEFT JOIN metric_user u ON u.user_id = d.owner_id"


def join_team(day: str) -> str:
    """Joins the team that the owner of ``d`` was in on a day."""
    return f"LEFT JOIN metric_team_span t ON t.user_id = d.owner_id AND t.from_on <= {day} AND t.until_on > {day}"


@dataclass(frozen=True)
class Population:
    """What was prepared, and what the notes must say about it."""

    space: Workspace
    question: Question
    people: People
    filters: Filters
    rates: RateBook
    zone: ZoneInfo
    scope: Scope
    calendar: FiscalCalendar


def prepare(population: Population, *, group: str | None, with_people: bool = False, by_stage: bool = False) -> None:
    """Creates the tables and views of one question.

    ``group`` is the key that fills ``group_id``; ``with_people`` adds the columns person_id and team_id; ``by_stage``
    leaves deals to ``metric_other_deal`` that pass other stages than those which the rows show.
    """
    space, question = population.space, population.question
    fill_window(population, group=group)
    load_calendar(space)
    stages = ((f.pipeline, stage.position, stage.key) for f in population.scope.funnels for stage in f.stages)
    space.lookup("metric_stage", "funnel TEXT, position INTEGER, stage TEXT, PRIMARY KEY (funnel, stage)", stages)
    load_people(space, population.people)
    overlaid = write_overlay(space, question, population.rates, population.zone)
    funnel, _ = _pipelines(population)
    state = _state(space, question, population.scope.funnels, overlaid=overlaid)
    space.view("metric_state", f"SELECT d.*, {funnel} AS funnel FROM ({state}) AS d")
    deals = _deals(population, group, with_people=with_people)
    condition = population.scope.deals_condition() if by_stage else None
    space.view("metric_any_deal" if condition else "metric_deal", deals)
    if condition:
        space.view("metric_deal", f"SELECT d.* FROM metric_any_deal d WHERE d.{condition}")
        space.view("metric_other_deal", f"SELECT d.* FROM metric_any_deal d WHERE NOT d.{condition}")
    space.view("metric_lead", _leads(population, group))
    space.view("metric_visit", _visits(question))
    space.view("metric_event", _events(question))


def fill_window(population: Population, *, group: str | None) -> None:
    """Creates ``metric_window`` and ``metric_everyone``, which measures without deals need too."""
    space, question = population.space, population.question
    window = (question.from_on, question.to_on, question.as_of, ordinal(question.as_of) - EPOCH)
    space.fill("metric_window", "from_on TEXT, to_on TEXT, as_of TEXT, as_of_epoch INTEGER", [window])
    funnel = (population.scope.one or population.scope.funnels.default).pipeline
    space.fill("metric_everyone", "group_id TEXT, funnel TEXT", [("", funnel)] if group is None else [])


def load_calendar(space: Workspace) -> None:
    """Puts a narrow copy before the store's ``calendar``: it is asked twice for every visit."""
    days = space.rows(f"SELECT day, epoch_day FROM {space.store}.calendar")
    space.lookup("calendar", "day TEXT PRIMARY KEY, epoch_day INTEGER", days)


def _state(space: Workspace, question: Question, funnels: Funnels, *, overlaid: bool) -> str:
    """Every deal that counts, as it stood on the as-of day."""
    day = literal(question.as_of)
    plain = "id source source_id source_object".split()
    read = {column: f"o.{column}" for column in (*plain, *OVERLAID)}
    window = (question.from_on, question.to_on)
    read.update({c: space.days("opportunity", "o", c, *window) for c in ("created_on", "close_on")})
    read["source_object"] = "COALESCE(o.source_object, 'opportunity')"
    read["status"] = "CASE WHEN o.status IN ('won', 'lost') THEN o.status ELSE 'open' END"
    unknown = "0"
    if question.is_past:
        unknown = f"CASE WHEN o.source_modified_at < {literal(question.as_of_end)} THEN 0 ELSE 1 END"
    if overlaid:
        read.update({c: f"CASE WHEN v.id IS NULL THEN {read[c]} ELSE v.{c} END" for c in OVERLAID})
        unknown = f"CASE WHEN v.version_known = 1 THEN 0 ELSE {unknown} END"
    if overlaid or question.is_past:
        moved_later = f"SELECT 1 FROM stage_visit x WHERE x.opportunity_id = o.id AND x.entered_on > {day}"
        touched = "" if question.is_past else "v.id IS NOT NULL AND "
        reopened = "v.status = 'open' AND o.status IN ('won', 'lost') " if overlaid else "1 = 0 "
        read["stage"] = (
            f"CASE WHEN {touched}EXISTS ({moved_later}) THEN {_stage_on(day)} "
            f"WHEN {reopened}THEN COALESCE({_stage_on(day)}, {read['stage']}) ELSE {read['stage']} END"
        )
    if not funnels.own:  # where there is one pipeline only, a deal that names none is in it
        read["pipeline"] = f"COALESCE({read['pipeline']}, {literal(funnels.default.pipeline)})"
    columns = ", ".join(f"{expression} AS {column}" for column, expression in read.items())
    overlay = "LEFT JOIN metric_overlay v ON v.id = o.id" if overlaid else ""
    return (
        f"SELECT {columns}, {unknown} AS amount_is_later FROM opportunity o {overlay} "
        f"WHERE COALESCE(o.is_deleted, 0) = 0 AND o.duplicate_of IS NULL "
        f"AND {_known_by('o.created_on', day)}"
    )


def _known_by(column: str, day: str) -> str:
    """Whether a fact is of this day or before, or undated: most are, so that the form leaves the indexes alone."""
    return f"COALESCE({column}, {day}) <= {day}"


def _stage_on(day: str) -> str:
    """The stage of the deal's last visit that had begun."""
    begun = f"x.opportunity_id = o.id AND (x.entered_on IS NULL OR x.entered_on <= {day})"
    last = f"SELECT MAX(x.ordinal) FROM stage_visit x WHERE {begun}"
    return f"(SELECT MAX(y.stage) FROM stage_visit y WHERE y.opportunity_id = o.id AND y.ordinal = ({last}))"


def _deals(population: Population, group: str | None, *, with_people: bool) -> str:
    as_of = literal(population.question.as_of)
    day = f"CASE WHEN d.status = 'open' THEN {as_of} ELSE COALESCE(d.close_on, {as_of}) END"
    expressions = {key: f"d.{key}" for key in (*_OWN_COLUMNS, "stage", "status")}
    expressions |= {"person": PERSON, "team": "t.team_id"}
    used = {*population.filters.passing, group} | ({"person", "team"} if with_people else set())
    joins = " ".join(join for key, join in (("person", JOIN_PERSON), ("team", join_team(day))) if key in used)
    conditions = [c for key, e in expressions.items() if (c := population.filters.condition(key, e)) is not None]
    people = f", {PERSON} AS person_id, t.team_id AS team_id" if with_people else ""
    _, called = _pipelines(population)
    group_id = "''" if group is None else f"COALESCE({called if group == PIPELINE else expressions[group]}, '')"
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"SELECT d.*, {group_id} AS group_id{people} FROM metric_state d {joins} {where}"


def _pipelines(population: Population) -> tuple[str, str]:
    """The funnel of a deal, and what its pipeline is called: all spellings of one that has a funnel are one."""
    funnels = population.scope.funnels
    met = pipelines_met(population.space, funnels)
    cases = " ".join(f"WHEN {literal(spelling)} THEN {literal(met[spelling])}" for spelling in sorted(met))
    default = literal(funnels.default.pipeline)
    if not cases:
        return default, "d.pipeline"
    return f"CASE d.pipeline {cases} ELSE {default} END", f"CASE d.pipeline {cases} ELSE d.pipeline END"


def _leads(population: Population, group: str | None) -> str:
    """Leads as of the day; with a grouping or filter that leads do not have, none."""
    question, scope = population.question, population.scope
    funnel = (scope.one or scope.funnels.default).pipeline
    day, end = literal(question.as_of), literal(question.as_of_end)
    expressions = {"source": "d.source", "lead_source": "d.lead_source", "person": PERSON, "team": "t.team_id"}
    used = {*population.filters.passing} | ({group} if group else set())
    conditions = ["COALESCE(d.is_deleted, 0) = 0", _known_by("d.created_on", day)]
    conditions += [c for key, e in expressions.items() if (c := population.filters.condition(key, e)) is not None]
    if not used <= set(LEAD_KEYS):
        conditions, group = ["1 = 0"], None
    joins = " ".join(
        join for key, join in (("person", JOIN_PERSON), ("team", join_team("d.created_on"))) if key in used
    )
    group_id = "''" if group is None else f"COALESCE({expressions[group]}, '')"
    later = (
        f"(LENGTH(d.converted_at) = 10 AND d.converted_at > {day}) "
        f"OR (LENGTH(d.converted_at) > 10 AND d.converted_at >= {end})"
    )
    created_on = population.space.days("lead", "d", "created_on", question.from_on, question.to_on)
    status = f"CASE WHEN d.status = 'qualified' AND ({later}) THEN 'open' ELSE COALESCE(d.status, 'open') END"
    return (
        "SELECT d.id, d.source, d.source_id, COALESCE(d.source_object, 'lead') AS source_object, "
        f"{created_on} AS created_on, {status} AS status, {group_id} AS group_id, {literal(funnel)} AS funnel "
        f"FROM lead d {joins} WHERE {' AND '.join(conditions)}"
    )


def _visits(question: Question) -> str:
    day = literal(question.as_of)
    return (
        "SELECT v.opportunity_id, v.ordinal, v.stage, v.coverage, v.entered_on, "
        f"CASE WHEN v.left_on <= {day} THEN v.left_on END AS left_on, v.entered_at, v.left_at "
        f"FROM stage_visit v WHERE {_known_by('v.entered_on', day)}"
    )


def _events(question: Question) -> str:
    """Events with a mark that sorts them and ends in 1 for a close: the least of a deal's says how its history began.

    Undated path stages and the process instance come before the rest, and of one place what is no close.
    """
    day = literal(question.as_of)
    return (
        "SELECT e.opportunity_id, CASE WHEN e.occurred_at IS NULL OR e.evidence IN ('path', 'process') THEN '' "
        "ELSE e.occurred_at || ' ' || CAST(1000000000 + COALESCE(e.seq, 0) AS VARCHAR(20)) || ' ' "
        "|| COALESCE(e.source_id, e.id) END || CASE WHEN e.status IN ('won', 'lost') THEN ' 1' ELSE ' 0' END AS mark "
        "FROM stage_event e WHERE COALESCE(e.is_deleted, 0) = 0 "
        f"AND {_known_by('e.occurred_on', day)}"
    )

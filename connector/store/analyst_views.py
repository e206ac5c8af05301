"""The views that analysts read: names for ids, decimal amounts, deleted rows left out; ids to join by stand last."""

from __future__ import annotations

from connector.store.view import Shown, View, base_amount, name_of, own_amount, same

_OWNER = name_of("owner", "crm_user", "owner_id", "Name of the CRM user who owns it")
_ACCOUNT = name_of("account", "account", "account_id", "Name of the account")
_CONTACT = name_of("contact", "contact", "contact_id", "Name of the contact")
_LEAD = name_of("lead", "lead", "lead_id", "Name of the lead")
_DEAL = name_of("opportunity", "opportunity", "opportunity_id", "Name of the deal")
_CAMPAIGN = name_of("campaign", "campaign", "campaign_id", "Name of the campaign")
_OWNER_TEAM = (
    Shown("owner_team", "owner_team.name", "Name of the owner's team now"),
    "LEFT JOIN team owner_team ON owner_team.id = owner_crm_user.team_id",
)
_OWNER_PERSON = (
    Shown("person", "owner_person.name", "Name of the human behind the owner, across sources"),
    "LEFT JOIN person owner_person ON owner_person.id = owner_crm_user.person_id",
)


def _view(
    table: str, description: str, *parts: Shown | tuple[Shown, ...] | tuple[Shown, str], where: str = "t.is_deleted = 0"
) -> View:
    columns: list[Shown] = []
    joins: list[str] = []
    for part in parts:
        for each in part if isinstance(part, tuple) else (part,):
            if isinstance(each, str):
                joins.append(each)
            else:
                columns.append(each)
    return View(f"v_{table}", description, table, tuple(columns), tuple(joins), where)


VIEWS: tuple[View, ...] = (
    _view(
        "account",
        "Companies",
        same("id source name domain industry country"),
        _OWNER,
        name_of("parent", "account", "parent_id", "Name of the account that this one belongs to"),
        same("source_modified_at", "instant"),
    ),
    _view(
        "contact",
        "People at companies",
        same("id source name email phone title"),
        _ACCOUNT,
        _OWNER,
        same("opted_out", "flag"),
        same("source_modified_at", "instant"),
    ),
    _view(
        "lead",
        "People and companies that nobody has qualified yet, and what became of them",
        same("id source name email phone company title"),
        _OWNER,
        _OWNER_TEAM,
        _OWNER_PERSON,
        same("source_status status lead_source country"),
        same("created_at", "instant"),
        same("created_on", "day"),
        same("converted_at"),
        _DEAL,
        _CONTACT,
        _ACCOUNT,
        same("opportunity_id contact_id account_id", "ref"),
    ),
    _view(
        "opportunity",
        "Deals, with their value in the base currency",
        same("id source name"),
        _ACCOUNT,
        _OWNER,
        _OWNER_TEAM,
        _OWNER_PERSON,
        _CAMPAIGN,
        same("pipeline type lead_source region source_stage stage status"),
        same("probability", "share"),
        same("forecast_category"),
        base_amount("amount", "Amount in the base currency as of the last sync, NULL where a rate is missing"),
        own_amount("own_amount", "amount_minor", "Amount in the deal's own currency"),
        same("currency"),
        same("created_at", "instant"),
        same("created_on close_on", "day"),
        same("closed_at", "instant"),
        same("next_step"),
        same("duplicate_of", "ref"),
    ),
    _view(
        "stage_event",
        "Stage history as the sources tell it",
        same("id source"),
        _DEAL,
        same("opportunity_id", "ref"),
        same("occurred_at", "instant"),
        same("occurred_on", "day"),
        same("seq", "integer"),
        same("source_stage status evidence"),
    ),
    _view(
        "stage_visit",
        "Stays of deals in canonical stages, with their length in days",
        Shown("source", "deal.source", "Source of the deal"),
        Shown("opportunity", "deal.name", "Name of the deal"),
        same("opportunity_id", "ref"),
        same("ordinal", "integer"),
        same("stage source_stage"),
        same("entered_at", "instant"),
        same("entered_on", "day"),
        same("left_at", "instant"),
        same("left_on", "day"),
        Shown("days", "left_day.epoch_day - entered_day.epoch_day", "Days from entered_on to left_on", "integer"),
        (
            same("coverage")[0],
            "JOIN opportunity deal ON deal.id = t.opportunity_id\n"
            "LEFT JOIN calendar entered_day ON entered_day.day = t.entered_on\n"
            "LEFT JOIN calendar left_day ON left_day.day = t.left_on",
        ),
        where="deal.is_deleted = 0",
    ),
    _view(
        "opportunity_split",
        "Credit for deals that is shared among people",
        same("id source"),
        _DEAL,
        _OWNER,
        _OWNER_PERSON,
        same("kind"),
        same("share", "share"),
        same("opportunity_id owner_id", "ref"),
    ),
    _view(
        "crm_user",
        "Users of the CRMs",
        same("id source name email"),
        same("is_active", "flag"),
        name_of("manager", "crm_user", "manager_id", "Name of the user's manager"),
        name_of("team", "team", "team_id", "Name of the user's team now"),
        name_of("person", "person", "person_id", "Name of the human behind the user, across sources"),
    ),
    _view(
        "membership",
        "Which team a CRM user belonged to, from a day to a day",
        name_of("crm_user", "crm_user", "crm_user_id", "Name of the CRM user"),
        name_of("team", "team", "team_id", "Name of the team"),
        same("valid_from valid_to", "day"),
        where="",
    ),
    _view("person", "Humans, however many CRM users they have", same("id name email"), where=""),
    _view(
        "team",
        "Salesforce roles and Dynamics business units",
        same("id source name"),
        name_of("parent", "team", "parent_id", "Name of the team that this one reports to"),
    ),
    _view(
        "quota",
        "What CRM users are to sell, by period",
        same("id source"),
        _OWNER,
        _OWNER_TEAM,
        name_of("person", "person", "person_id", "Name of the human behind the owner, across sources"),
        same("period_start period_end", "day"),
        base_amount("amount", "Target in the base currency, NULL where a rate is missing"),
        own_amount("own_amount", "amount_minor", "Target in its own currency"),
        same("currency kind"),
    ),
    _view(
        "payout",
        "What was paid to people for quota periods, step by step; an amount below zero was taken back",
        same("payout_id"),
        same("recorded_at", "instant"),
        same("as_of", "day"),
        name_of("person", "person", "person_id", "Name of the person"),
        _OWNER,
        same("period_start period_end", "day"),
        same("plan tier"),
        own_amount("quota", "quota_minor", "What was to be sold in the period"),
        own_amount("won", "won_minor", "What was sold in it"),
        own_amount("commission", "commission_minor", "Commission due for the period in total"),
        own_amount("paid", "paid_minor", "That, less what had been paid for the period before"),
        same("currency"),
        where="",
    ),
    _view(
        "activity",
        "Mails, calls, meetings and tasks",
        same("id source kind direction"),
        same("occurred_at", "instant"),
        same("occurred_on", "day"),
        _OWNER,
        _OWNER_PERSON,
        _DEAL,
        _LEAD,
        _CONTACT,
        _ACCOUNT,
        same("counterpart_email"),
        same("opportunity_id lead_id contact_id account_id", "ref"),
    ),
    _view(
        "campaign",
        "Marketing campaigns",
        same("id source name kind status"),
        same("starts_on ends_on", "day"),
        own_amount("own_cost", "cost_minor", "Cost in the campaign's own currency"),
        same("currency"),
    ),
    _view(
        "campaign_member",
        "People reached by campaigns",
        same("id source"),
        _CAMPAIGN,
        _LEAD,
        _CONTACT,
        same("email status"),
        same("responded", "flag"),
        same("campaign_id lead_id contact_id", "ref"),
    ),
    _view(
        "satisfaction",
        "Answers to satisfaction questions",
        same("id source"),
        same("score score_max", "number"),
        same("given_at", "instant"),
        same("given_on", "day"),
        _ACCOUNT,
        _CONTACT,
        _OWNER,
        _OWNER_PERSON,
        same("account_id contact_id", "ref"),
    ),
    _view(
        "fx_rate",
        "Exchange rates, units of a currency per unit of the source's base currency",
        same("source currency"),
        same("valid_from valid_to", "day"),
        same("units_per_base", "decimal"),
        same("dated", "flag"),
    ),
    _view(
        "source_stage",
        "Stage values that the sources declare, and the canonical stage that claims each",
        same("source value name"),
        same("position", "integer"),
        same("stage"),
        same("is_won is_closed", "flag"),
    ),
)

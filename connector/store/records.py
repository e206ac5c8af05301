"""The unified record tables: what mapping files may fill, row by row, from any source."""

from sqlmodel import SQLModel

from connector.store.columns import Record, column, flag, random_key, ref, words


class Account(Record, table=True):
    """A company that is or may become a customer."""

    name: str | None = column("text", "Name of the company")
    domain: str | None = column("text", "Internet domain of the company, lower case")
    industry: str | None = column("text", "Industry as the source names it")
    country: str | None = column("text", "Country as the source names it")
    owner_id: str | None = ref("crm_user", "CRM user who owns the account")
    parent_id: str | None = ref("account", "Account that this one belongs to")


class Contact(Record, table=True):
    """A person at an account."""

    name: str | None = column("text", "Full name")
    email: str | None = column("text", "E-mail address as the source has it")
    phone: str | None = column("text", "Telephone number as the source has it")
    title: str | None = column("text", "Job title")
    account_id: str | None = ref("account", "Account that the person works for")
    owner_id: str | None = ref("crm_user", "CRM user who owns the contact")
    opted_out: int | None = flag("1 where the person must not get bulk mail")


class Lead(Record, table=True):
    """A person or company that nobody has qualified yet."""

    name: str | None = column("text", "Full name")
    email: str | None = column("text", "E-mail address as the source has it")
    phone: str | None = column("text", "Telephone number as the source has it")
    company: str | None = column("text", "Company that the person named")
    title: str | None = column("text", "Job title")
    owner_id: str | None = ref("crm_user", "CRM user or queue that owns the lead")
    source_status: str | None = column("text", "The source's own status value")
    status: str | None = words("Unified status", "open", "qualified", "disqualified", decisive=True)
    lead_source: str | None = column("text", "Where the lead came from")
    country: str | None = column("text", "Country as the source names it")
    created_at: str | None = column("instant", "When the lead was created")
    created_on: str | None = column("day", "Day of created_at in the reporting time zone")
    converted_at: str | None = column(
        "text", "When the lead was qualified: an instant, or a day where the source has no more"
    )
    opportunity_id: str | None = ref("opportunity", "Opportunity that the lead became")
    contact_id: str | None = ref("contact", "Contact that the lead became")
    account_id: str | None = ref("account", "Account that the lead became part of")


class Opportunity(Record, table=True):
    """A deal: it has a stage, an amount, an owner and an expected or actual close day."""

    name: str | None = column("text", "Name of the deal")
    account_id: str | None = ref("account", "Account that would buy")
    owner_id: str | None = ref("crm_user", "CRM user who owns the deal")
    campaign_id: str | None = ref("campaign", "Campaign that the deal is credited to")
    pipeline: str | None = column(
        "text",
        "Sales process of the deal, whose stages it passes if funnel.yaml has any; 'default' where there is one only",
    )
    type: str | None = column("text", "Kind of deal as the source names it")
    lead_source: str | None = column("text", "Where the deal came from")
    region: str | None = column("text", "Region, where a mapping fills it")
    source_stage: str | None = column(
        "text", "Stage value of the source: of the last open stage once the deal is closed"
    )
    stage: str | None = column(
        "text", "Key of the canonical stage (funnel.yaml), NULL where no entry claims source_stage", derived=True
    )
    status: str | None = words("Unified status", "open", "won", "lost", decisive=True)
    probability: float | None = column("share", "The source's own chance of winning")
    forecast_category: str | None = column("text", "The source's own forecast category")
    amount_minor: int | None = column("minor", "Amount in minor units of currency")
    currency: str | None = column("text", "ISO 4217 code of amount_minor")
    base_minor: int | None = column(
        "integer",
        "Amount in minor units of the base currency as of the last sync, NULL where a rate is missing",
        derived=True,
    )
    created_at: str | None = column("instant", "When the deal was created")
    created_on: str | None = column("day", "Day of created_at in the reporting time zone")
    close_on: str | None = column("day", "Expected close day of an open deal, actual close day of a closed one")
    closed_at: str | None = column("instant", "Instant of the last closing event, NULL where unknown", derived=True)
    next_step: str | None = column("text", "What the owner plans next")
    duplicate_of: str | None = ref(
        "opportunity", "The same deal in another CRM, which counts instead of this one", derived=True
    )
    crm_stage: str | None = column(
        "text", "Stage value that the source shows now, closed values included", derived=True
    )


class StageEvent(Record, table=True):
    """One fact of a deal's history as the source tells it; append-only, visits are rebuilt from it."""

    __tablename__ = "stage_event"
    opportunity_id: str | None = ref("opportunity", "Deal that the event belongs to")
    occurred_at: str | None = column("instant", "When it happened, NULL for undated path stages")
    seq: int | None = column("integer", "Order among events of one instant, or place in an undated path")
    source_stage: str | None = column("text", "Stage value of the source that the deal entered")
    evidence: str | None = words(
        "Where the fact comes from", "history", "audit", "process", "path", "close", "observed"
    )
    status: str | None = words(
        "Status that the event put the deal in, as source_stage tells where the source has no word for it",
        "open",
        "won",
        "lost",
        completed=True,
        decisive=True,
    )
    occurred_on: str | None = column("day", "Day of occurred_at in the reporting time zone")


class OpportunitySplit(Record, table=True):
    """Credit for a deal that is shared among people."""

    __tablename__ = "opportunity_split"
    opportunity_id: str | None = ref("opportunity", "Deal that is shared")
    owner_id: str | None = ref("crm_user", "CRM user who gets the credit")
    kind: str | None = words("Kind of credit", "revenue", "overlay", decisive=True)
    share: float | None = column("share", "Share of the deal")


class CrmUser(Record, table=True):
    """A user of one CRM."""

    __tablename__ = "crm_user"
    name: str | None = column("text", "Full name")
    email: str | None = column("text", "E-mail address as the source has it")
    is_active: int | None = flag("1 while the user can sign in")
    manager_id: str | None = ref("crm_user", "The user's manager")
    team_id: str | None = ref("team", "Team that the user belongs to now")
    person_id: str | None = ref("person", "The human behind the user, across sources", derived=True)


class Team(Record, table=True):
    """A Salesforce role or a Dynamics business unit."""

    name: str | None = column("text", "Name of the team")
    parent_id: str | None = ref("team", "Team that this one reports to")


class Quota(Record, table=True):
    """What one CRM user is to sell in one period."""

    owner_id: str | None = ref("crm_user", "CRM user who has the quota")
    person_id: str | None = ref("person", "The human behind owner_id", derived=True)
    period_start: str | None = column("day", "First day of the period")
    period_end: str | None = column("day", "Last day of the period")
    amount_minor: int | None = column("minor", "Target in minor units of currency")
    currency: str | None = column("text", "ISO 4217 code of amount_minor")
    base_minor: int | None = column(
        "integer",
        "Target in minor units of the base currency at the period's first day, NULL where a rate is missing",
        derived=True,
    )
    kind: str | None = words("Kind of target", "revenue")


class Activity(Record, table=True):
    """A mail, call, meeting or task; subjects only as a keyed hash."""

    kind: str | None = words("Kind of activity", "email", "call", "meeting", "task")
    direction: str | None = words("Who started it", "in", "out")
    subject_hash: str | None = column("text", "Keyed hash of the subject; the key is not in the store")
    occurred_at: str | None = column("instant", "When it happened")
    occurred_on: str | None = column("day", "Day of occurred_at in the reporting time zone")
    owner_id: str | None = ref("crm_user", "CRM user who did it")
    opportunity_id: str | None = ref("opportunity", "Deal that it is about")
    lead_id: str | None = ref("lead", "Lead that it is about")
    contact_id: str | None = ref("contact", "Contact that it is about")
    account_id: str | None = ref("account", "Account that it is about")
    counterpart_email: str | None = column("text", "Address of the other side")


class Campaign(Record, table=True):
    """A marketing campaign."""

    name: str | None = column("text", "Name of the campaign")
    kind: str | None = column("text", "Kind of campaign as the source names it")
    status: str | None = column("text", "Status as the source names it")
    starts_on: str | None = column("day", "First day")
    ends_on: str | None = column("day", "Last day")
    cost_minor: int | None = column("minor", "Cost in minor units of currency")
    currency: str | None = column("text", "ISO 4217 code of cost_minor")


class CampaignMember(Record, table=True):
    """A person reached by a campaign."""

    __tablename__ = "campaign_member"
    campaign_id: str | None = ref("campaign", "Campaign")
    lead_id: str | None = ref("lead", "Lead who was reached")
    contact_id: str | None = ref("contact", "Contact who was reached")
    email: str | None = column("text", "Address that was used")
    status: str | None = column("text", "Status as the source names it")
    responded: int | None = flag("1 where the person answered")


class Satisfaction(Record, table=True):
    """One answer to a satisfaction question."""

    score: float | None = column("number", "Score that was given")
    score_max: float | None = column("number", "Highest score that could be given")
    given_at: str | None = column("instant", "When it was given")
    given_on: str | None = column("day", "Day of given_at in the reporting time zone")
    account_id: str | None = ref("account", "Account of the person who answered")
    contact_id: str | None = ref("contact", "Person who answered")
    owner_id: str | None = ref("crm_user", "CRM user whom the answer is about")


class FxRate(SQLModel, table=True):
    """How many units of a currency one unit of the source's base currency is worth, from a day to a day."""

    __tablename__ = "fx_rate"
    id: str = random_key("<source>:<source_id>; fills itself where a row is put in by hand")
    source: str | None = column("text", "Source whose deals the rate holds for")
    source_id: str | None = column("text", "Id in the source")
    source_object: str | None = column("text", "Object of the source that the row was made from")
    is_deleted: int = flag("1 once the source deleted the rate", default=0)
    source_modified_at: str | None = column("instant", "When the source last changed the record")
    synced_at: str | None = column("instant", "When the row last changed in this store")
    extra: str | None = column("json", "Mapped fields that are no unified columns, by the name given in the mapping")
    currency: str | None = column("text", "ISO 4217 code")
    valid_from: str | None = column("day", "First day on which the rate holds, NULL: from ever")
    valid_to: str | None = column("day", "First day on which it holds no longer, NULL: for ever")
    units_per_base: str | None = column("decimal", "Units of currency per unit of the base currency")
    dated: int = flag("1 for a dated rate, which beats a static one", default=0)


class SourceStage(SQLModel, table=True):
    """A stage value that a source declares."""

    __tablename__ = "source_stage"
    id: str = random_key("<source>:<source_id>; fills itself where a row is put in by hand")
    source: str | None = column("text", "Source that declares the value")
    source_id: str | None = column("text", "Id in the source")
    source_object: str | None = column("text", "Object of the source that the row was made from")
    is_deleted: int = flag("1 once the source deleted the value", default=0)
    source_modified_at: str | None = column("instant", "When the source last changed the record")
    synced_at: str | None = column("instant", "When the row last changed in this store")
    extra: str | None = column("json", "Mapped fields that are no unified columns, by the name given in the mapping")
    value: str | None = column("text", "The value as records carry it in source_stage")
    name: str | None = column("text", "What people call it")
    position: int | None = column("integer", "Its place in the source's own order; for Dynamics the stage category")
    stage: str | None = column("text", "Key of the canonical stage that claims it (funnel.yaml)", derived=True)
    is_won: int | None = flag("1 where a deal in it is won")
    is_closed: int | None = flag("1 where a deal in it is closed")

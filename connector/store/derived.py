"""Tables that are computed from the records: visits, people, memberships, currencies, the calendar."""

from sqlmodel import SQLModel

from connector.store.columns import Computed, column, key, random_key, ref, words


class StageVisit(Computed, table=True):
    """One stay of one deal in one canonical stage, rebuilt from its stage events."""

    __tablename__ = "stage_visit"
    id: str | None = column("text", "Left empty: a visit is known by its deal and ordinal")
    opportunity_id: str = key("Deal")
    ordinal: int = column("integer", "Place among the deal's visits, from 1", primary_key=True)
    stage: str | None = column(
        "text", "Key of the canonical stage, NULL where no entry of funnel.yaml claims source_stage"
    )
    source_stage: str | None = column("text", "Stage value of the source at entry")
    entered_at: str | None = column("instant", "When the deal entered, NULL where unknown")
    entered_on: str | None = column("day", "Day of entered_at in the reporting time zone")
    left_at: str | None = column("instant", "When it left by any road, NULL while it stays or where unknown")
    left_on: str | None = column("day", "Day of left_at in the reporting time zone")
    coverage: str | None = words("How the visit is known", "recorded", "audited", "observed", "current_only", "path")


class Membership(Computed, table=True):
    """Which team a CRM user belonged to, from a day to a day."""

    id: str = random_key("<crm_user_id>@<valid_from>, or @ for the first team seen")
    crm_user_id: str | None = ref("crm_user", "CRM user")
    team_id: str | None = ref("team", "Team")
    valid_from: str | None = column("day", "First day, NULL: for all the past")
    valid_to: str | None = column("day", "First day on which it holds no longer, NULL: still")


class Person(Computed, table=True):
    """One human, however many CRM users they have."""

    id: str = key("person: and the SHA-256 of the folded e-mail, or of the user's id where there is none")
    name: str | None = column("text", "Name in the source that is configured first")
    email: str | None = column("text", "Folded e-mail address")


class Currency(SQLModel, table=True):
    """A currency that occurs in the store."""

    code: str = key("ISO 4217 code")
    exponent: int | None = column("integer", "Decimals of its minor unit by ISO 4217")


class Calendar(SQLModel, table=True):
    """Every day from two years before the first day in the store to two after the last."""

    day: str = key("The day")
    epoch_day: int | None = column("integer", "Days since 1970-01-01: subtract two to get a length")
    week_start: str | None = column("day", "First day of its week")
    month_start: str | None = column("day", "First day of its month")
    quarter_start: str | None = column("day", "First day of its fiscal quarter")
    year_start: str | None = column("day", "First day of its fiscal year")
    fiscal_quarter: int | None = column("integer", "Fiscal quarter, 1 to 4")
    fiscal_year: int | None = column("integer", "Fiscal year by its name")

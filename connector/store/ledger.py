"""What people recorded through the program: facts of their own, which no sync and no derivation writes or drops."""

from sqlmodel import SQLModel

from connector.store.columns import column, key, ref


class Payout(SQLModel, table=True):
    """What was paid to one person for one quota period beyond what had been paid before; never changed, only added."""

    payout_id: str = key("payout: and the SHA-256 of person, period, currency and number")
    number: int | None = column("integer", "Place among the payouts of this person, period and currency, from 1")
    recorded_at: str | None = column("instant", "When it was recorded")
    as_of: str | None = column("day", "Day at whose end so much was due")
    person_id: str | None = ref("person", "Who was paid; the owner's id where no person is known")
    owner_id: str | None = ref("crm_user", "CRM user who had the quota: finds the person again who has another id now")
    period_start: str | None = column("day", "First day of the quota period")
    period_end: str | None = column("day", "Last day of the quota period")
    plan: str | None = column("text", "Pay plan, NULL where there was none any more")
    tier: str | None = column("text", "Band of the plan that was reached")
    quota_minor: int | None = column("minor", "What was to be sold in the period")
    won_minor: int | None = column("minor", "What was sold in it")
    commission_minor: int | None = column("minor", "Commission due for the period in total")
    paid_minor: int | None = column(
        "minor", "That, less what had been paid for the period before; below zero: so much was taken back"
    )
    currency: str | None = column("text", "ISO 4217 code: the base currency of the time")
    deals: str | None = column("json", "The deals that earned it: id, and won_minor and commission_minor of each")

"""Every table of the store in one place: name -> SQLModel class, and what the mapping compiler needs of it."""

from connector.store import derived, operations, records
from connector.store.columns import Record
from sqlmodel import SQLModel

METADATA = SQLModel.metadata

#: tables that mapping files may fill
MAPPABLE: dict[str, type[SQLModel]] = {
    str(model.__tablename__): model
    for model in (
        records.Account,
        records.Contact,
        records.Lead,
        records.Opportunity,
        records.StageEvent,
        records.OpportunitySplit,
        records.CrmUser,
        records.Team,
        records.Quota,
        records.Activity,
        records.Campaign,
        records.CampaignMember,
        records.Satisfaction,
        records.FxRate,
        records.SourceStage,
    )
}

"""How Dataverse spells the schema names of its own columns, and how long their texts may be. Facts only.

Dynamics 365 table reference; the lead's columns agree with the recorded definition of a real organization.
"""

from __future__ import annotations

_WORDS = """
AccountCategoryCode AccountId AccountNumber Action ActivityId ActualCloseDate ActualEnd ActualRevenue ActualStart
ActualValue Address1_AddressId Address1_City Address1_Country Address1_Line1 Address1_Line2 Address1_PostalCode
Address1_StateOrProvince Address1_Telephone1 Address2_City Address2_Country AmountDataType Anniversary AttributeMask
AuditId BirthDate BudgetAmount BusinessUnitId CampaignId CloseProbability CompanyName CompetitorId ContactId
CreatedBy CreatedOn CreditLimit CreditOnHold CurrentSituation CustomerId CustomerNeed CustomerTypeCode DecisionMaker
Department Description DiscountAmount DiscountPercentage DoNotBulkEMail DoNotEMail DoNotPhone DoNotPostalMail
EMailAddress EMailAddress1 EMailAddress2 EstimatedAmount EstimatedCloseDate EstimatedValue ExchangeRate
FamilyStatusCode Fax FinalDecisionDate FirstName FiscalPeriod FiscalYear FullName GoalEndDate GoalId GoalOwnerId
GoalStartDate IdentifyCompetitors ImportSequenceNumber IndustryCode IsAmount IsDisabled IsFiscalPeriodGoal
IsRevenueSystemCalculated JobTitle LastName LastOnHoldTime LastRolledUpdate LeadId LeadQualityCode LeadSourceCode
MasterId Merged MetricId MiddleName MobilePhone ModifiedBy ModifiedOn Name NumberOfEmployees ObjectId ObjectTypeCode
Operation OpportunityId OpportunityRatingCode OpportunityStateCode OpportunityStatusCode OrganizationId
OriginatingLeadId OverriddenCreatedOn OwnerId OwningBusinessUnit OwningTeam OwningUser ParentAccountId
ParentBusinessUnitId ParentContactId ParentCustomerId ParentGoalId ParentSystemUserId PresentProposal
PrimaryContactId PriorityCode ProcessId ProcessStageId ProposedSolution PurchaseTimeFrame QualifyingOpportunityId
RegardingObjectId Revenue SIC SalesStage ScheduledEnd ScheduledStart Sender SentOn ToRecipients DirectionCode
PhoneNumber IsAllDayEvent MessageId ProposedStart ProposedEnd TypeCode CodeName IsTemplate BudgetedCost OtherCost
TotalActualCost SalesStageCode Salutation ScheduleFollowUp_Prospect StageCategory StageId StageName StateCode
StatusCode StepId StepName Subject Suffix SystemUserId TeamId Telephone1 Telephone2 TickerSymbol Title TotalAmount
TransactionCurrencyId TransactionId TraversedPath UserId VersionNumber WebSiteURL WorkflowId
"""
_SCHEMA_NAMES = {name.lower(): name for name in _WORDS.split()} | {"leadwebsiteurl": "WebSiteUrl"}

LENGTHS = {
    "address1_line1": 250, "address1_line2": 250, "address1_city": 80, "address2_city": 80,
    "address1_stateorprovince": 50, "address1_postalcode": 20, "address1_country": 80, "address2_country": 80,
    "address1_telephone1": 50, "telephone1": 50, "telephone2": 50, "mobilephone": 20, "fax": 50, "firstname": 50,
    "middlename": 50, "lastname": 50, "subject": 50, "websiteurl": 200, "tickersymbol": 10, "sic": 20, "suffix": 10,
}  # fmt: skip
FORMATS = {
    "emailaddress": "Email", "emailaddress1": "Email", "emailaddress2": "Email", "internalemailaddress": "Email",
    "websiteurl": "Url",
}  # fmt: skip


def schema_name(table: str, column: str) -> str:
    """The schema name of a column; one that this page does not know is spelt like its logical name."""
    plain = column.removesuffix("_base")
    known = _SCHEMA_NAMES.get(table + column) or _SCHEMA_NAMES.get(plain, plain)
    return f"{known}_Base" if column.endswith("_base") else known

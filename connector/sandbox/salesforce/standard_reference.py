"""The smaller standard objects: people, stages, currencies, quotas, campaigns, history.

Fields by the object reference (v65) as far as a connector may ask them.
"""

from __future__ import annotations

from connector.sandbox.salesforce.objects import SObject, sobject

_USER = """\
Id id
Username string(80) name
LastName string(80) of:Name
FirstName string(40) null of:Name
Name string(121) ro
CompanyName string(80) null
Title string(80) null
Email email(128)
IsActive boolean
TimeZoneSidKey picklist(40)
UserRoleId reference>UserRole null
LocaleSidKey picklist(40)
LanguageLocaleKey picklist(40)
ProfileId reference>Profile
UserType picklist(40) ro
ManagerId reference>User null
ForecastEnabled boolean
FederationIdentifier string(512) null
DefaultCurrencyIsoCode picklist(255) null multi values:currency
CurrencyIsoCode picklist(255) multi values:currency
@system
"""
_USER_ROLE = """\
Id id
Name string(80) name
ParentRoleId reference>UserRole null
RollupDescription string(80) null
OpportunityAccessForAccountOwner picklist(40)
ForecastUserId reference>User null
MayForecastManagerShare boolean ro
DeveloperName string(80)
PortalType picklist(40) ro
LastModifiedDate datetime ro
LastModifiedById reference>User ro
SystemModstamp datetime ro
"""
_GROUP = """\
Id id
Name string(40) name
DeveloperName string(80)
Type picklist(40) once
Email email(80) null
@system
"""
_OPPORTUNITY_HISTORY = """\
Id id
OpportunityId reference>Opportunity ro
CreatedById reference>User ro
CreatedDate datetime ro
StageName picklist(255) ro values:stage
Amount currency(18,2) null ro
ExpectedRevenue currency(18,2) null ro
CloseDate date null ro
Probability percent(3,0) null ro
ForecastCategory picklist(40) null ro values:forecast
CurrencyIsoCode picklist(255) null ro multi values:currency
PrevAmount currency(18,2) null ro
PrevCloseDate date null ro
SystemModstamp datetime ro
IsDeleted boolean ro
"""
_FIELD_HISTORY = """\
Id id
IsDeleted boolean ro
OpportunityId reference>Opportunity ro
CreatedById reference>User ro
CreatedDate datetime ro
Field picklist(255) ro values:tracked_field
DataType picklist(40) null ro values:data_type
OldValue anyType null nofilter ro
NewValue anyType null nofilter ro
"""
_OPPORTUNITY_STAGE = """\
Id id
MasterLabel string(255) name ro
ApiName string(255) ro
IsActive boolean ro
SortOrder int null ro
IsClosed boolean ro
IsWon boolean ro
ForecastCategory picklist(40) ro values:forecast
ForecastCategoryName picklist(255) ro values:forecast_name
DefaultProbability percent(3,0) null ro
Description string(255) null ro
@system
"""
_LEAD_STATUS = """\
Id id
MasterLabel string(255) name ro
ApiName string(255) ro
SortOrder int null ro
IsDefault boolean ro
IsConverted boolean ro
@system
"""
_CASE_STATUS = """\
Id id
MasterLabel string(255) name ro
ApiName string(255) ro
SortOrder int null ro
IsDefault boolean ro
IsClosed boolean ro
@system
"""
_TASK_STATUS = """\
Id id
MasterLabel string(255) name ro
ApiName string(255) ro
SortOrder int null ro
IsDefault boolean ro
IsClosed boolean ro
@system
"""
_TASK_PRIORITY = """\
Id id
MasterLabel string(255) name ro
ApiName string(255) ro
SortOrder int null ro
IsDefault boolean ro
IsHighPriority boolean ro
@system
"""
_CURRENCY_TYPE = """\
Id id
IsoCode picklist(255) name values:currency
ConversionRate double(18,6)
DecimalPlaces int
IsActive boolean
IsCorporate boolean ro
@system
"""
_DATED_RATE = """\
Id id
IsoCode picklist(255) values:currency
StartDate date
NextStartDate date ro
ConversionRate double(18,6)
@system
"""
_ORGANIZATION = """\
Id id
Name string(80) name
Country string(80) null
DefaultLocaleSidKey picklist(40)
TimeZoneSidKey picklist(40) null
LanguageLocaleKey picklist(40)
FiscalYearStartMonth int null ro
UsesStartDateAsFiscalYearName boolean
OrganizationType picklist(40) ro
InstanceName string(5) null ro
IsSandbox boolean ro
NamespacePrefix string(15) null ro
@system
"""
_FORECASTING_TYPE = """\
Id id
IsDeleted boolean ro
DeveloperName string(80)
Language picklist(40)
MasterLabel string(80) name
IsActive boolean
IsAmount boolean
IsQuantity boolean
DateType picklist(40) null
@system
"""
_FORECASTING_QUOTA = """\
Id id
IsDeleted boolean ro
QuotaOwnerId reference>User
PeriodId reference>Period ro
StartDate date
QuotaAmount currency(18,2) null
QuotaQuantity double(18,2) null
IsAmount boolean ro
IsQuantity boolean ro
ForecastingTypeId reference>ForecastingType
ProductFamily picklist(255) null
CurrencyIsoCode picklist(255) null multi values:currency
@system
"""
_PERIOD = """\
Id id
FiscalYearSettingsId reference>FiscalYearSettings null ro
Type picklist(40) ro
StartDate date ro
EndDate date ro
SystemModstamp datetime ro
IsForecastPeriod boolean ro
QuarterLabel picklist(255) null ro
PeriodLabel picklist(255) null ro
Number int null ro
FullyQualifiedLabel string(255) null nofilter ro
"""
_FISCAL_YEAR = """\
Id id
PeriodId reference>Period null ro
StartDate date ro
EndDate date ro
Name string(80) ro
IsStandardYear boolean ro
YearType picklist(40) null ro
WeekStartDay int null ro
Description string(255) null ro
SystemModstamp datetime ro
"""
_CAMPAIGN = """\
Id id
IsDeleted boolean ro
Name string(80) name
ParentId reference>Campaign null
Type picklist(255) null
Status picklist(255) null
StartDate date null
EndDate date null
BudgetedCost currency(18,0) null
ActualCost currency(18,0) null
IsActive boolean
Description textarea(32000) null nofilter
OwnerId reference>User
CurrencyIsoCode picklist(255) null multi values:currency
@system
"""
_CAMPAIGN_MEMBER = """\
Id id
IsDeleted boolean ro
CampaignId reference>Campaign once
LeadId reference>Lead null once
ContactId reference>Contact null once
LeadOrContactId reference>Contact|Lead null ro
Status picklist(40) null
HasResponded boolean ro
FirstRespondedDate date null ro
Name string(121) null ro
Email email(80) null ro
CurrencyIsoCode picklist(255) null ro multi values:currency
@system
"""
REFERENCE: tuple[SObject, ...] = (
    sobject("User", "005", _USER, bin=False, deletable=False),
    sobject("UserRole", "00E", _USER_ROLE, bin=False),
    sobject("Group", "00G", _GROUP, bin=False),
    sobject("Organization", "00D", _ORGANIZATION, bin=False, replicateable=False),
    sobject("OpportunityHistory", "008", _OPPORTUNITY_HISTORY, bin=False),
    sobject("OpportunityStage", "01J", _OPPORTUNITY_STAGE, bin=False, replicateable=False),
    sobject("LeadStatus", "01J", _LEAD_STATUS, bin=False, replicateable=False),
    sobject("CaseStatus", "01J", _CASE_STATUS, bin=False, replicateable=False, bulk=False),
    sobject("TaskStatus", "01J", _TASK_STATUS, bin=False, replicateable=False, bulk=False),
    sobject("TaskPriority", "01J", _TASK_PRIORITY, bin=False, replicateable=False, bulk=False),
    sobject("CurrencyType", "01L", _CURRENCY_TYPE, bin=False, replicateable=False),
    sobject("DatedConversionRate", "04w", _DATED_RATE, bin=False, replicateable=False),
    sobject("ForecastingType", "0Db", _FORECASTING_TYPE, bin=False, replicateable=False),
    sobject("ForecastingQuota", "0J9", _FORECASTING_QUOTA, bin=False),
    sobject("Period", "026", _PERIOD, bin=False, replicateable=False),
    sobject("FiscalYearSettings", "022", _FISCAL_YEAR, bin=False, replicateable=False),
    sobject("Campaign", "701", _CAMPAIGN),
    sobject("CampaignMember", "00v", _CAMPAIGN_MEMBER, bin=False),
    sobject("OpportunityFieldHistory", "017", _FIELD_HISTORY, plural="Opportunity Field History", bin=False),
)
#: absent from orgs with one currency
MULTI_CURRENCY_OBJECTS = frozenset({"CurrencyType", "DatedConversionRate"})

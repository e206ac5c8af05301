"""The four objects that selling turns on, field for field as recorded describes (API v52) list them.

Beyond those: ``CurrencyIsoCode`` of multi-currency orgs, ``HasOptedOutOfEmail`` (object reference), and two custom
fields of the sandbox's own org, ``Region__c`` and ``Notes__c``.
"""

from __future__ import annotations

from connector.sandbox.salesforce.objects import SObject, sobject

_OPPORTUNITY = """\
Id id
IsDeleted boolean ro
AccountId reference>Account null
IsPrivate boolean perm
Name string(120) name idlookup
Description textarea(32000) null nofilter
StageName picklist(255) values:stage
Amount currency(18,2) null
Probability percent(3,0) null defaulted
ExpectedRevenue currency(18,2) null ro perm
TotalOpportunityQuantity double(18,2) null
CloseDate date
Type picklist(255) null values:type
NextStep string(255) null
LeadSource picklist(255) null values:source
IsClosed boolean ro
IsWon boolean ro
ForecastCategory picklist(40) ro values:forecast undefaulted restricted
ForecastCategoryName picklist(255) null values:forecast_name noperm defaulted restricted
CampaignId reference>Campaign null
HasOpportunityLineItem boolean ro
Pricebook2Id reference>Pricebook2 null noperm defaulted
OwnerId reference>User
@system
LastActivityDate date null ro
LastStageChangeDate datetime null ro
FiscalQuarter int null ro of:Fiscal
FiscalYear int null ro of:Fiscal
Fiscal string(6) null ro bytes:6
ContactId reference>Contact null once noperm noprefilter norel
LastViewedDate datetime null ro
LastReferencedDate datetime null ro
HasOpenActivity boolean nofilter ro
HasOverdueTask boolean nofilter ro
LastAmountChangedHistoryId reference>OpportunityHistory null ro
LastCloseDateChangedHistoryId reference>OpportunityHistory null ro
Region__c picklist(255) null values:region
Notes__c textarea(131072) null nofilter
CurrencyIsoCode picklist(255) null multi values:currency
"""

_LEAD = """\
Id id
IsDeleted boolean ro
MasterRecordId reference>Lead null ro
LastName string(80) of:Name extra:personname
FirstName string(40) null of:Name extra:personname
Salutation picklist(40) null of:Name values:salutation extra:personname
Name string(121) ro name undefaulted extra:personname
Title string(128) null
Company string(255)
Street textarea(255) null of:Address group
City string(40) null of:Address
State string(80) null of:Address
PostalCode string(20) null of:Address
Country string(80) null of:Address
Latitude double(18,15) null of:Address
Longitude double(18,15) null of:Address
GeocodeAccuracy picklist(40) null of:Address values:geocode restricted
Address address null
Phone phone(40) null
MobilePhone phone(40) null
Fax phone(40) null
Email email(80) null idlookup
Website url(255) null
PhotoUrl url(255) null ro
Description textarea(32000) null nofilter
LeadSource picklist(255) null values:source
Status picklist(255) values:lead_status defaulted default:Open_-_Not_Contacted
Industry picklist(255) null values:industry
Rating picklist(255) null values:rating
AnnualRevenue currency(18,0) null
NumberOfEmployees int null
OwnerId reference>Group|User
IsConverted boolean once
ConvertedDate date null ro
ConvertedAccountId reference>Account null ro
ConvertedContactId reference>Contact null ro
ConvertedOpportunityId reference>Opportunity null ro
IsUnreadByOwner boolean
@system
LastActivityDate date null ro
LastViewedDate datetime null ro
LastReferencedDate datetime null ro
Jigsaw string(20) null
JigsawContactId string(20) null ro rel:JigsawContact
CleanStatus picklist(40) null values:clean_status restricted
CompanyDunsNumber string(9) null
DandbCompanyId reference>DandBCompany null
EmailBouncedReason string(255) null edit
EmailBouncedDate datetime null edit
IndividualId reference>Individual null noperm
CurrencyIsoCode picklist(255) null multi values:currency
"""

_ACCOUNT = """\
Id id
IsDeleted boolean ro
MasterRecordId reference>Account null ro
Name string(255) name
Type picklist(40) null values:account_type
ParentId reference>Account null
Primary_Contact__c reference>Contact null
BillingStreet textarea(255) null of:BillingAddress group
BillingCity string(40) null of:BillingAddress
BillingState string(80) null of:BillingAddress
BillingPostalCode string(20) null of:BillingAddress
BillingCountry string(80) null of:BillingAddress
BillingLatitude double(18,15) null of:BillingAddress
BillingLongitude double(18,15) null of:BillingAddress
BillingGeocodeAccuracy picklist(40) null of:BillingAddress values:geocode restricted
BillingAddress address null
ShippingStreet textarea(255) null of:ShippingAddress group
ShippingCity string(40) null of:ShippingAddress
ShippingState string(80) null of:ShippingAddress
ShippingPostalCode string(20) null of:ShippingAddress
ShippingCountry string(80) null of:ShippingAddress
ShippingLatitude double(18,15) null of:ShippingAddress
ShippingLongitude double(18,15) null of:ShippingAddress
ShippingGeocodeAccuracy picklist(40) null of:ShippingAddress values:geocode restricted
ShippingAddress address null
Phone phone(40) null
Fax phone(40) null
AccountNumber string(40) null
Website url(255) null
PhotoUrl url(255) null ro
Sic string(20) null
Industry picklist(40) null values:industry
AnnualRevenue currency(18,0) null
NumberOfEmployees int null
Ownership picklist(40) null values:ownership
TickerSymbol string(20) null
Description textarea(32000) null nofilter
ns__Description__c textarea(32000) null nofilter
History__c textarea(32000) null nofilter
Rating picklist(40) null values:rating
Site string(80) null
OwnerId reference>User
ns__LinkedAccount__c reference>Account
@system
LastActivityDate date null ro
LastViewedDate datetime null ro
LastReferencedDate datetime null ro
IsPartner boolean edit
IsCustomerPortal boolean edit
ChannelProgramName string(255) null nofilter ro
ChannelProgramLevelName string(255) null nofilter ro
Jigsaw string(20) null
JigsawCompanyId string(20) null ro rel:JigsawCompany
CleanStatus picklist(40) null values:clean_status restricted
AccountSource picklist(40) null values:source
DunsNumber string(9) null
Tradestyle string(255) null
NaicsCode string(8) null
NaicsDesc string(120) null
YearStarted string(4) null
SicDesc string(80) null
DandbCompanyId reference>DandBCompany null
OperatingHoursId reference>OperatingHours null
CurrencyIsoCode picklist(255) null multi values:currency
"""

_CONTACT = """\
Id id
IsDeleted boolean ro
MasterRecordId reference>Contact null ro
AccountId reference>Account null
LastName string(80) of:Name extra:personname
FirstName string(40) null of:Name extra:personname
Salutation picklist(40) null of:Name values:salutation extra:personname
Name string(121) ro name undefaulted extra:personname
OtherStreet textarea(255) null of:OtherAddress group
OtherCity string(40) null of:OtherAddress
OtherState string(80) null of:OtherAddress
OtherPostalCode string(20) null of:OtherAddress
OtherCountry string(80) null of:OtherAddress
OtherLatitude double(18,15) null of:OtherAddress
OtherLongitude double(18,15) null of:OtherAddress
OtherGeocodeAccuracy picklist(40) null of:OtherAddress values:geocode restricted
OtherAddress address null
MailingStreet textarea(255) null of:MailingAddress group
MailingCity string(40) null of:MailingAddress
MailingState string(80) null of:MailingAddress
MailingPostalCode string(20) null of:MailingAddress
MailingCountry string(80) null of:MailingAddress
MailingLatitude double(18,15) null of:MailingAddress
MailingLongitude double(18,15) null of:MailingAddress
MailingGeocodeAccuracy picklist(40) null of:MailingAddress values:geocode restricted
MailingAddress address null
Phone phone(40) null
Fax phone(40) null
MobilePhone phone(40) null
HomePhone phone(40) null
OtherPhone phone(40) null
AssistantPhone phone(40) null
ReportsToId reference>Contact null
Email email(80) null idlookup
Title string(128) null
Department string(80) null
AssistantName string(40) null
LeadSource picklist(255) null values:source
Birthdate date null
Description textarea(32000) null nofilter
OwnerId reference>User
@system
LastActivityDate date null ro
LastCURequestDate datetime null ro
LastCUUpdateDate datetime null ro
LastViewedDate datetime null ro
LastReferencedDate datetime null ro
EmailBouncedReason string(255) null noperm
EmailBouncedDate datetime null noperm
IsEmailBounced boolean ro
PhotoUrl url(255) null ro
Jigsaw string(20) null
JigsawContactId string(20) null ro rel:JigsawContact
CleanStatus picklist(40) null values:clean_status restricted
IndividualId reference>Individual null noperm
HasOptedOutOfEmail boolean
CurrencyIsoCode picklist(255) null multi values:currency
"""

SALES: tuple[SObject, ...] = (
    sobject("Opportunity", "006", _OPPORTUNITY, plural="Opportunities", feeds=True, clones=True),
    sobject("Lead", "00Q", _LEAD, feeds=True),
    sobject("Account", "001", _ACCOUNT, feeds=True),
    sobject("Contact", "003", _CONTACT, feeds=True),
)

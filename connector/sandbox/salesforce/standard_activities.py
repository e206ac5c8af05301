"""Cases, tasks and events. Case and Event field for field as recorded describes (API v52) list them.

Task by the object reference (v65), as far as a connector may ask it.
"""

from __future__ import annotations

from connector.sandbox.salesforce.objects import SObject, sobject

_CASE = """\
Id id
IsDeleted boolean ro
MasterRecordId reference>Case null ro
CaseNumber string(30) ro name idlookup nogroup auto
ContactId reference>Contact null
AccountId reference>Account null
AssetId reference>Asset null
ParentId reference>Case null
SuppliedName string(80) null
SuppliedEmail email(80) null
SuppliedPhone string(40) null
SuppliedCompany string(80) null
Type picklist(40) null values:case_type
Status picklist(40) null values:case_status noperm defaulted default:New
Reason picklist(40) null values:case_reason
Origin picklist(40) null values:case_origin
Subject string(255) null
Priority picklist(40) null values:priority defaulted default:Medium
Description textarea(32000) null nofilter
IsClosed boolean ro
ClosedDate datetime null ro perm
IsEscalated boolean perm
OwnerId reference>Group|User
@system
ContactPhone phone(40) null ro
ContactMobile phone(40) null ro
ContactEmail email(80) null ro
ContactFax phone(40) null ro
Comments textarea(4000) null nofilter sort noperm bytes:4000
LastViewedDate datetime null ro
LastReferencedDate datetime null ro
CurrencyIsoCode picklist(255) null multi values:currency
"""
_TASK = """\
Id id
IsDeleted boolean ro
WhoId reference>Contact|Lead null
WhatId reference>Account|Campaign|Case|Opportunity null
Subject combobox(255) null name values:subject nogroup noperm
ActivityDate date null
Status picklist(255) values:task_status defaulted default:Not_Started
Priority picklist(255) values:task_priority defaulted default:Normal
IsHighPriority boolean ro
OwnerId reference>Group|User
Description textarea(32000) null nofilter
IsClosed boolean ro
AccountId reference>Account null ro
CallType picklist(40) null values:call_type
CallDurationInSeconds int null
CallDisposition string(255) null
CallObject string(255) null
ReminderDateTime datetime null
IsReminderSet boolean
RecurrenceActivityId reference>Task null ro noprefilter norel
IsRecurrence boolean once
RecurrenceStartDateOnly date null
RecurrenceEndDateOnly date null
RecurrenceTimeZoneSidKey picklist(40) null values:time_zone
RecurrenceType picklist(40) null values:recurrence_type
RecurrenceInterval int null digits:9
RecurrenceRegeneratedType picklist(40) null
TaskSubtype picklist(40) null once values:task_subtype restricted
CompletedDateTime datetime null ro
IsArchived boolean ro
CurrencyIsoCode picklist(255) null multi values:currency
@system
"""
_EVENT = """\
Id id
WhoId reference>Contact|Lead null
WhatId reference>Account|Campaign|Case|Opportunity null
Subject combobox(255) null name values:subject nogroup noperm
Location string(255) null
IsAllDayEvent boolean perm
ActivityDateTime datetime null noperm
ActivityDate date null noaggregate noperm
DurationInMinutes int null noperm
StartDateTime datetime null noperm
EndDateTime datetime null noperm
EndDate date null ro
Description textarea(32000) null nofilter
AccountId reference>Account null ro
OwnerId reference>Calendar|User
IsPrivate boolean
ShowAs picklist(40) null values:show_as noperm defaulted restricted default:Busy
IsDeleted boolean ro
IsChild boolean ro
IsGroupEvent boolean ro
GroupEventType picklist(40) null ro values:group_event_type defaulted restricted default:0
@system
IsArchived boolean ro
RecurrenceActivityId reference>Event null ro noprefilter norel
IsRecurrence boolean once
RecurrenceStartDateTime datetime null noperm
RecurrenceEndDateOnly date null noperm
RecurrenceTimeZoneSidKey picklist(40) null values:time_zone noperm restricted
RecurrenceType picklist(40) null values:recurrence_type noperm restricted
RecurrenceInterval int null noperm digits:9
RecurrenceDayOfWeekMask int null noperm digits:9
RecurrenceDayOfMonth int null noperm digits:9
RecurrenceInstance picklist(40) null values:recurrence_instance noperm restricted
RecurrenceMonthOfYear picklist(40) null values:month noperm restricted
ReminderDateTime datetime null noperm
IsReminderSet boolean
EventSubtype picklist(40) null once values:event_subtype noperm restricted
IsRecurrence2Exclusion boolean ro
Recurrence2PatternText textarea(512) null nofilter once noperm
Recurrence2PatternVersion picklist(40) null ro values:recurrence_pattern restricted
IsRecurrence2 boolean ro
IsRecurrence2Exception boolean ro
Recurrence2PatternStartDate datetime null ro
Recurrence2PatternTimeZone string(255) null ro
CurrencyIsoCode picklist(255) null multi values:currency
"""

ACTIVITIES: tuple[SObject, ...] = (
    sobject("Case", "500", _CASE, feeds=True),
    sobject("Task", "00T", _TASK, feeds=True),
    sobject("Event", "00U", _EVENT),
)

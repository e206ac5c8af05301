"""Opportunity splits, of orgs that have turned them on: who shares the credit for a deal.

Fields by the object reference (v62) as far as a connector may ask them. Unverified: the key prefixes.
"""

from __future__ import annotations

from connector.sandbox.salesforce.objects import SObject, sobject

_SPLIT = """\
Id id
IsDeleted boolean ro
OpportunityId reference>Opportunity once
SplitOwnerId reference>User once
SplitTypeId reference>OpportunitySplitType once
Split string(30) ro auto idlookup nogroup
SplitPercentage percent(5,2)
SplitAmount currency(18,2) null ro
SplitNote string(255) null
CurrencyIsoCode picklist(255) null ro multi values:currency
@system
"""
_SPLIT_TYPE = """\
Id id
IsDeleted boolean ro
DeveloperName string(80)
Language picklist(40)
MasterLabel string(80) name
Description textarea(255) null
IsActive boolean
IsTotalValidated boolean once
SplitEntity picklist(40) ro
SplitField picklist(40) ro
SplitDataStatus picklist(40) null ro
@system
"""

SPLITS: tuple[SObject, ...] = (
    sobject("OpportunitySplit", "1OS", _SPLIT, bin=False),
    sobject("OpportunitySplitType", "1OT", _SPLIT_TYPE, bin=False, deletable=False, replicateable=False),
)

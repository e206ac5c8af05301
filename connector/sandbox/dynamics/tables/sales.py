"""Leads, opportunities and what closes them (Dynamics 365 "Lead table", "Opportunity table")."""

from __future__ import annotations

from connector.sandbox.business.words import DEAL_TYPES, LEAD_SOURCES, REGIONS
from connector.sandbox.dynamics.schema import (
    Attribute,
    Draft,
    Option,
    choice,
    day,
    flag,
    guid,
    instant,
    lookup,
    memo,
    money,
    number,
    text,
    texts,
    wall_clock,
)

_CUSTOM = 100_000_000
_LOCAL = {
    "North": "Norden", "South": "Süden", "East": "Osten", "West": "Westen",
    "New Customer": "Neukunde", "Existing Customer - Upgrade": "Bestandskunde - Erweiterung",
    "Existing Customer - Replacement": "Bestandskunde - Ersatz", "Phone Inquiry": "Telefonische Anfrage",
    "Partner Referral": "Empfehlung eines Partners", "Purchased List": "Gekaufte Liste", "Other": "Sonstige",
}  # fmt: skip


def _custom(words: tuple[str, ...]) -> tuple[Option, ...]:
    return tuple(Option(_CUSTOM + place, word, _LOCAL.get(word, word)) for place, word in enumerate(words))


REGION_OPTIONS = _custom(REGIONS)
TYPE_OPTIONS = _custom(DEAL_TYPES)
REGION_OF = {option.label: option.value for option in REGION_OPTIONS}
TYPE_OF = {option.label: option.value for option in TYPE_OPTIONS}

SOURCE_OPTIONS = (
    Option(1, "Advertisement", "Anzeige"),
    Option(2, "Employee Referral", "Mitarbeiterempfehlung"),
    Option(3, "External Referral", "Externe Empfehlung"),
    Option(4, "Partner", "Partner"),
    Option(5, "Public Relations", "Öffentlichkeitsarbeit"),
    Option(6, "Seminar", "Seminar"),
    Option(7, "Trade Show", "Messe"),
    Option(8, "Web", "Web"),
    Option(9, "Word of Mouth", "Mundpropaganda"),
    Option(10, "Other", "Andere"),
)
SOURCE_OF = dict(zip(LEAD_SOURCES, (8, 9, 4, 1, 10), strict=True))

LEAD_STATES = (
    Option(0, "Open", "Offen"),
    Option(1, "Qualified", "Qualifiziert"),
    Option(2, "Disqualified", "Disqualifiziert"),
)
DEAL_STATES = (Option(0, "Open", "Offen"), Option(1, "Won", "Gewonnen"), Option(2, "Lost", "Verloren"))
DEAL_STATUSES = (
    Option(1, "In Progress", "In Bearbeitung", 0),
    Option(2, "On Hold", "Zurückgestellt", 0),
    Option(3, "Won", "Gewonnen", 1),
    Option(4, "Canceled", "Storniert", 2),
    Option(5, "Out-Sold", "Ausverkauft", 2),
)
SALES_STAGES = (
    Option(0, "Qualify", "Qualifizieren"),
    Option(1, "Develop", "Entwickeln"),
    Option(2, "Propose", "Vorschlagen"),
    Option(3, "Close", "Abschließen"),
)
_RATING = (Option(1, "Hot", "Heiß"), Option(2, "Warm", "Warm"), Option(3, "Cold", "Kalt"))
_FORECAST = (
    Option(_CUSTOM + 1, "Pipeline", "Pipeline"),
    Option(_CUSTOM + 2, "Best case", "Bester Fall"),
    Option(_CUSTOM + 3, "Committed", "Zugesagt"),
    Option(_CUSTOM + 4, "Omitted", "Ausgelassen"),
    Option(_CUSTOM + 5, "Won", "Gewonnen"),
    Option(_CUSTOM + 6, "Lost", "Verloren"),
)
_TIMEFRAME = (
    Option(0, "Immediate", "Sofort"),
    Option(1, "This Quarter", "Dieses Quartal"),
    Option(2, "Next Quarter", "Nächstes Quartal"),
    Option(3, "This Year", "Dieses Jahr"),
    Option(4, "Unknown", "Unbekannt"),
)

_LEAD = [
    text("fullname", "Name", 160),
    *texts("firstname", "middlename", "lastname", "salutation", "jobtitle", "subject"),
    text("companyname", "Company Name"),
    *texts("emailaddress1", "emailaddress2", "telephone1", "mobilephone", "fax", "websiteurl"),
    *texts("address1_line1", "address1_city", "address1_stateorprovince", "address1_postalcode", "address1_country"),
    guid("address1_addressid", "Address 1: ID"),
    choice("leadsourcecode", "Lead Source", SOURCE_OPTIONS),
    choice("leadqualitycode", "Rating", _RATING),
    choice("purchasetimeframe", "Purchase Timeframe", _TIMEFRAME, shared="purchasetimeframe"),
    *money("estimatedamount", "Est. Value"),
    number("estimatedvalue", "Est. Value (deprecated)", "Double"),
    *money("budgetamount", "Budget Amount"),
    number("numberofemployees", "No. of Employees"),
    flag("donotbulkemail", "Do not allow Bulk Emails"),
    flag("donotemail", "Do not allow Emails"),
    flag("decisionmaker", "Decision Maker?", shared="decisionmaker"),
    day("estimatedclosedate", "Est. Close Date"),
    guid("processid", "Process"),
    guid("stageid", "(Deprecated) Stage Id"),
    Attribute("customerid", "Customer", "Customer", targets=("account", "contact")),
    lookup("accountid", "Account", "account"),
    lookup("contactid", "Contact", "contact"),
    lookup("parentaccountid", "Parent Account for lead", "account"),
    lookup("parentcontactid", "Parent Contact for lead", "contact"),
    lookup("qualifyingopportunityid", "Qualifying Opportunity", "opportunity"),
    lookup("masterid", "Master ID", "lead"),
    memo("description", "Description"),
]
_OPPORTUNITY = [
    text("name", "Topic", 300),
    text("emailaddress", "Email Address"),
    text("stepname", "Pipeline Phase", 200),
    text("traversedpath", "(Deprecated) Traversed Path", 1250),
    guid("processid", "Process"),
    guid("stageid", "(Deprecated) Stage Id"),
    guid("stepid", "Step"),
    choice("salesstage", "Sales Stage", SALES_STAGES),
    choice("salesstagecode", "Process Code", (Option(1, "Default Value", "Standardwert"),)),
    choice("opportunityratingcode", "Rating", _RATING),
    choice("purchasetimeframe", "Purchase Timeframe", _TIMEFRAME, shared="purchasetimeframe"),
    choice("prioritycode", "Priority", (Option(1, "Default Value", "Standardwert"),)),
    choice("msdyn_forecastcategory", "Forecast category", _FORECAST, shared="msdyn_forecastcategory"),
    choice("new_region", "Region", REGION_OPTIONS),
    choice("new_dealtype", "Deal Type", TYPE_OPTIONS),
    choice("new_leadsource", "Lead Source", SOURCE_OPTIONS, shared="new_leadsource"),
    choice("new_interests", "Interests", (
        Option(1, "Instruments", "Instrumente"), Option(2, "Service", "Service"), Option(3, "Training", "Schulung"),
    ), several=True),
    text("new_nextstep", "Next Step", 500),
    wall_clock("new_demoat", "Demo (local time)"),
    number("closeprobability", "Probability"),
    *money("estimatedvalue", "Est. Revenue"),
    *money("actualvalue", "Actual Revenue"),
    *money("totalamount", "Total Amount"),
    *money("budgetamount", "Budget Amount"),
    *money("discountamount", "Opportunity Discount Amount"),
    number("discountpercentage", "Opportunity Discount (%)", "Decimal"),
    flag("isrevenuesystemcalculated", "Revenue"),
    flag("decisionmaker", "Decision Maker?", shared="decisionmaker"),
    flag("identifycompetitors", "Identify Competitors"),
    flag("presentproposal", "Presented Proposal"),
    day("estimatedclosedate", "Est. Close Date"),
    day("actualclosedate", "Actual Close Date"),
    day("finaldecisiondate", "Final Decision Date"),
    instant("schedulefollowup_prospect", "Scheduled Follow up (Prospect)", shows="DateOnly"),
    Attribute("customerid", "Customer", "Potential Customer", targets=("account", "contact")),
    lookup("accountid", "Account", "account"),
    lookup("contactid", "Contact", "contact"),
    lookup("parentaccountid", "Account", "account"),
    lookup("parentcontactid", "Contact", "contact"),
    lookup("originatingleadid", "Originating Lead", "lead"),
    lookup("campaignid", "Source Campaign", "campaign"),
    memo("description", "Description"),
    memo("currentsituation", "Current Situation"),
    memo("customerneed", "Customer Need"),
    memo("proposedsolution", "Proposed Solution"),
]  # fmt: skip

DRAFTS = (
    Draft(
        "lead", "leads", "Lead", 4, _LEAD, primary_name="fullname", tracking=True, owned=True, currency=True,
        states=LEAD_STATES, created_shows="DateOnly",
        statuses=(
            Option(1, "New", "Neu", 0), Option(2, "Contacted", "Kontaktiert", 0),
            Option(3, "Qualified", "Qualifiziert", 1), Option(4, "Lost", "Verloren", 2),
            Option(5, "Cannot Contact", "Nicht erreichbar", 2), Option(6, "No Longer Interested", "Kein Interesse", 2),
            Option(7, "Canceled", "Storniert", 2),
        ),
    ),
    Draft(
        "opportunity", "opportunities", "Opportunity", 3, _OPPORTUNITY, tracking=True, owned=True, currency=True,
        states=DEAL_STATES, statuses=DEAL_STATUSES,
    ),
    Draft(
        "opportunityclose", "opportunitycloses", "Opportunity Close", 4208,
        [
            text("subject", "Subject", 200),
            lookup("opportunityid", "Opportunity", "opportunity"),
            lookup("competitorid", "Competitor", "competitor"),
            instant("actualend", "Actual End"),
            instant("actualstart", "Actual Start"),
            *money("actualrevenue", "Actual Revenue"),
            choice("opportunitystatecode", "Opportunity State", DEAL_STATES, shared="opportunity_statecode"),
            choice("opportunitystatuscode", "Opportunity Status", DEAL_STATUSES, shared="opportunity_statuscode"),
            memo("description", "Description"),
        ],
        key="activityid", primary_name="subject", tracking=True, owned=True, currency=True, activity=True,
        states=(Option(0, "Open", "Offen"), Option(1, "Completed", "Erledigt"), Option(2, "Canceled", "Storniert")),
        statuses=(
            Option(1, "Open", "Offen", 0), Option(2, "Completed", "Erledigt", 1), Option(3, "Canceled", "Storniert", 2),
        ),
    ),
)  # fmt: skip

"""Business process flows: their stages, and one table of instances per flow (Dynamics 365 table reference).

No change tracking on the instance tables: it could not be enabled there (see the 2017 description of business
process flow entities; unverified for today's releases), and their roles grant no read by default.
"""

from __future__ import annotations

from connector.sandbox.dynamics.schema import Draft, Option, choice, instant, lookup, number, text

_CATEGORIES = tuple(
    Option(value, label, local)
    for value, (label, local) in enumerate(
        (
            ("Qualify", "Qualifizieren"), ("Develop", "Entwickeln"), ("Propose", "Vorschlagen"),
            ("Close", "Abschließen"), ("Identify", "Identifizieren"), ("Research", "Recherchieren"),
            ("Resolve", "Lösen"), ("Approval", "Genehmigung"),
        )
    )
)  # fmt: skip
_STATES = (Option(0, "Active", "Aktiv"), Option(1, "Inactive", "Inaktiv"))
_STATUSES = (
    Option(1, "Active", "Aktiv", 0),
    Option(2, "Finished", "Abgeschlossen", 1),
    Option(3, "Aborted", "Abgebrochen", 1),
)


def _flow(name: str, set_name: str, label: str, code: int) -> Draft:
    return Draft(
        name, set_name, label, code,
        [
            text("name", "Name", 200),
            lookup("processid", "Process", "workflow"),
            lookup("activestageid", "Active Stage", "processstage"),
            instant("activestagestartedon", "Active Stage Started On"),
            instant("completedon", "Completed On"),
            number("duration", "Duration"),
            text("traversedpath", "Traversed Path", 1250),
            lookup("opportunityid", "Opportunity", "opportunity"),
            lookup("leadid", "Lead", "lead"),
            lookup("organizationid", "Organization", "organization"),
        ],
        key="businessprocessflowinstanceid", tracking=None, process_flow=True, states=_STATES, statuses=_STATUSES,
    )  # fmt: skip


DRAFTS = (
    Draft(
        "workflow", "workflows", "Process", 4703,
        [
            text("name", "Process Name"),
            text("uniquename", "Unique Name"),
            number("category", "Category"),
            text("primaryentity", "Primary Entity"),
        ],
        tracking=None,
    ),
    Draft(
        "processstage", "processstages", "Process Stage", 4724,
        [
            text("stagename", "Stage Name"),
            choice("stagecategory", "Stage Category", _CATEGORIES, shared="processstage_category"),
            lookup("processid", "Process", "workflow"),
            text("primaryentitytypecode", "Primary Entity"),
        ],
        primary_name="stagename", tracking=None,
    ),
    _flow("opportunitysalesprocess", "opportunitysalesprocesses", "Opportunity Sales Process", 10_001),
    _flow("leadtoopportunitysalesprocess", "leadtoopportunitysalesprocesses", "Lead to Opportunity Sales Process", 954),
)  # fmt: skip

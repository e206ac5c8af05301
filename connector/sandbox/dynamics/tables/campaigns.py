"""Marketing campaigns (Dynamics 365 "Campaign table"). Unverified: that change tracking is on for them."""

from __future__ import annotations

from connector.sandbox.dynamics.schema import Draft, Option, choice, flag, instant, memo, money, text

KINDS = (
    Option(1, "Advertisement", "Anzeige"), Option(2, "Direct Marketing", "Direktmarketing"),
    Option(3, "Event", "Veranstaltung"), Option(4, "Co-branding", "Co-Branding"), Option(5, "Other", "Sonstige"),
)  # fmt: skip
KIND_OF = {option.label: option.value for option in KINDS}

DRAFTS = (
    Draft(
        "campaign", "campaigns", "Campaign", 4400,
        [
            text("name", "Name", 128),
            text("codename", "Campaign Code", 32),
            choice("typecode", "Campaign Type", KINDS),
            flag("istemplate", "Template"),
            instant("proposedstart", "Proposed Start Date", shows="DateOnly"),
            instant("proposedend", "Proposed End Date", shows="DateOnly"),
            instant("actualstart", "Actual Start Date", shows="DateOnly"),
            instant("actualend", "Actual End Date", shows="DateOnly"),
            *money("budgetedcost", "Budget Allocated"),
            *money("othercost", "Miscellaneous Costs"),
            *money("totalactualcost", "Total Cost of Campaign"),
            memo("description", "Description"),
            memo("objective", "Offer"),
        ],
        tracking=True, owned=True, currency=True,
        statuses=(
            Option(0, "Proposed", "Vorgeschlagen", 0), Option(1, "Ready To Launch", "Startbereit", 0),
            Option(2, "Launched", "Gestartet", 0), Option(3, "Completed", "Abgeschlossen", 0),
            Option(4, "Canceled", "Storniert", 0), Option(5, "Suspended", "Ausgesetzt", 0),
            Option(6, "Inactive", "Inaktiv", 1),
        ),
    ),
)  # fmt: skip

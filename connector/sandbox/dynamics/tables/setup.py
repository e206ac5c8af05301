"""The organization itself, its currencies, business units, users and teams (Dataverse "Table reference")."""

from __future__ import annotations

from connector.sandbox.dynamics.schema import Draft, Option, choice, flag, guid, instant, lookup, number, text, texts

_ENABLED = (Option(0, "Enabled", "Aktiviert"), Option(1, "Disabled", "Deaktiviert"))

DRAFTS = (
    Draft(
        "organization", "organizations", "Organization", 1019,
        [
            text("name", "Organization Name", 160),
            lookup("basecurrencyid", "Currency", "transactioncurrency"),
            number("languagecode", "Language"),
            number("localeid", "Locale"),
            instant("fiscalcalendarstart", "Fiscal Calendar Start", shows="DateOnly"),
            number("fiscalperiodtype", "Fiscal Period Type"),
            number("fiscalyeardisplaycode", "Display Fiscal Year"),
            flag("fiscalsettingsupdated", "Is Fiscal Settings Updated"),
            number("expirechangetrackingindays", "Days to Expire Change Tracking Deleted Records"),
            number("expiresubscriptionsindays", "Days to Expire Subscriptions"),
            flag("isauditenabled", "Is Auditing Enabled"),
            text("schemanameprefix", "Customization Name Prefix", 8),
        ],
        tracking=None,
    ),
    Draft(
        "transactioncurrency", "transactioncurrencies", "Currency", 9105,
        [
            text("isocurrencycode", "Currency Code", 5),
            text("currencyname", "Currency Name"),
            text("currencysymbol", "Currency Symbol", 13),
            number("currencyprecision", "Currency Precision"),
            number("exchangerate", "Exchange Rate", "Decimal", 10),
            lookup("organizationid", "Organization", "organization"),
        ],
        primary_name="currencyname", tracking=True,
    ),
    Draft(
        "businessunit", "businessunits", "Business Unit", 10,
        [
            text("name", "Name", 160),
            text("divisionname", "Division"),
            lookup("parentbusinessunitid", "Parent Business", "businessunit"),
            flag("isdisabled", "Is Disabled"),
            lookup("organizationid", "Organization", "organization"),
        ],
        tracking=True,
    ),
    Draft(
        "systemuser", "systemusers", "User", 8,
        [
            text("fullname", "Full Name", 200),
            *texts("firstname", "lastname", "title", "jobtitle"),
            text("internalemailaddress", "Primary Email"),
            text("domainname", "User Name", 1024),
            flag("isdisabled", "Status"),
            choice("accessmode", "Access Mode", (
                Option(0, "Read-Write", "Lesen/Schreiben"),
                Option(1, "Administrative", "Administrativ"),
                Option(2, "Read", "Lesen"),
                Option(3, "Support User", "Supportbenutzer"),
                Option(4, "Non-interactive", "Nicht interaktiv"),
                Option(5, "Delegated Admin", "Delegierter Administrator"),
            )),
            guid("azureactivedirectoryobjectid", "Azure AD Object ID"),
            guid("applicationid", "Application ID"),
            flag("islicensed", "User Licensed"),
            lookup("parentsystemuserid", "Manager", "systemuser"),
            lookup("businessunitid", "Business Unit", "businessunit"),
        ],
        primary_name="fullname", tracking=True, states=_ENABLED, statuses=(Option(1, "Enabled", "Aktiviert", 0),),
    ),
    Draft(
        "team", "teams", "Team", 9,
        [
            text("name", "Team Name", 160),
            text("description", "Description", 2000),
            choice("teamtype", "Team Type", (Option(0, "Owner", "Besitzer"), Option(1, "Access", "Zugriff"))),
            flag("isdefault", "Is Default"),
            lookup("businessunitid", "Business Unit", "businessunit"),
            lookup("administratorid", "Administrator", "systemuser"),
        ],
        tracking=True,
    ),
)  # fmt: skip

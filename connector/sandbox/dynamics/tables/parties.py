"""Accounts and contacts (Dynamics 365 "Account table", "Contact table")."""

from __future__ import annotations

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
)

#: values of the option set account_industrycode that the made-up business needs
INDUSTRIES = (
    Option(2, "Agriculture and Non-petrol Natural Resource Extraction", "Land- und Forstwirtschaft"),
    Option(10, "Durable Manufacturing", "Fertigung langlebiger Güter"),
    Option(17, "Inbound Repair and Services", "Reparatur und Service"),
    Option(20, "Non-Durable Merchandise Retail", "Einzelhandel"),
    Option(21, "Outbound Consumer Service", "Kundendienst"),
    Option(22, "Petrochemical Extraction and Distribution", "Petrochemie"),
    Option(30, "Utility Creation and Distribution", "Versorgung"),
    Option(33, "Wholesale", "Großhandel"),
)
INDUSTRY_OF = {
    "Agriculture": 2, "Apparel": 20, "Chemicals": 22, "Electronics": 10,
    "Energy": 30, "Engineering": 17, "Shipping": 33, "Utilities": 30,
}  # fmt: skip
_OPEN = (Option(0, "Active", "Aktiv"), Option(1, "Inactive", "Inaktiv"))
_ADDRESS = texts(
    "address1_line1", "address1_line2", "address1_city", "address1_stateorprovince", "address1_postalcode",
    "address1_country", "address1_telephone1", "address2_city", "address2_country",
)  # fmt: skip


def _bulk_refusal(prefix: str = "donot") -> list[Attribute]:
    return [
        flag(f"{prefix}bulkemail", "Do not allow Bulk Emails"),
        flag(f"{prefix}email", "Do not allow Emails"),
        flag(f"{prefix}phone", "Do not allow Phone Calls"),
        flag(f"{prefix}postalmail", "Do not allow Mails"),
    ]


DRAFTS = (
    Draft(
        "account", "accounts", "Account", 1,
        [
            text("name", "Account Name", 160),
            text("accountnumber", "Account Number", 20),
            text("websiteurl", "Website", 200),
            *texts("telephone1", "telephone2", "fax", "emailaddress1", "tickersymbol", "sic"),
            choice("industrycode", "Industry", INDUSTRIES),
            choice("customertypecode", "Relationship Type", (
                Option(1, "Competitor", "Mitbewerber"),
                Option(3, "Customer", "Kunde"),
                Option(8, "Prospect", "Interessent"),
            )),
            choice("accountcategorycode", "Category", (
                Option(1, "Preferred Customer", "Bevorzugter Kunde"),
                Option(2, "Standard", "Standard"),
            )),
            *_ADDRESS,
            *money("revenue", "Annual Revenue"),
            *money("creditlimit", "Credit Limit"),
            number("numberofemployees", "Number of Employees"),
            flag("creditonhold", "Credit Hold"),
            flag("merged", "Merged"),
            *_bulk_refusal(),
            lookup("parentaccountid", "Parent Account", "account"),
            lookup("primarycontactid", "Primary Contact", "contact"),
            lookup("masterid", "Master ID", "account"),
            lookup("originatingleadid", "Originating Lead", "lead"),
            memo("description", "Description"),
        ],
        tracking=True, owned=True, currency=True, states=_OPEN,
    ),
    Draft(
        "contact", "contacts", "Contact", 2,
        [
            text("fullname", "Full Name", 160),
            *texts("firstname", "middlename", "lastname", "salutation", "suffix", "jobtitle", "department"),
            *texts("emailaddress1", "emailaddress2", "telephone1", "mobilephone", "fax"),
            *_ADDRESS,
            *_bulk_refusal(),
            day("birthdate", "Birthday"),
            day("anniversary", "Anniversary"),
            instant("lastonholdtime", "Last On Hold Time"),
            choice("familystatuscode", "Marital Status", (
                Option(1, "Single", "Ledig"), Option(2, "Married", "Verheiratet"),
            )),
            *money("creditlimit", "Credit Limit"),
            guid("address1_addressid", "Address 1: ID"),
            Attribute("parentcustomerid", "Customer", "Company Name", targets=("account", "contact")),
            lookup("accountid", "Account", "account"),
            lookup("originatingleadid", "Originating Lead", "lead"),
            memo("description", "Description"),
        ],
        primary_name="fullname", tracking=True, owned=True, currency=True, states=_OPEN,
    ),
)  # fmt: skip

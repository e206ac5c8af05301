"""The rule of a column is told in words that its reader can hold against the CRM."""

from connector.mapping.wording import in_words
from tests.mapping.workbench import load


def test_what_makes_a_lead_qualified_in_each_crm() -> None:
    kinds = load(None, "salesforce", "dynamics").kinds
    told = [
        in_words(group.columns["status"])
        for kind, name in (("salesforce", "Lead"), ("dynamics", "lead"))
        for group in kinds[kind].objects[name].groups
    ]
    assert told == [
        "qualified where IsConverted is true, else disqualified where Status is Closed - Not Converted or Unqualified or "
        "Disqualified, else open",
        "statecode: open where it is 0, qualified where it is 1, disqualified where it is 2",
    ]


def test_every_packaged_rule_has_words() -> None:
    for kind in load(None, "salesforce", "dynamics").kinds.values():
        for mapping in kind.objects.values():
            for group in mapping.groups:
                assert all(in_words(rule) for rule in group.columns.values())

"""match.yaml: which deals and accounts of two CRMs would be one. Only checked: this version matches none."""

from __future__ import annotations

from connector.mapping.findings import Findings
from connector.mapping.nodes import Entries
from connector.mapping.shapes import flag_of, optional_entries, share_of, texts_of, unknown_keys, whole_of
from connector.settings import SOURCE_NAME

_REFUSED = (
    "enabled: true is for a later version: this one does not match deals across CRMs, those in both would be counted "
    "in each; set enabled: false, or mark duplicates by hand in opportunity.duplicate_of"
)


def check_match(tree: Entries, findings: Findings) -> None:
    """Notes every mistake of match.yaml, ``enabled: true`` among them: it would silently do nothing."""
    unknown_keys(tree, ("version", "extends", "enabled", "opportunity", "account", "prefer"), findings)
    if flag_of(tree, "enabled", findings, default=False):
        findings.add(tree.values["enabled"].place, _REFUSED)
    deals = optional_entries(
        tree, "opportunity", ("account", "amount_within", "close_within_days", "auto_at", "review_at"), findings
    )
    if deals is not None:
        _check_deals(deals, findings)
    accounts = optional_entries(tree, "account", ("domain", "name_similarity"), findings)
    if accounts is not None:
        flag_of(accounts, "domain", findings, default=True)
        share_of(accounts, "name_similarity", findings, default="0.92")
    _check_prefer(tree, findings)


def _check_deals(entry: Entries, findings: Findings) -> None:
    flag_of(entry, "account", findings, default=True)
    share_of(entry, "amount_within", findings, default="0.01")
    whole_of(entry, "close_within_days", findings, default=7)
    auto = share_of(entry, "auto_at", findings, default="0.95")
    review = share_of(entry, "review_at", findings, default="0.7")
    if auto is not None and review is not None and review > auto:
        said = "review_at" if "review_at" in entry.keys else "auto_at"
        findings.add(entry.keys[said], f"review_at {review} is above auto_at {auto}")


def _check_prefer(tree: Entries, findings: Findings) -> None:
    seen: set[str] = set()
    for name, place in texts_of(tree, "prefer", findings):
        if not SOURCE_NAME.match(name):
            findings.add(place, f"{name!r} is no name of a source: a letter a-z, then a-z, 0-9, _ or -")
        elif name in seen:
            findings.add(place, f"duplicate source {name!r}")
        seen.add(name)

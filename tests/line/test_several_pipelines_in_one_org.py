"""An org that sells by several processes: a mapping tells the pipeline, funnel.yaml its stages, and all follow."""

from __future__ import annotations

from collections import Counter

from workplace import Workplace

from connector.sandbox import Sandbox

PIPELINE = "version: 1\nextends: default\nobjects: {Opportunity: {fields: {pipeline: Type}}}\n"
UPGRADES = """\
version: 1
extends: default
pipelines:
  existing customer - upgrade:
    stages:
      - {key: talk, name: Talk, salesforce: [Prospecting, Qualification, Needs Analysis]}
      - {key: offer, name: Offer, salesforce: [Value Proposition, Id. Decision Makers, Perception Analysis, Proposal/Price Quote]}
      - {key: sign, name: Sign, salesforce: [Negotiation/Review]}
"""
TYPE = "Existing Customer - Upgrade"
STAGES = "SELECT DISTINCT v.stage FROM stage_visit v JOIN opportunity o ON o.id = v.opportunity_id WHERE o.pipeline {} ORDER BY 1"


def stages(place: Workplace, which: str) -> list[str]:
    return [stage for (stage,) in place.rows(STAGES.format(which))]


def test_a_pipeline_of_the_org_passes_its_own_stages(place: Workplace, box: Sandbox) -> None:
    place.map(salesforce=PIPELINE)
    assert place.sync("acme").code == 0
    assert stages(place, f"= '{TYPE}'") == ["close", "develop", "propose", "qualify"]
    before = place.content()
    place.map(funnel=UPGRADES)
    asked = ("metrics", "funnel", "--from", "2000-01-01", "--to", "2099-12-31", "--format", "json")
    rows = place.run(*asked, "--by", "pipeline").json["rows"]  # deriving needs no sync
    assert {row["stage"] for row in rows if row["group"] == TYPE.lower()} == {"talk", "offer", "sign", "won"}
    assert stages(place, f"= '{TYPE}'") == ["offer", "sign", "talk"]
    assert stages(place, f"IS NOT '{TYPE}'") == ["close", "develop", "propose", "qualify"]
    told = Counter(
        deal.type for deal in box.business.deals_of("salesforce") if deal.deleted is None and deal.open_stage
    )
    assert next(row["entered"] for row in rows if row["stage"] == "talk") == told[TYPE]
    plain = place.run(*asked).json
    assert next(row for row in plain["rows"] if row["stage"] == "qualify")["entered"] == told.total() - told[TYPE]
    assert any(note.startswith(f"{told[TYPE]} deals of the cohort of pipelines") for note in plain["notes"])
    assert place.run("check", "acme").code == 0
    place.map(funnel="version: 1\nextends: default\n")
    place.run(*asked)
    assert place.content() == before


def test_a_value_that_the_pipeline_lacks_is_drift_of_it_even_if_another_has_it(place: Workplace, box: Sandbox) -> None:
    place.map(salesforce=PIPELINE, funnel=UPGRADES.replace("Negotiation/Review", "Signing"))
    assert place.sync("acme").json["drift"] == 1
    (drift,) = place.run("status", "--format", "json").json["drift"]
    assert (drift["field"], drift["value"]) == (
        "source_stage in pipeline existing customer - upgrade",
        "Negotiation/Review",
    )

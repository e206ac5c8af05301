"""funnel.yaml with several pipelines: what it says of each deal's stages, and every mistake in it."""

from pathlib import Path

from tests.mapping.workbench import complaints, load, write

THREE = "[{key: offer, name: Offer, salesforce: [Proposal]}, {key: b, dynamics: [1]}, {key: c}]"


def test_each_pipeline_has_its_own_stages_and_the_others_pass_the_default_ones(folder: Path) -> None:
    write(
        folder,
        "funnel.yaml",
        f"""
        version: 1
        stages: [{{key: a, salesforce: [Proposal]}}, {{key: b}}, {{key: c}}]
        pipelines:
          Renewal: {{stages: {THREE}}}
          "2024": {{stages: {THREE}}}
        """,
    )
    mappings = load(folder)
    assert [funnel.pipeline for funnel in mappings.funnels] == ["default", "Renewal", "2024"]
    for spelling in ("renewal", " RENEWAL ", "Renewal"):
        assert mappings.funnels.of(spelling).claim("salesforce", "proposal") == "offer"
    for other in (None, "", "default", "Partner"):
        assert mappings.funnels.of(other) is mappings.funnel
    assert mappings.funnel.claim("salesforce", "proposal") == "a"
    assert mappings.funnels.named("2024").position("c") == 3


def test_the_default_may_stand_among_the_pipelines(folder: Path) -> None:
    write(
        folder,
        "funnel.yaml",
        f"version: 1\npipelines: {{renewal: {{stages: {THREE}}}, Default: {{stages: {THREE}}}}}\n",
    )
    mappings = load(folder)
    assert [funnel.pipeline for funnel in mappings.funnels] == ["default", "renewal"]
    assert [stage.key for stage in mappings.funnel.stages] == ["offer", "b", "c"]


def test_pipelines_are_added_to_the_packaged_stages(folder: Path) -> None:
    write(folder, "funnel.yaml", f"version: 1\nextends: default\npipelines: {{renewal: {{stages: {THREE}}}}}\n")
    mappings, packaged = load(folder), load(None)
    assert mappings.funnel == packaged.funnel
    assert list(mappings.pipelines) == ["renewal"]
    assert mappings.fingerprint("funnel") != packaged.fingerprint("funnel")


def test_every_mistake_of_every_pipeline_is_told(folder: Path) -> None:
    stages = "[{key: a, salesforce: [X]}, {key: a}, {key: c, salesforce: [x]}]"
    write(
        folder,
        "funnel.yaml",
        f"""
        version: 1
        stages: {THREE}
        pipelines:
          renewal: {{stages: {stages}, names: 1}}
          Renewal: {{stages: {THREE}}}
          2024: {{stages: {THREE}}}
          short: {{stages: [{{key: a}}]}}
          none: {{}}
          list: {THREE}
          default: {{stages: {THREE}}}
        pipeline: 1
        """,
    )
    assert complaints(folder) == [
        "4:55: duplicate stage key 'a'",
        "4:81: x is claimed by stage 'a' already",
        "4:87: unknown key 'names'; known here: stages",
        "5:3: duplicate pipeline 'Renewal': case does not count",
        "6:3: a pipeline has a name, a text as in the column pipeline, not 2024; numbers in quotes",
        "7:11: a funnel has 3 to 7 stages, this one has 1",
        "8:3: a funnel has 3 to 7 stages, this one has 0",
        "9:9: pipeline list must be a mapping ({key: value}), not a list",
        "10:3: the pipeline default has its stages at the top of the file already: leave out one of them, or "
        "extends: default, which brings the packaged ones",
        "11:1: unknown key 'pipeline', did you mean 'pipelines'?",
    ]


def test_without_a_default_somebody_would_be_left_out(folder: Path) -> None:
    write(folder, "funnel.yaml", f"version: 1\npipelines: {{renewal: {{stages: {THREE}}}}}\n")
    assert complaints(folder) == [
        "2:1: no funnel for pipelines that have none of their own: add stages, or a pipeline default"
    ]


def test_a_methodology_may_name_the_stages_of_any_pipeline(folder: Path) -> None:
    write(folder, "funnel.yaml", f"version: 1\nextends: default\npipelines: {{renewal: {{stages: {THREE}}}}}\n")
    write(folder, "methodology.yaml", "version: 1\nstages: {qualify: {min_days: 1}, offer: {max_days: 3}}\n")
    assert list(load(folder).methodology.stages) == ["qualify", "offer"]
    write(folder, "methodology.yaml", "version: 1\nstages: {ofer: {max_days: 3}}\n")
    assert complaints(folder) == ["2:10: unknown stage 'ofer', did you mean 'offer'?"]

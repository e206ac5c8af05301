"""docs/mapping.md tells every op, word and kind that the program knows, and its examples are true."""

from pathlib import Path

import pytest
import yaml

from connector.mapping.files import NAMES
from connector.mapping.findings import Findings
from connector.mapping.nodes import read_tree
from connector.mapping.quota_plans import _KEYS as PLAN_WORDS
from connector.mapping.read_rules import RuleReader
from connector.mapping.vocabulary import OPS, documented
from connector.store.columns import KINDS
from tests.mapping.workbench import TARGETS, complaints

PAGE = Path(__file__).parents[2] / "docs" / "mapping.md"
TEXT = PAGE.read_text(encoding="utf-8")


def test_the_table_of_ops_is_the_programs_own() -> None:
    assert documented() in TEXT, "put vocabulary.documented() between the marks"


@pytest.mark.parametrize("name", OPS)
def test_every_example_is_a_rule(name: str) -> None:
    findings = Findings()
    tree = read_tree(OPS[name].example, "example", findings)
    assert tree is not None
    RuleReader(TARGETS, findings).rule(tree)
    assert findings.all() == []
    assert name in yaml.safe_load(OPS[name].example)


def test_every_file_kind_and_word_is_told() -> None:
    later = {"office365.yaml"}
    for word in [*(set(NAMES) - later), *PLAN_WORDS]:
        assert word in TEXT, word
    for kind in set(KINDS) - {"json"}:
        assert f"| {kind} |" in TEXT or f"{kind}," in TEXT or f"{kind} |" in TEXT, kind


def test_the_example_of_an_override_is_sound(folder: Path) -> None:
    example = TEXT.split("```yaml\n")[1].split("```")[0]
    (folder / "salesforce.yaml").write_text(example, encoding="utf-8")
    assert complaints(folder, "salesforce") == []

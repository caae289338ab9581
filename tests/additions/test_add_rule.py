"""A rule is added by one file: the command line, the report and the pages then know it."""

import json
from pathlib import Path

import pytest

from tests import lab_copy

ADDED = '''
"""A rule on the number of layers, for a test."""

from core.analysis.rules.case import Case, Comparison, Requirement, Verdict
from core.analysis.rules.record import RuleRecord


def _decide(case: Case) -> Verdict:
    count = len(case.inspection.layers)
    return Verdict(case.requirement.met_by(count), count, why="Layers are counted.")


RECORD = RuleRecord(
    name="shallow", title="A shallow network", place=10,
    requirement=lambda limits: Requirement(7, Comparison.AT_MOST, "layers"),
    decide=_decide, advice=lambda case, verdict: "take layers out.",
)
'''
WORDS = "A shallow network"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = lab_copy.make(tmp_path_factory.mktemp("rule") / "lab")
    (place / "core" / "analysis" / "rules" / "shallow.py").write_text(ADDED)
    return place


def test_check_and_inspect_know_it(copy: Path) -> None:
    text = lab_copy.python(copy, "-m", "core", "check", "modular_97k", code=1)
    assert "FAIL  A shallow network: 38 (at most 7 layers)" in text
    assert "take layers out." in text
    for command in ("check", "inspect"):
        printed = lab_copy.python(
            copy, "-m", "core", command, "modular_97k", "--json", code=int(command == "check")
        )
        rule = json.loads(printed)["rules"][-1]
        found = {name: rule[name] for name in ("rule", "passed", "value", "limit", "comparison")}
        assert found == {
            "rule": "shallow", "passed": False, "value": 38, "limit": 7, "comparison": "<=",
        }  # fmt: skip
    rows = json.loads(lab_copy.python(copy, "-m", "core", "networks", "--json"))
    assert "shallow" in rows[0]["broken_rules"]


def test_the_report_knows_it(copy: Path) -> None:
    assert f"| **failed** | {WORDS} | 38 | at most 7 layers |" in lab_copy.report(copy)


def test_the_page_knows_it(copy: Path) -> None:
    code = (
        "from streamlit.testing.v1 import AppTest; import json; "
        "app = AppTest.from_file('lab/Home.py', default_timeout=100).run(); "
        "app.switch_page('../pages/networks.py').run(); "
        "assert not app.exception, app.exception; "
        "print(json.dumps([element.value for element in app.markdown]))"
    )
    texts = json.loads(lab_copy.python(copy, "-c", code))
    assert any(f"**{WORDS}**: 38" in text for text in texts)

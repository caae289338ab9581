"""The assignment's numbers stand in one file: changed there, they are changed everywhere."""

import json
from pathlib import Path

import pytest

from core.analysis.rules.case import Comparison, Requirement
from core.analysis.rules.thresholds import FILE, thresholds
from core.errors import LabError
from tests import lab_copy

PRINT = """
import json, re
from pathlib import Path
from streamlit.testing.v1 import AppTest
from core.analysis.inspect import inspect
from core.analysis.rules.check import check
from core.config.run_config import NetworkConfig
from core.networks.catalogue import NETWORKS
from core.training.recipes import RECIPES
from lab import lessons
home = AppTest.from_file('lab/Home.py', default_timeout=100).run()
app = home.switch_page('../pages/networks.py').run()
texts = lambda app: [x.value for kind in ('markdown', 'caption') for x in getattr(app, kind)]
print(json.dumps({
    "home": texts(AppTest.from_file('lab/Home.py', default_timeout=100).run()),
    "networks page": texts(app),
    "lessons": [lessons.text(file.stem) for file in sorted(Path('assets/lessons').glob('*.md'))],
    "rules": [r.to_dict() for r in check(inspect(NetworkConfig("net_2m")))],
    "helps": [record.help for registry in (NETWORKS, RECIPES) for _, record in registry.items()],
}))
"""


@pytest.mark.slow
def test_a_limit_is_changed_in_one_place(tmp_path: Path) -> None:
    copy = lab_copy.make(tmp_path / "lab")
    file = copy / "core" / "analysis" / "rules" / "thresholds.toml"
    text = file.read_text()
    assert text.count("200_000") == 1
    file.write_text(text.replace("200_000", "300_000"))
    shown = json.loads(lab_copy.python(copy, "-c", PRINT))
    shown["check"] = lab_copy.python(copy, "-m", "core", "check", "net_2m", code=1)
    shown["report"] = lab_copy.report(copy)
    for place in ("home", "networks page", "lessons", "rules", "check", "report"):
        assert "300,000" in json.dumps(shown[place]), place
    for old in ("200,000", "200_000", "200000"):
        assert old not in json.dumps(shown)
    rule = next(rule for rule in shown["rules"] if rule["rule"] == "parameters")
    assert rule["limit"] == 300_000


def test_the_verdict_follows_the_limit(tmp_path: Path) -> None:
    copy = lab_copy.make(tmp_path / "lab")
    file = copy / "core" / "analysis" / "rules" / "thresholds.toml"
    file.write_text(file.read_text().replace("200_000", "97_264"))
    failed = json.loads(
        lab_copy.python(copy, "-m", "core", "check", "modular_97k", "--json", code=1)
    )
    assert [r["rule"] for r in failed["rules"] if r["passed"] is False] == ["parameters"]
    file.write_text(file.read_text().replace("97_264", "97_265"))
    lab_copy.python(copy, "-m", "core", "check", "modular_97k")


def test_numbers_in_prose() -> None:
    texts = thresholds().texts()
    assert texts["max_parameters"] == "200,000"
    assert texts["accuracy"] == "85"
    assert texts["accuracy_interval"] == "0.7"  # 196 * sqrt(0.85 * 0.15 / 10,000) = 0.69986


@pytest.mark.parametrize(
    ("requirement", "text", "met", "missed"),
    [
        (Requirement(200_000, Comparison.UNDER, "parameters"), "fewer than 200,000 parameters",
         199_999, 200_000),
        (Requirement(44, Comparison.OVER, "pixels"), "over 44 pixels", 45, 44),
        (Requirement(84.5, Comparison.AT_LEAST, "% of them"), "at least 84.5% of them", 84.5, 84.4),
        (Requirement(0, Comparison.AT_MOST, "max pooling"), "no max pooling", 0, 1),
        (Requirement(1_500_000, Comparison.AT_MOST, "MACs"), "at most 1,500,000 MACs", 1_500_000,
         1_500_001),
    ],
)  # fmt: skip
def test_the_words_of_a_limit(
    requirement: Requirement, text: str, met: float, missed: float
) -> None:
    assert requirement.text == text
    assert requirement.met_by(met)
    assert not requirement.met_by(missed)


@pytest.mark.parametrize("accuracy", ["-1", "185.0", "nan"])
def test_an_accuracy_that_is_no_percentage_is_refused(tmp_path: Path, accuracy: str) -> None:
    file = tmp_path / "thresholds.toml"
    file.write_text(FILE.read_text().replace("accuracy = 85.0", f"accuracy = {accuracy}"))
    with pytest.raises(LabError, match="percent"):
        thresholds(file)

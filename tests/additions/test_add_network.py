"""A network is added by one file: menus, command line, claims and the editor then know it."""

import json
from pathlib import Path

import pytest

from tests import lab_copy

ADDED = '''
"""A small network, for a test."""

from typing import TYPE_CHECKING

from core.networks.record import Claims, NetworkRecord

if TYPE_CHECKING:
    from torch import nn


def _build(classes: int) -> "nn.Module":
    from torch import nn

    from core.networks.blocks import chain

    return chain((nn.Conv2d(3, classes, 5, stride=2), nn.AdaptiveAvgPool2d(1)))


RECORD = NetworkRecord(
    name="tiny", label="Tiny, one convolution", document="009", source="a test",
    help="One convolution.", claims=Claims(parameters=761, receptive_field=5), build=_build,
)
'''


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = lab_copy.make(tmp_path_factory.mktemp("network") / "lab")
    (place / "core" / "networks" / "families" / "tiny.py").write_text(ADDED)
    return place


@pytest.mark.slow
def test_the_command_line_knows_it(copy: Path) -> None:
    rows = {
        row["name"]: row
        for row in json.loads(lab_copy.python(copy, "-m", "core", "networks", "--json"))
    }
    # 3 x 10 x 25 weights and 10 biases: its author claimed one too many.
    assert rows["tiny"]["parameters"] == 3 * 10 * 25 + 10
    assert rows["tiny"]["claims"]["parameters"] == 761
    printed = lab_copy.python(copy, "-m", "core", "networks")
    assert "760 parameters (claimed 761)" in printed
    plain = json.loads(lab_copy.python(copy, "-m", "core", "inspect", "tiny", "--json"))
    assert plain["receptive_field"] == 5
    checked = lab_copy.python(copy, "-m", "core", "check", "tiny", "--json", code=1)
    assert json.loads(checked)["passed"] is False


@pytest.mark.slow
def test_the_pages_know_it(copy: Path) -> None:
    code = (
        "from streamlit.testing.v1 import AppTest; import json; "
        "app = AppTest.from_file('lab/Home.py', default_timeout=100).run()\n"
        "found = {}\n"
        "for page in ('networks', 'editor', 'compare', 'train'):\n"
        "    app.switch_page(f'../pages/{page}.py').run()\n"
        "    assert not app.exception, app.exception\n"
        "    menus = [*app.selectbox, *app.multiselect]\n"
        "    found[page] = [str(option) for menu in menus for option in menu.options]\n"
        "    found[page] += [element.proto.body for element in app.get('html')]\n"
        "print(json.dumps(found))"
    )
    found = json.loads(lab_copy.python(copy, "-c", code))
    for page, texts in found.items():
        assert any("Tiny, one convolution" in text or "tiny" in text for text in texts), page


@pytest.mark.slow
def test_it_trains(copy: Path) -> None:
    lab_copy.python(
        copy, "-m", "core", "train", "--network", "tiny", "--data", "shapes", "--epochs", "1"
    )

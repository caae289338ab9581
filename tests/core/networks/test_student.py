"""A student's file, loaded in this process: every way to be wrong has its sentence."""

import pytest

from core.config.run_config import NetworkConfig
from core.errors import LabError
from core.networks.building import STUDENT_CODE_VARIABLE, build, check_open, resolve

HEAD = "import torch\nfrom torch import nn\n"
GOOD = (
    HEAD
    + "class Net(nn.Sequential):\n    def __init__(self, classes=10):\n"
    + "        super().__init__(nn.Flatten(), nn.Linear(3072, classes))\n"
)


@pytest.fixture(autouse=True)
def switched_on(monkeypatch):
    monkeypatch.setenv(STUDENT_CODE_VARIABLE, "1")


def refused(tmp_path, text, cls="Net"):
    file = tmp_path / "model.py"
    file.write_text(text)
    with pytest.raises(LabError) as caught:
        build(NetworkConfig(f"{file}:{cls}"))
    return str(caught.value)


def test_a_good_file_gets_the_number_of_classes(tmp_path):
    (tmp_path / "model.py").write_text(GOOD)
    network = build(NetworkConfig(f"{tmp_path / 'model.py'}:Net"), classes=7)
    assert network[1].out_features == 7


def test_a_file_may_import_its_neighbor(tmp_path):
    (tmp_path / "neighbor_of_model.py").write_text("WIDTH = 12\n")
    text = GOOD.replace("import torch\n", "import torch\nfrom neighbor_of_model import WIDTH\n")
    (tmp_path / "model.py").write_text(text)
    build(NetworkConfig(f"{tmp_path / 'model.py'}:Net"))


def test_syntax_error_names_its_line(tmp_path):
    assert "line 3" in refused(tmp_path, HEAD + "class Net(nn.Module)\n    pass\n")


def test_error_while_the_file_runs_names_its_line(tmp_path):
    said = refused(tmp_path, HEAD + "x = 1\nnothing_of_the_kind()\n")
    assert "line 4 (nothing_of_the_kind())" in said
    assert "NameError" in said


def test_error_in_init_names_its_line(tmp_path):
    text = (
        HEAD
        + "class Net(nn.Module):\n    def __init__(self):\n        self.conv = nn.Conv2d(3, 8, 3)\n"
    )
    assert "line 5 (self.conv = nn.Conv2d(3, 8, 3))" in refused(tmp_path, text)


def test_no_module(tmp_path):
    said = refused(tmp_path, HEAD + "class Net:\n    pass\nclass Real(nn.Module):\n    pass\n")
    assert "not a torch.nn.Module" in said
    assert "Real" in said


def test_no_such_class_lists_those_there_are(tmp_path):
    assert "the modules Net" in refused(tmp_path, GOOD, "Nett")


def test_arguments_are_asked_to_have_defaults(tmp_path):
    text = GOOD.replace("classes=10", "width, classes=10")
    assert "needs the arguments width" in refused(tmp_path, text)


def test_a_file_that_exits_does_not_end_us(tmp_path):
    assert "SystemExit" in refused(tmp_path, "raise SystemExit(3)\n")


@pytest.mark.parametrize("name", ["model.py", "model:Net", "model.py:", "a.py:1Net"])
def test_a_name_that_is_none(name):
    with pytest.raises(LabError, match=r"path/to/model.py:ClassName|no file"):
        build(resolve(name))


def test_no_such_file():
    with pytest.raises(LabError, match="no file"):
        build(NetworkConfig("nowhere/model.py:Net"))


def test_pages_refuse_files_unless_switched_on(monkeypatch):
    monkeypatch.delenv(STUDENT_CODE_VARIABLE, raising=False)
    with pytest.raises(LabError, match=STUDENT_CODE_VARIABLE):
        check_open("model.py:Net")
    with pytest.raises(LabError, match=STUDENT_CODE_VARIABLE):  # named by a run or a weights file
        build(NetworkConfig("model.py:Net"))
    monkeypatch.setenv(STUDENT_CODE_VARIABLE, "1")
    assert check_open("model.py:Net").name == "model.py:Net"

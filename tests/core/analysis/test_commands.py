"""networks, inspect and check on the command line."""

import json

import pytest

from core.cli import main
from core.networks.catalogue import NETWORKS


def answer(capsys, *arguments, code=0):
    assert main(list(arguments)) == code
    return capsys.readouterr().out


def test_networks(capsys):
    rows = json.loads(answer(capsys, "networks", "--json"))
    assert [row["name"] for row in rows] == list(NETWORKS.names())
    by_name = {row["name"]: row for row in rows}
    assert by_name["padded_97k"]["claims"]["receptive_field"] == 125
    assert by_name["padded_97k"]["receptive_field"] == 69
    text = answer(capsys, "networks")
    assert "97,264 parameters (claimed 97,264)" in text
    assert "reconstructed" in text


def test_inspect_json_is_json_alone(capsys):
    plain = json.loads(answer(capsys, "inspect", "four_files_197k", "--json", "--probe"))
    assert plain["parameters"] == 197_498
    assert plain["receptive_field"] == plain["probe"]["receptive_field"] == 31
    assert plain["probe"]["agrees"] is True
    assert len(plain["layers"]) == 37


@pytest.mark.parametrize("form", ["table", "csv", "latex", "markdown", "torchsummary"])
def test_inspect_formats(capsys, form):
    assert "97,264" in answer(capsys, "inspect", "modular_97k", "--format", form).replace(
        "97264", "97,264"
    )


def test_check(capsys):
    answer(capsys, "check", "modular_97k", "--policy", "assignment", "--accuracy", "85.55")
    answer(capsys, "check", "modular_97k", "--accuracy", "84", code=1)
    text = answer(capsys, "check", "dilated_162k", code=1)
    assert "FAIL  Depthwise-separable convolution" in text
    plain = json.loads(answer(capsys, "check", "four_files_197k", "--json", code=1))
    assert plain["passed"] is False
    assert [r["rule"] for r in plain["rules"] if r["passed"] is False] == ["receptive_field"]


def test_a_students_file(capsys, tmp_path):
    file = tmp_path / "model.py"
    file.write_text(
        "from torch import nn\nclass Net(nn.Sequential):\n    def __init__(self):\n"
        "        super().__init__(nn.Conv2d(3, 12, 3), nn.Flatten(), nn.Linear(12 * 900, 10))\n"
    )
    plain = json.loads(answer(capsys, "inspect", f"{file}:Net", "--json"))
    assert plain["parameters"] == 336 + 108_010
    assert json.loads(answer(capsys, "check", f"{file}:Net", "--json", code=1))["passed"] is False


@pytest.mark.parametrize(
    "arguments",
    [
        ("inspect", "no_such_network"),
        ("inspect", "modular_97k", "--image-size", "0"),
        ("check", "modular_97k", "--accuracy", "900"),
        ("check", "modular_97k", "--policy", "no_such_policy"),
    ],
)
def test_what_is_refused(capsys, arguments):
    assert main(list(arguments)) in (1, 2)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("error: ")
    assert captured.err.count("\n") == 1

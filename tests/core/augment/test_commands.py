import json
from pathlib import Path

import pytest

from core.augment.code.parse import read
from core.augment.code.render import FORMATS
from core.augment.policies import POLICIES, named
from core.augment.policy import Policy
from core.cli import main


def test_list_names_every_policy(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "list"]) == 0
    said = capsys.readouterr().out
    assert all(name in said for name in POLICIES)
    assert main(["policy", "list", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["name"]: Policy.from_dict(row["policy"]) for row in rows} == {
        name: entry.policy for name, entry in POLICIES.items()
    }


@pytest.mark.parametrize("form", FORMATS)
def test_show_prints_what_can_be_read(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "show", "assignment", "--format", form]) == 0
    assert read(capsys.readouterr().out).policy == named("assignment")


def test_read_prints_the_policy_and_what_is_ignored(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "transforms.py"
    file.write_text("A.Compose([A.CoarseDropout(max_holes=1, max_height=16, max_width=16)])")
    assert main(["policy", "read", str(file), "--format", "json"]) == 0
    said = capsys.readouterr()
    policy = Policy.from_dict(json.loads(said.out))
    assert policy.transforms[0].parameters["hole_height_range"] == (16, 16)
    assert "ignores max_holes=1" in said.err
    assert main(["policy", "read", str(file), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["version"] == 1
    assert answer["happens"]["transforms"][0]["num_holes_range"] == [1, 2]


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00", b"A.Nothing()", b""])
def test_what_cannot_be_read_is_one_line_and_no_zero(
    content: bytes | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "policy.txt"
    if content is not None:
        file.write_bytes(content)
    assert main(["policy", "read", str(file)]) in (1, 2)
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    assert said.count("\n") == 1


def test_an_unknown_policy_lists_the_choices(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "show", "assigment"]) in (1, 2)
    assert "Did you mean 'assignment'?" in capsys.readouterr().err

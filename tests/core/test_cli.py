import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core.cli import main, parser
from core.config import TrainingConfig
from core.paths import REPOSITORY
from tests.core.conftest import TINY, few_shapes

COMMANDS = ("networks", "inspect", "check", "train", "evaluate", "report")


@pytest.fixture
def net(tmp_path: Path, files_allowed: None) -> str:
    (tmp_path / "tiny.py").write_text(TINY)
    return f"{tmp_path / 'tiny.py'}:Tiny"


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    from core.data import sources

    real = sources.load
    monkeypatch.setattr(
        sources,
        "load",
        lambda source, *a, **k: few_shapes() if source == "shapes" else real(source, *a, **k),
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main([command, "--help"])
    assert left.value.code == 0
    assert f"usage: python -m core {command}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["train", "--network", "nope"], "There is no network named 'nope'; choose one of"),
        (["train", "--policy", "nope"], "There is no policy named 'nope'; choose one of"),
        (["train", "--device", "gpu"], "There is no device named 'gpu'; choose one of auto"),
        (["train", "--epochs", "0"], "The number of epochs is 0"),
        (["train", "--epochs", "-1"], "The number of epochs is -1"),
        (["train", "--learning-rate", "nan"], "The learning rate is nan"),
    ],
)
def test_bad_usage_is_one_sentence_and_exit_code_2(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main([*arguments, "--runs", str(tmp_path)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert said in told.err
    assert told.err.strip().count("\n") == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", [[], ["dance"], ["train", "--epochs", "many"]])
def test_what_argparse_refuses_is_exit_code_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 2


def test_data_that_is_not_there_leaves_no_run_behind(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = tmp_path / "runs"
    assert main(["train", "--data", str(tmp_path / "nowhere"), "--runs", str(runs)]) == 1
    assert "There is no folder" in capsys.readouterr().err
    assert not runs.exists()


def test_every_setting_of_training_is_an_option() -> None:
    options = vars(parser().parse_args(["train"]))
    assert {name: options[name] for name in TrainingConfig.__dataclass_fields__} == vars(
        TrainingConfig()
    )


@pytest.mark.usefixtures("few")
def test_train_then_evaluate_agree(
    net: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = str(tmp_path / "runs")
    train = ["train", "--network", net, "--epochs", "2", "--batch-size", "32", "--json"]
    assert main([*train, "--device", "cpu", "--runs", runs]) == 0
    trained = json.loads(capsys.readouterr().out)
    assert trained["epochs"] == 2
    folder = Path(trained["run"])
    for given in (trained["run"], folder.name, str(folder / "last.safetensors")):
        assert main(["evaluate", given, "--data", "shapes", "--runs", runs, "--json"]) == 0
        answer = json.loads(capsys.readouterr().out)
        assert set(answer) == {"network", "parameters", "data", "correct", "total", "accuracy"}
        assert answer["network"] == net
        assert answer["parameters"] == 8 * 3 * 9 + 8 + 16 + 10 * 8 * 9 + 10
        assert answer["total"] == 80
        assert answer["accuracy"] == pytest.approx(100 * answer["correct"] / 80)
        assert answer["accuracy"] == pytest.approx(trained["test_accuracy"])


@pytest.mark.usefixtures("few")
def test_evaluating_on_other_classes_is_refused(
    net: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import numpy as np
    from PIL import Image

    for part in ("train", "test"):
        for name in ("cat", "dog"):
            (tmp_path / "pets" / part / name).mkdir(parents=True)
            Image.fromarray(np.zeros((32, 32, 3), np.uint8)).save(
                tmp_path / "pets" / part / name / "0.png"
            )
    train = ["train", "--network", net, "--epochs", "1", "--runs", str(tmp_path), "--json"]
    assert main(train) == 0
    run = json.loads(capsys.readouterr().out)["run"]
    assert main(["evaluate", run, "--data", str(tmp_path / "pets")]) == 1
    assert "knows the classes circle, ring" in capsys.readouterr().err


@pytest.mark.parametrize("given", ["nothing", "no/such.safetensors", "../x"])
def test_evaluating_nothing_is_one_sentence(
    given: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", given, "--runs", str(tmp_path)]) == 1
    assert capsys.readouterr().err.startswith("error: There is no ")


@pytest.mark.slow
def test_a_kill_loses_nothing_that_was_finished(net: str, tmp_path: Path) -> None:
    """kill -9 in the middle, resume, and compare with a run that nobody disturbed, bit by bit."""
    environment = {**os.environ, "CIFAR10_LAB_HOME": str(tmp_path), "OMP_NUM_THREADS": "1"}
    source = "from tests.core.conftest import few_shapes\n"
    source += "import sys\nfrom core.data import sources\n"
    source += "sources.load = lambda *a, **k: few_shapes()\n"
    source += "from core.cli import main\nsys.exit(main(sys.argv[1:]))\n"
    train = ["train", "--network", net, "--epochs", "40", "--batch-size", "16", "--device", "cpu"]

    def start(*arguments: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [sys.executable, "-c", source, *arguments],
            cwd=REPOSITORY,
            env=environment,
            stderr=subprocess.PIPE,
        )

    from core.runs.store import list_runs

    victim = start(*train, "--runs", str(tmp_path / "killed"))
    deadline = time.monotonic() + 120
    while not (runs := list_runs(tmp_path / "killed")) or len(runs[0].epochs()) < 3:
        assert victim.poll() is None, victim.communicate()[1].decode()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    victim.send_signal(signal.SIGKILL)
    victim.communicate()
    (killed,) = list_runs(tmp_path / "killed")
    assert killed.status.state == "interrupted"
    assert 3 <= len(killed.epochs()) < 40

    assert start("train", "--resume", str(killed.folder)).wait() == 0
    assert start(*train, "--runs", str(tmp_path / "whole")).wait() == 0
    (whole,) = list_runs(tmp_path / "whole")
    assert killed.status.state == "finished"
    timed = ("seconds", "test_seconds", "images_per_second", "time")
    for row, same in zip(killed.epochs(), whole.epochs(), strict=True):
        for name in row:
            assert name in timed or row[name] == same[name], name
    import torch
    from safetensors.torch import load_file

    for name in ("last.safetensors", "best.safetensors"):
        ours, theirs = load_file(killed.folder / name), load_file(whole.folder / name)
        assert ours.keys() == theirs.keys()
        assert all(torch.equal(ours[key], theirs[key]) for key in ours), name

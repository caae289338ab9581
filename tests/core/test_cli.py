import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from core.augment import policies
from core.cli import main, parser
from core.commands import run_options
from core.config.run_config import NetworkConfig, RunConfig, TrainingConfig
from core.paths import REPOSITORY
from core.training.recipes import RECIPES
from tests.core.conftest import TINY, few_shapes

COMMANDS = ("networks", "inspect", "check", "train", "range-test", "evaluate", "report")


@pytest.fixture
def net(tmp_path: Path, files_allowed: None) -> str:
    (tmp_path / "tiny.py").write_text(TINY)
    return f"{tmp_path / 'tiny.py'}:Tiny"


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    from core.data.sources import catalogue

    real = catalogue.load
    monkeypatch.setattr(
        catalogue,
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
        (["train", "--recipe", "nope"], "There is no recipe named 'nope'; choose one of"),
        (["train", "--device", "gpu"], "There is no device named 'gpu'; choose one of auto"),
        (["train", "--epochs", "0"], "Epochs: 0 is not allowed"),
        (["train", "--epochs", "-1"], "Epochs: -1 is not allowed"),
        (["train", "--learning-rate", "nan"], "Learning rate: nan is not allowed"),
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
    assert main(["train", "--data", str(tmp_path / "nowhere"), "--runs", str(runs)]) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: There is no folder")
    assert said.count("\n") == 1
    assert "\r" not in said  # no bar on the line of the error
    assert not runs.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["inspect", "nope"], ["check", "nope"], ["check", "modular_97k", "--policy", "nope"],
        ["policy", "show", "nope"], ["train", "--network", "nope"], ["train", "--recipe", "nope"],
        ["train", "--data", "nope"], ["train", "--resume", "nope"],
        ["range-test", "--data", "nope"], ["evaluate", "nope"],
        ["evaluate", "sprint", "--data", "nope"],
        ["report", "nope"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_a_name_that_nothing_has_is_exit_code_2(
    arguments: list[str], lab_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert re.fullmatch(r"error: There is no .*\bnope\b.*\n", captured.err)


def test_names_of_the_menus_are_taken(
    lab_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder in the lab's data folder, one that the instructor opened, and a path."""
    own = lab_home / "data" / "birds"
    opened = tmp_path / "elsewhere" / "fish"
    for folder in (own, opened):
        for part in ("train/a", "train/b", "test/a", "test/b"):
            (folder / part).mkdir(parents=True)
            Image.new("RGB", (32, 32)).save(folder / part / "1.png")
    monkeypatch.setenv("CIFAR10_LAB_DATA", str(opened))
    for name, meant in (("birds", own), ("fish", opened), (str(own), own)):
        options = parser().parse_args(["train", "--data", name])
        assert run_options.config(options).data == str(meant)


OTHER = {
    "epochs": 3, "batch_size": 64, "optimizer": "adamw", "learning_rate": 0.5, "momentum": 0.5,
    "weight_decay": 0.25, "schedule": "step", "label_smoothing": 0.25, "gradient_clip": 2.0,
    "seed": 7, "device": "cpu", "engine": "batched", "workers": 2, "precision": "float16",
    "compile": "on", "ema_decay": 0.5, "hold_out": 100, "target_accuracy": 85.0,
    "bias_lr_scale": 4.0, "initial_image_size": 16, "replicas": 2,
}  # fmt: skip


@pytest.mark.parametrize("command", ["train", "range-test"])
@pytest.mark.parametrize("recipe", [None, "summit"])
def test_every_setting_is_an_option_and_changes_that_setting_of_a_recipe(
    command: str, recipe: str | None
) -> None:
    start = RECIPES[recipe].config if recipe else RunConfig()
    if recipe:  # whose parts are all its own, so that none can be the default by mistake
        default = RunConfig()
        assert start.network != default.network
        assert start.policy != default.policy
    named = ["--recipe", recipe] if recipe else []

    def made(*given: str) -> RunConfig:
        return run_options.config(parser().parse_args([command, *named, *given]))

    assert made() == replace(start, data="shapes")
    assert made("--data", "cifar10").data == "cifar10"
    assert made("--network", "net_2m").network == NetworkConfig("net_2m")
    assert made("--policy", "none").policy == policies.named("none")
    assert OTHER.keys() == TrainingConfig.__dataclass_fields__.keys()
    for name, value in OTHER.items():
        training = made("--" + name.replace("_", "-"), str(value)).training
        assert training == replace(start.training, **{name: value})


def test_a_default_that_is_given_overrides_the_recipe_too() -> None:
    """What is not given and what is given as the default are not the same."""
    assert RECIPES["doc_003"].config.training.epochs != TrainingConfig.epochs
    given = ["train", "--recipe", "doc_003", "--epochs", str(TrainingConfig.epochs)]
    assert run_options.config(parser().parse_args(given)).training.epochs == TrainingConfig.epochs


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
def test_averaged_weights_are_those_of_their_figure(
    net: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train = ["train", "--network", net, "--epochs", "3", "--batch-size", "32", "--ema-decay", "0.9"]
    assert main([*train, "--device", "cpu", "--runs", str(tmp_path), "--json"]) == 0
    trained = json.loads(capsys.readouterr().out)
    averaged = str(Path(trained["run"]) / "ema.safetensors")
    assert main(["evaluate", averaged, "--data", "shapes", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["accuracy"] == pytest.approx(trained["ema_accuracy"])


@pytest.mark.usefixtures("few")
def test_a_run_that_reached_its_target_says_so_and_is_not_gone_on_with(
    net: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train = ["train", "--network", net, "--epochs", "50", "--target-accuracy", "1", "--json"]
    assert main([*train, "--device", "cpu", "--runs", str(tmp_path)]) == 0
    told = capsys.readouterr()
    trained = json.loads(told.out)
    assert trained["epochs"] < 50
    sentence = f"{trained['test_accuracy']:.2f}% reached the target of 1%."
    assert sentence in told.err
    assert main(["train", "--resume", trained["run"]]) == 1
    assert sentence in capsys.readouterr().err


@pytest.mark.usefixtures("few")
def test_what_is_held_out_is_evaluated_and_leaves_no_predictions(
    net: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train = ["train", "--network", net, "--epochs", "1", "--hold-out", "40", "--json"]
    assert main([*train, "--device", "cpu", "--runs", str(tmp_path)]) == 0
    told = capsys.readouterr()
    assert "120 training and 40 held-out training images" in told.err
    folder = Path(json.loads(told.out)["run"])
    assert json.loads((folder / "status.json").read_text())["started"]["evaluated"] == (
        "held-out training images"
    )
    assert not list(folder.rglob("predictions*"))
    from core.runs import weights

    assert weights.about(folder / "last.safetensors").evaluated == "held-out training images"
    assert main(["evaluate", str(folder), "--data", "shapes", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["total"] == 80


@pytest.mark.usefixtures("few")
def test_the_range_test_answers_with_its_points(
    net: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["range-test", "--network", net, "--steps", "12", "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert len(made["rates"]) == len(made["losses"]) <= 12
    assert made["rates"][:2] == pytest.approx([1e-4, 1e-4 * 10 ** (5 / 11)])
    assert main(["range-test", "--network", net, "--steps", "1"]) == 2
    assert "in 1 steps makes no sense" in capsys.readouterr().err


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
    assert main(["evaluate", given, "--runs", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith("error: There is no ")


@pytest.mark.usefixtures("few")
def test_weights_that_come_with_the_lab_go_by_their_names(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from core.data.sources import catalogue
    from core.runs import weights

    file = REPOSITORY / "assets" / "weights" / "summit.safetensors"
    images = replace(few_shapes(), class_names=weights.about(file).class_names)
    monkeypatch.setattr(catalogue, "load", lambda *_, **__: images)
    answers = []
    for given in ("summit", str(file)):
        assert main(["evaluate", given, "--data", "shapes", "--json"]) == 0
        answers.append(json.loads(capsys.readouterr().out))
    assert answers[0] == answers[1]
    assert (answers[0]["network"], answers[0]["total"]) == ("summit", 80)


@pytest.mark.usefixtures("few")
def test_a_report_has_a_folder_where_none_is_named(
    net: str, lab_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", "--network", net, "--epochs", "1", "--device", "cpu", "--json"]) == 0
    name = Path(json.loads(capsys.readouterr().out)["run"]).name
    assert main(["report", name]) == 0
    path = Path(capsys.readouterr().out.strip())
    assert path == lab_home / "reports" / name / "report.md"
    assert path.read_text().startswith("# ")


@pytest.mark.slow
def test_a_kill_loses_nothing_that_was_finished(net: str, tmp_path: Path) -> None:
    """kill -9 in the middle, resume, and compare with a run that nobody disturbed, bit by bit."""
    environment = {**os.environ, "CIFAR10_LAB_HOME": str(tmp_path), "OMP_NUM_THREADS": "1"}
    source = "from tests.core.conftest import few_shapes\n"
    source += "import sys\nfrom core.data.sources import catalogue\n"
    source += "catalogue.load = lambda *a, **k: few_shapes()\n"
    source += "from core.cli import main\nsys.exit(main(sys.argv[1:]))\n"
    train = ["train", "--network", net, "--epochs", "40", "--batch-size", "16", "--device", "cpu"]
    train += ["--ema-decay", "0.9"]

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

    for name in ("last.safetensors", "best.safetensors", "ema.safetensors"):
        ours, theirs = load_file(killed.folder / name), load_file(whole.folder / name)
        assert ours.keys() == theirs.keys()
        assert all(torch.equal(ours[key], theirs[key]) for key in ours), name


def test_what_cannot_be_written_is_one_sentence_and_exit_code_1() -> None:
    """A full disk, and a pipe that nobody reads."""
    command = [sys.executable, "-m", "core", "settings"]
    if Path("/dev/full").exists():
        with Path("/dev/full").open("w") as full:
            ran = subprocess.run(
                command, cwd=REPOSITORY, stdout=full, stderr=subprocess.PIPE, text=True
            )
        assert ran.returncode == 1
        assert ran.stderr == "error: The output could not be written (No space left on device).\n"
    reading, writing = os.pipe()
    os.close(reading)
    ran = subprocess.run(command, cwd=REPOSITORY, stdout=writing, stderr=subprocess.PIPE, text=True)
    os.close(writing)
    assert ran.returncode == 1
    assert ran.stderr == "error: The output could not be written (Broken pipe).\n"

"""What 662d836 wrote before settings were renamed is read and goes on as it was."""

import json
import shlex
import shutil
from dataclasses import asdict

import pytest

from core import paths
from core.cli import parser
from core.commands import run_options
from core.config.run_config import NetworkConfig, RunConfig, TrainingConfig
from core.events import EpochEnded, Event
from core.networks import saved
from core.paths import REPOSITORY
from core.runs.store import list_runs, open_run
from core.training.loop import fit
from core.training.recipes import RECIPES

THEN = REPOSITORY / "tests/fixtures/662d836"
COMMANDS = [line for line in (THEN / "commands.txt").read_text("utf-8").splitlines() if line]
TRAINED = TrainingConfig(
    epochs=3,
    optimizer="muon",
    learning_rate=0.05,
    bias_lr_scale=2.0,
    initial_image_size=16,
    ema_decay=0.9,
    precision="float32",
    batch_size=256,
    label_smoothing=0.1,
    compile="off",
)


@pytest.fixture
def fixture_net(lab_home: object, monkeypatch: pytest.MonkeyPatch) -> NetworkConfig:
    """The network of then, as it is found by its name."""
    folder = paths.networks_folder()
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(THEN / "networks/fixture_net.json", folder)
    return saved.load("fixture_net")


def parsed(line: str) -> RunConfig:
    return run_options.config(parser().parse_args(shlex.split(line)))


def test_the_command_lines_of_then_ask_for_the_same_runs(fixture_net: NetworkConfig) -> None:
    train, recipe, range_test = COMMANDS
    assert parsed(train) == RunConfig(network=fixture_net, training=TRAINED)
    sprint = asdict(RECIPES["sprint"].config.training)
    assert asdict(parsed(recipe).training) == {**sprint, "epochs": 1, "optimizer": "sgd"}
    assert parsed(range_test) == RunConfig(training=TrainingConfig(optimizer="adamw"))


def test_a_run_folder_of_then_has_todays_settings(fixture_net: NetworkConfig) -> None:
    (run,) = list_runs(THEN / "runs")
    assert run.config.training == TRAINED
    assert run.config.network == fixture_net
    assert RunConfig.from_dict(run.config.to_dict()) == run.config
    assert not {"optimiser", "bias_rate", "first_side", "ema"} & set(asdict(run.config.training))


def test_a_checkpoint_of_then_goes_on_to_the_epoch_that_came_of_it_then() -> None:
    name = list_runs(THEN / "runs")[0].name
    run = open_run(THEN / "runs", name)
    checkpoint = run.checkpoint()
    assert checkpoint.ema_weights is not None
    events: list[Event] = []
    fit(run.config, events.append, lambda: False, checkpoint=checkpoint)
    (last,) = [event.metrics for event in events if isinstance(event, EpochEnded)]
    lines = (THEN / "uninterrupted_epochs.jsonl").read_text("utf-8").splitlines()
    then = json.loads(lines[2])
    assert (last.epoch, len(lines)) == (3, 3)
    for figure in ("train_loss", "test_loss", "ema_loss", "gradient_norm", "learning_rate"):
        assert getattr(last, figure) == pytest.approx(then[figure], rel=1e-3), figure
    for figure in ("train_accuracy", "test_accuracy", "ema_accuracy", "clean_accuracy"):
        assert getattr(last, figure) == pytest.approx(then[figure], abs=0.2), figure

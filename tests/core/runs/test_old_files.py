"""A run folder as 662d836 wrote it opens, is listed, resumes and is reported as it was then."""

import json
import shutil
from pathlib import Path

import pytest

from core import paths
from core.data.sources import catalogue
from core.export import report
from core.runs import weights
from core.runs.model_ref import ModelRef
from core.runs.store import Run, list_runs
from core.training.runner import Runner

FIXTURES = paths.REPOSITORY / "tests" / "fixtures" / "662d836"
NAME = "20261124-233553-fixture_net-4910"


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A copy of its own: what is read today must not change what was written then."""
    shutil.copytree(FIXTURES / "runs", tmp_path / "runs")
    (run,) = list_runs(tmp_path / "runs")
    return run


def test_it_is_listed_with_its_state_and_what_it_began_with(run: Run) -> None:
    status, then = run.status, json.loads((run.folder / "status.json").read_text())
    assert run.name == NAME
    assert (status.state, status.message) == ("stopped", "Stopped on request.")
    assert (status.fraction, status.first_step) == (then["share"], then["started"])
    assert (status.owner.process, status.owner.host) == (then["process"], then["host"])
    for name in ("created", "ended", "heartbeat"):
        assert getattr(status, name) == then[name]
    names = "device device_title engine note data_title train_images test_images parameters"
    names += " steps_per_epoch precision compiled replicas evaluated"
    for name in names.split():
        assert getattr(status.started, name) == then[name]
    assert run.progress() == 80 / (3 * 40)
    assert run.environment().libraries["torch"] == "2.15.0"


def test_its_settings_are_those_of_then_under_their_names_of_now(run: Run) -> None:
    training = run.config.training
    then = json.loads((run.folder / "config.json").read_text())["training"]
    assert training.optimizer == then["optimiser"] == "muon"
    assert training.bias_lr_scale == then["bias_rate"] == 2.0
    assert training.initial_image_size == then["first_side"] == 16
    assert training.ema_decay == then["ema"] == 0.9


@pytest.mark.parametrize("kind", ["epochs", "steps"])
def test_every_row_is_read_to_the_last_figure(run: Run, kind: str) -> None:
    rows = run.epochs() if kind == "epochs" else run.steps()
    lines = (run.folder / f"{kind}.jsonl").read_text().splitlines()
    assert json.loads(json.dumps(rows)) == [json.loads(line) for line in lines]
    assert run.damage() == ""


@pytest.mark.parametrize("which", ["best", "last", "ema"])
def test_its_weights_load_and_have_the_accuracy_that_was_written(run: Run, which: str) -> None:
    ref = ModelRef.of_run(run, which)
    assert ref.about.epoch == 2
    predictions = ref.predictions(catalogue.load("shapes"))
    assert predictions.accuracy == pytest.approx(ref.about.accuracy, abs=0.051)
    stored = run.predictions(which)
    assert (stored is None) == (which == "ema")
    if stored is not None:
        assert stored.accuracy == pytest.approx(run.epochs()[-1]["test_accuracy"])
        assert (stored.probabilities - predictions.probabilities).abs().max() < 1e-4


def test_what_it_predicted_after_each_epoch_is_read(run: Run) -> None:
    history = run.prediction_history()
    assert [epoch for epoch, _, _ in history] == [1, 2]
    stored = run.predictions("last")
    assert stored is not None
    assert (history[1][1] == stored.predicted.numpy()).all()
    assert abs(history[1][2] - stored.confidence.numpy()).max() < 1e-3


def test_resumed_it_ends_as_the_run_that_was_not_stopped(run: Run) -> None:
    runner = Runner(run.folder.parent)
    runner.resume(run.name)
    assert runner.join(run.name, 200)
    assert run.status.state == "finished", run.status.message
    assert [row["epoch"] for row in run.epochs()] == [1, 2, 3]
    last = json.loads((FIXTURES / "uninterrupted_epochs.jsonl").read_text().splitlines()[-1])
    found = run.epochs()[-1]
    for name in ("train_loss", "test_loss", "ema_loss", "learning_rate", "gradient_norm"):
        assert found[name] == pytest.approx(last[name], rel=1e-4), name
    for name in ("test_accuracy", "ema_accuracy", "mirrored_accuracy"):
        assert found[name] == pytest.approx(last[name], abs=0.16), name


def test_the_report_says_what_it_said(run: Run, tmp_path: Path) -> None:
    text = report.write(run, tmp_path / "report", catalogue.load).read_text()
    assert text.startswith("# fixture_net on Shapes")
    assert "Test accuracy **16.95%** after the last of 2 epochs" in text
    assert "(highest: 16.95%, epoch 2), on 2,000 test images; 2 s on CPU, 2 threads" in text
    assert "| 1 | 2.2964 | 2.2866 | 12.22 | 14.20 | 0.66 |" in text
    assert "| torch | 2.15.0 |" in text


def test_weights_that_were_shipped_then_load() -> None:
    shipped = sorted((paths.ASSETS / "weights").glob("*.safetensors"))
    assert {"sprint", "summit", "modular_97k"} <= {path.stem for path in shipped}
    for path in shipped:
        assert weights.load(path).about.accuracy > 70

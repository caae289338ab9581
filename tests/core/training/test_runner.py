import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.data.image_set import ImageSet
from core.errors import LabError
from core.runs import recorder
from core.training.runner import Runner
from tests.core.conftest import Configure, Load

LONG = 300.0


@pytest.fixture
def runner(tmp_path: Path, load: Load) -> Iterator[Runner]:
    made = Runner(tmp_path / "runs", load)
    yield made
    made.close()


def wait_for(condition: Callable[[], bool], seconds: float = LONG) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)


def test_a_run_leaves_everything_behind(runner: Runner, tiny: Configure) -> None:
    run = runner.start(tiny())
    assert runner.join(run.name, LONG)
    assert run.status.state == "finished"
    assert [row["epoch"] for row in run.epochs()] == [1, 2, 3]
    assert run.config == tiny()
    assert run.progress() == 1.0
    predictions = run.predictions("last")
    assert predictions is not None
    right = (predictions.probabilities.argmax(1) == predictions.labels).double().mean().item()
    assert 100 * right == pytest.approx(run.epochs()[-1]["test_accuracy"])
    history = run.prediction_history()
    assert [epoch for epoch, _, _ in history] == [1, 2, 3]
    assert (history[-1][1] == predictions.probabilities.argmax(1).numpy()).all()
    assert run.environment().libraries["torch"]
    assert not list(run.folder.rglob("*.tmp"))


def test_weights_of_a_run_are_its_network(runner: Runner, tiny: Configure, load: Load) -> None:
    """The weights file alone gives back the accuracy of the last epoch."""
    from core.predictions import predict
    from core.runs import weights

    run = runner.start(tiny(epochs=2))
    assert runner.join(run.name, LONG)
    loaded, images = weights.load(run.weights_path("last")), load("shapes")
    import torch

    probabilities = predict(
        loaded.model, images.test_images, loaded.about.mean, loaded.about.std, torch.device("cpu")
    )
    right = (probabilities.argmax(1) == images.test_labels).double().mean().item()
    assert 100 * right == pytest.approx(run.epochs()[-1]["test_accuracy"])
    assert loaded.about.class_names == images.class_names
    assert loaded.about.accuracy == run.epochs()[-1]["test_accuracy"]
    assert not loaded.model.training


def test_starting_twice_by_double_click_gives_one_run(runner: Runner, tiny: Configure) -> None:
    run = runner.start(tiny(epochs=200))
    with pytest.raises(LabError, match="already in training"):
        runner.start(tiny(epochs=200))
    assert len(list(runner.folder.iterdir())) == 1
    runner.stop(run.name)


def test_one_run_a_device_the_next_waits_its_turn(runner: Runner, tiny: Configure) -> None:
    first = runner.start(tiny(epochs=500))
    second, third = runner.start(tiny(seed=2, epochs=1)), runner.start(tiny(seed=3, epochs=1))
    assert runner.queue() == [second.name, third.name]
    assert second.status.message == "Waiting: number 1 in the queue"
    assert third.status.message == "Waiting: number 2 in the queue"
    assert second.last_step() == {}
    runner.stop(second.name)  # out of the queue: the others move up
    assert second.status.state == "stopped"
    assert third.status.message == "Waiting: number 1 in the queue"
    wait_for(lambda: first.status.state == "running")
    runner.stop(first.name)
    assert runner.join(third.name, LONG)
    assert (first.status.state, third.status.state) == ("stopped", "finished")


def test_pause_holds_and_going_on_changes_nothing(runner: Runner, tiny: Configure) -> None:
    run = runner.start(tiny(epochs=30))
    wait_for(lambda: run.last_step().get("step", 0) > 0)
    runner.pause(run.name)
    wait_for(lambda: run.status.state == "paused")
    step = run.last_step()
    time.sleep(0.6)
    assert run.last_step() == step
    runner.resume(run.name)
    assert runner.join(run.name, LONG)
    undisturbed = runner.start(tiny(epochs=30))
    assert runner.join(undisturbed.name, LONG)
    for row, same in zip(run.epochs(), undisturbed.epochs(), strict=True):
        assert row["test_loss"] == same["test_loss"]


def test_a_stopped_run_goes_on_where_it_was(runner: Runner, tiny: Configure) -> None:
    run = runner.start(tiny(epochs=20))
    wait_for(lambda: len(run.epochs()) >= 2)
    runner.stop(run.name)
    assert runner.join(run.name, LONG)
    done = len(run.epochs())
    assert 2 <= done < 20
    runner.resume(run.name)
    assert runner.join(run.name, LONG)
    assert [row["epoch"] for row in run.epochs()] == list(range(1, 21))
    undisturbed = runner.start(tiny(epochs=20))
    assert runner.join(undisturbed.name, LONG)
    assert run.epochs()[-1]["test_loss"] == undisturbed.epochs()[-1]["test_loss"]
    with pytest.raises(LabError, match="done all its 20 epochs"):
        runner.resume(run.name)


def test_a_step_that_hangs_is_stopped_at_the_second_asking(
    runner: Runner, tiny: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.training import learner

    entered = threading.Event()

    def hang(*_: object, **__: object) -> None:
        entered.set()
        while True:
            time.sleep(0.01)

    monkeypatch.setattr(learner.functional, "cross_entropy", hang)
    run = runner.start(tiny())
    assert entered.wait(LONG)
    runner.stop(run.name)
    assert not runner.join(run.name, 0.3)
    assert run.status.state == "stopping"
    runner.stop(run.name)
    assert runner.join(run.name, LONG)
    assert run.status.state == "stopped"
    assert "at once" in run.status.message


def test_data_that_is_not_there_fails_the_run_in_one_sentence(
    tmp_path: Path, tiny: Configure
) -> None:
    def nothing(*_: object, **__: object) -> ImageSet:
        raise LabError("There is no folder /nowhere; name one that exists.")

    runner = Runner(tmp_path / "runs", nothing)
    run = runner.start(tiny())
    assert runner.join(run.name, LONG)
    assert run.status.state == "failed"
    assert run.status.message == "There is no folder /nowhere; name one that exists."
    runner.close()


def test_a_defect_ends_its_run_and_not_the_runner(
    runner: Runner, tiny: Configure, monkeypatch: pytest.MonkeyPatch, load: Load
) -> None:
    broken = {"once": True}

    def sometimes(*arguments: object, **named: object) -> ImageSet:
        if broken.pop("once", False):
            raise ZeroDivisionError("oops")
        return load(*arguments, **named)

    monkeypatch.setattr(runner, "_load", sometimes)
    first, second = runner.start(tiny(epochs=1)), runner.start(tiny(epochs=1, seed=5))
    assert runner.join(second.name, LONG)
    assert first.status.state == "failed"
    assert "ZeroDivisionError" in first.status.message
    assert second.status.state == "finished"


def test_a_worker_that_is_killed_ends_its_run_with_a_sentence(
    runner: Runner, tiny: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.augment.engine import worker_pool

    seen: list[worker_pool.Workers] = []
    start = worker_pool.Workers.__init__

    def watched(self: worker_pool.Workers, *rest: object) -> None:
        start(self, *rest)  # type: ignore[arg-type]
        seen.append(self)

    monkeypatch.setattr(worker_pool.Workers, "__init__", watched)
    run = runner.start(tiny(epochs=1000, engine="albumentations", workers=2))
    wait_for(lambda: len(run.epochs()) >= 1)
    os.kill(seen[-1].process_ids()[0], signal.SIGKILL)
    assert runner.join(run.name, LONG)
    assert run.status.state == "failed"
    assert run.status.message.startswith(
        "A worker process of the albumentations engine ended (exit code -9)"
    )
    assert run.status.message.endswith("start again with fewer workers, or with 0.")


def test_a_run_that_reached_its_target_is_finished_and_says_why(
    runner: Runner, tiny: Configure
) -> None:
    run = runner.start(tiny(epochs=1000, target_accuracy=1.0))
    assert runner.join(run.name, LONG)
    assert run.status.state == "finished"
    assert run.status.message.endswith("reached the target of 1%.")
    assert run.progress() < 1
    with pytest.raises(LabError, match=r"is finished\. Stopped after epoch"):
        runner.resume(run.name)


def test_a_folder_that_cannot_be_made_is_said_at_once(
    tmp_path: Path, tiny: Configure, load: Load
) -> None:
    (tmp_path / "file").write_text("not a folder")
    runner = Runner(tmp_path / "file" / "runs", load)
    with pytest.raises(LabError, match="could not be written"):
        runner.start(tiny())
    assert runner.busy() == []


def test_a_disk_that_fills_up_ends_the_run_and_says_so(
    runner: Runner, tiny: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(files: dict[Path, bytes]) -> None:
        raise LabError(f"The disk is full: {min(files)} could not be written; make room.")

    monkeypatch.setattr(recorder, "write_together", full)
    run = runner.start(tiny())
    assert runner.join(run.name, LONG)
    assert run.status.state == "failed"
    assert "disk is full" in run.status.message


def test_what_is_not_in_training_cannot_be_stopped(runner: Runner) -> None:
    with pytest.raises(LabError, match="not in training here"):
        runner.stop("20260101-000000-nothing-abcd")


def test_closing_stops_what_runs(tmp_path: Path, tiny: Configure, load: Load) -> None:
    runner = Runner(tmp_path / "runs", load)
    run = runner.start(tiny(epochs=500))
    wait_for(lambda: run.status.state == "running")
    runner.close()
    assert run.status.state == "stopped"
    assert json.loads((run.folder / "status.json").read_text())["state"] == "stopped"

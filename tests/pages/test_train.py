import io
import json
import threading
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core import files, paths
from core.config.run_config import RunConfig, TrainingConfig
from core.errors import LabError
from core.runs import status as statuses
from core.runs.create import create_run
from core.runs.store import Run, list_runs
from core.training.range_test import RangeTest
from core.training.recipes import RECIPES
from core.training.runner import Runner
from lab import state
from lab.train.figures import VIEWS
from lab.train.settings import SETTINGS
from tests.pages.conftest import Open, wait_for


def finished_run(accuracy: float, state_of_it: str = "finished", **training: object) -> Run:
    """A run's folder as a run of two epochs leaves it, without having trained.

    As those of earlier versions are: without the figures that came later.
    """
    config = RunConfig(training=TrainingConfig(epochs=2, **training))  # type: ignore[arg-type]
    run = Run(create_run(paths.runs_folder(), config))
    for step in range(1, 5):
        row = {"epoch": (step + 1) // 2, "step": step, "loss": 2.0, "accuracy": 30.0}
        row |= {"learning_rate": 0.1, "images_per_second": 500.0, "time": 1.0}
        files.append_line(run.folder / "steps.jsonl", row)
    for epoch in (1, 2):
        row = {"epoch": epoch, "train_loss": 1.5, "train_accuracy": 40.0, "test_loss": 1.4}
        row |= {"test_accuracy": accuracy + epoch, "seconds": 10.0, "test_seconds": 1.0}
        files.append_line(run.folder / "epochs.jsonl", row)
    status = replace(
        statuses.claimed(1.0),
        state=state_of_it,
        started=replace(statuses.NOT_STARTED, steps_per_epoch=2, data_title="Shapes"),
    )
    statuses.write(run.folder, status)
    return run


def with_settings(app: AppTest) -> AppTest:
    """The dialog of the settings opened; it stays open until it is dismissed."""
    return app.button(key="more_settings").click().run()


def own(app: AppTest) -> AppTest:
    """The lab's defaults, in place of the recipe that the form begins with."""
    state_of_it = {name: setting.default for name, setting in SETTINGS.items()}
    for key, value in state_of_it.items():
        app.session_state["learning_rate_sgd" if key == "learning_rate" else key] = value
    app.session_state["network"] = "modular_97k"
    app.session_state["policy_name"] = "assignment"
    return app.run()


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def test_an_empty_lab_says_what_to_press(open_page: Open) -> None:
    app = open_page("train")
    assert not app.exception
    assert not app.error
    assert "No run yet" in [heading.value for heading in app.subheader]
    assert app.button(key="start").label == "Start"
    assert not app.dataframe


def test_start_trains_what_was_chosen_and_stop_ends_it(open_page: Open) -> None:
    app = with_settings(own(open_page("train")))
    app.number_input(key="epochs").set_value(3)
    app.selectbox(key="policy_name").select("none")
    app.number_input(key="seed").set_value(5)
    app.button(key="start").click().run()
    assert not app.exception
    (run,) = list_runs(paths.runs_folder())
    assert run.config.training.epochs == 3
    assert run.config.training.seed == 5
    assert run.config.policy.transforms == ()
    assert run.config.data == "shapes"
    wait_for(lambda: run.status.state == "running")
    app.run()
    assert "stop" in [button.key for button in app.button]
    assert app.button(key="start").label == "Add to the queue"
    app.button(key="start").click().run()
    assert ["already in training" in error.value for error in app.error] == [True]
    assert len(list_runs(paths.runs_folder())) == 1
    app.button(key="stop").click().run()
    wait_for(lambda: run.status.state == "stopped")


def test_the_newest_run_is_shown_with_its_figures(open_page: Open) -> None:
    finished_run(60.0)
    app = open_page("train")
    shown = metrics(app)
    assert shown["Test accuracy"] == "62.00%"
    assert shown["Best so far"] == "62.00%"
    assert shown["Training accuracy"] == "40.0%", "of its last epoch, not of its last few steps"
    assert shown["Images per second"] == "500"
    (table,) = app.dataframe
    assert list(table.value["Best"]) == [62.0]


def test_while_it_trains_the_latest_steps_are_shown(open_page: Open) -> None:
    finished_run(60.0, state_of_it="running")
    assert metrics(open_page("train"))["Training accuracy"] == "30.0%"


def test_a_run_in_the_address_is_the_one_shown(open_page: Open) -> None:
    older, newer = finished_run(50.0), finished_run(70.0, seed=1)
    app = open_page("train")
    app.query_params["run"] = older.name
    app.run()
    assert metrics(app)["Test accuracy"] == "52.00%"
    app.query_params["run"] = newer.name
    app.run()
    assert metrics(app)["Test accuracy"] == "72.00%"
    app.query_params["run"] = "../../etc"
    app.run()
    assert not app.exception
    assert metrics(app)["Test accuracy"] in ("52.00%", "72.00%")


def test_a_run_whose_server_died_is_interrupted_and_says_what_to_do(open_page: Open) -> None:
    run = finished_run(60.0, state_of_it="running")
    plain = json.loads((run.folder / "status.json").read_text())
    (run.folder / "status.json").write_text(
        json.dumps(plain | {"owner": plain["owner"] | {"process": 2**22 + 1}})
    )
    app = open_page("train")
    assert any("Press Resume to continue" in warning.value for warning in app.warning)
    assert "resume" in [button.key for button in app.button]


def test_a_run_that_failed_says_why(open_page: Open) -> None:
    run = finished_run(60.0, state_of_it="failed")
    message = "The loss became nan at step 3; start again with a lower learning rate."
    statuses.write(run.folder, replace(run.status, message=message))
    app = open_page("train")
    assert message in [error.value for error in app.error]


@pytest.mark.parametrize("content", ["{", '{"from": "a newer version"}'])
def test_a_damaged_run_spoils_nothing_but_itself(open_page: Open, content: str) -> None:
    finished_run(60.0)
    broken = finished_run(70.0, seed=2)
    (broken.folder / "config.json").write_text(content)
    app = open_page("train")
    assert not app.exception
    (table,) = app.dataframe
    assert sorted(table.value["State"]) == ["Finished", "Unreadable"]


def test_deleting_asks_first(open_page: Open) -> None:
    run = finished_run(60.0)
    app = open_page("train")
    app.button(key="delete").click().run()
    assert run.folder.exists()
    app.button(key="delete_for_good").click().run()
    assert not run.folder.exists()
    assert not app.exception


def test_a_folder_that_cannot_be_written_is_one_sentence(
    open_page: Open, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CIFAR10_LAB_HOME", str(tmp_path / "file"))
    app = open_page("train")
    app.button(key="start").click().run()
    assert len(app.error) == 1
    assert "could not be written" in app.error[0].value
    assert not app.exception


def test_a_run_in_training_is_not_deleted(open_page: Open) -> None:
    run = finished_run(60.0, state_of_it="running")
    app = open_page("train")
    app.button(key="delete").click().run()
    app.button(key="delete_for_good").click().run()
    assert run.folder.exists()
    assert any("stop it before deleting" in error.value for error in app.error)


def test_a_report_is_made_and_offered(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """From a run that was trained, on few images; what is in it is test_report's matter."""
    from tests.core.conftest import few_shapes

    monkeypatch.setattr(state, "image_set", lambda source: few_shapes())
    runner = Runner(paths.runs_folder(), lambda *_, **__: few_shapes())
    run = runner.start(RunConfig(training=TrainingConfig(epochs=1, batch_size=80, device="cpu")))
    assert runner.join(run.name, 120)
    app = open_page("train")
    app.button(key="report").click().run()
    assert not app.error
    assert not app.exception
    made = app.session_state["page_report"]
    with zipfile.ZipFile(io.BytesIO(made["zip"])) as archive:
        assert sorted(archive.namelist()) == ["curves.png", "mistakes.png", "report.md"]
        assert "modular_97k" in archive.read("report.md").decode()


@pytest.mark.parametrize("value", [50.0, 0.0, -1.0])
def test_a_learning_rate_that_makes_no_sense_is_said_and_not_trained(
    open_page: Open, value: float
) -> None:
    app = with_settings(own(open_page("train")))
    app.number_input(key="learning_rate_sgd").set_value(value).run()
    (error,) = {each.value for each in app.error}  # on the form, and in the dialog over it
    said = f"Learning rate: {value} is not allowed; choose a number over 0 and up to 10."
    assert said in error
    assert "start" not in [button.key for button in app.button]
    app.number_input(key="learning_rate_sgd").set_value(0.05).run()
    assert not app.error
    assert "start" in [button.key for button in app.button]


def with_all_figures(run: Run, **last: object) -> None:
    """What a run of this version tells beside the figures of `finished_run`."""
    rows = run.epochs()
    (run.folder / "epochs.jsonl").unlink()
    for row in rows:
        row |= {"gradient_norm": 1.5, "clean_accuracy": 70.0, "class_accuracy": [50.0] * 10}
        files.append_line(run.folder / "epochs.jsonl", row | last)


def fields(app: AppTest) -> dict[str, object]:
    """What every control of the form holds, by its key."""
    return {each.key: each.value for each in [*app.selectbox, *app.number_input]}


@pytest.mark.parametrize("name", RECIPES.names())
def test_a_recipe_fills_the_form_and_trains_as_it_says(
    open_page: Open, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Menu, entry, Start: three clicks."""
    started: list[RunConfig] = []

    def start(self: Runner, config: RunConfig) -> Run:
        started.append(config)
        return finished_run(50.0)

    monkeypatch.setattr(Runner, "start", start)
    app = open_page("train")
    app.selectbox(key="recipe").select(name).run()
    recipe = RECIPES[name].config
    assert not app.exception
    assert fields(app)["epochs"] == recipe.training.epochs
    assert any(f"{recipe.training.epochs} epochs" in each.value for each in app.caption)
    assert app.query_params["recipe"] in (name, [name])
    app.button(key="start").click().run()
    assert started == [replace(recipe, data="shapes")]


def test_a_recipe_is_changed_and_taken_back(open_page: Open) -> None:
    app = open_page("train")
    app.selectbox(key="recipe").select("doc_003").run()
    with_settings(app)
    app.number_input(key="epochs").set_value(7)
    app.number_input(key="ema_decay").set_value(0.99).run()
    said = [each.value for each in app.caption]
    assert "Changed from the recipe: Epochs, EMA decay." in said
    app.button(key="as_recipe").click().run()
    assert fields(app)["epochs"] == 75
    assert fields(app)["ema_decay"] == 0.0
    assert not [each for each in app.caption if "Changed" in each.value]
    app.selectbox(key="recipe").select("own").run()
    assert fields(app)["schedule"] == "cosine", "what stands there is where one's own begins"
    assert "recipe" not in app.query_params


def test_a_recipe_in_the_address_is_taken(open_page: Open) -> None:
    app = open_page("train")
    app.query_params["recipe"] = "doc_004"
    app.run()
    assert fields(app)["epochs"] == 300
    assert fields(app)["network"] == "dilated_162k"
    app.number_input(key="epochs").set_value(3).run()
    assert fields(app)["epochs"] == 3, "once, not with every click"
    app.query_params["recipe"] = "../../etc"
    app.run()
    assert not app.exception


def test_every_new_setting_reaches_the_run(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[RunConfig] = []
    monkeypatch.setattr(
        Runner, "start", lambda self, config: started.append(config) or finished_run(50.0)
    )
    app = with_settings(own(open_page("train")))
    wanted = {
        "precision": "float32", "compile": "off", "ema_decay": 0.995, "hold_out": 2000,
        "target_accuracy": 85.0, "bias_lr_scale": 16.0, "initial_image_size": 20,
        "schedule": "plateau", "replicas": 2,
    }  # fmt: skip
    for key, value in wanted.items():
        if isinstance(value, str):
            app.selectbox(key=key).select(value)
        else:
            app.number_input(key=key).set_value(value)
    app.run()
    assert any("nobody knows before the run" in each.value for each in app.caption)
    app.button(key="start").click().run()
    (config,) = started
    assert {key: getattr(config.training, key) for key in wanted} == wanted


def test_a_range_test_runs_beside_the_page_and_its_suggestion_is_taken_over(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = threading.Event()
    asked: list[RunConfig] = []

    def measure(
        config: RunConfig, on_point: Callable[..., None], stop: Callable[[], bool], **_: object
    ) -> RangeTest:
        asked.append(config)
        for rate, loss in ((0.001, 2.3), (0.01, 2.0), (0.1, 1.5)):
            on_point(rate, loss)
        assert go.wait(60)
        return RangeTest((0.001, 0.01, 0.1), (2.3, 2.0, 1.5), 0.0123)

    monkeypatch.setattr("core.training.range_test.range_test", measure)
    app = with_settings(own(open_page("train")))
    app.number_input(key="batch_size").set_value(64).run()
    app.button(key="range_test").click().run()
    assert "range_cancel" in [button.key for button in app.button], "the page did not wait"
    with pytest.raises(LabError, match="range test is at work"):
        state.range_tests().start(RunConfig())
    go.set()
    wait_for(lambda: not state.range_tests().busy)
    app.run()
    assert asked[0].training.batch_size == 64
    assert app.button(key="range_use").label == "Use 0.012"
    app.button(key="range_use").click().run()
    assert fields(app)["learning_rate_sgd"] == 0.012


def test_a_range_test_is_canceled_by_hand_and_by_a_run(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def measure(*given: Any, **_: object) -> RangeTest:
        while not given[2]():
            time.sleep(0.01)
        return RangeTest((), (), None)

    monkeypatch.setattr("core.training.range_test.range_test", measure)
    monkeypatch.setattr(Runner, "start", lambda self, config: finished_run(50.0))
    app = with_settings(open_page("train"))
    app.button(key="range_test").click().run()
    app.button(key="range_cancel").click().run()
    wait_for(lambda: not state.range_tests().busy)
    app.run()
    assert "Canceled." in [each.value for each in app.caption]
    app.button(key="range_test").click().run()
    app.button(key="start").click().run()
    assert not state.range_tests().busy
    assert "Canceled: a run was started." in [each.value for each in app.caption]


def test_no_range_test_beside_a_run(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Runner, "busy", lambda self: ["a run"])
    app = with_settings(open_page("train"))
    assert app.button(key="range_test").disabled
    assert "A run is in training" in app.button(key="range_test").help


def test_held_out_images_are_never_called_test_images(open_page: Open) -> None:
    run = finished_run(84.0, hold_out=5000)
    with_all_figures(run, ema_accuracy=87.0, ema_loss=0.4, mirrored_accuracy=88.0)
    held_out = {"test_images": 5000, "evaluated": "held-out training images"}
    told = replace(run.status, started=replace(run.status.started, **held_out))
    statuses.write(run.folder, told)
    app = open_page("train")
    shown = metrics(app)
    assert shown["Held-out accuracy"] == "86.00%"
    assert "Test accuracy" not in shown
    # 196 sqrt(0.86 * 0.14 / 5000) = 0.962
    (beside,) = [each.value for each in app.caption if "95% interval" in each.value]
    assert "95% interval ±1.0 points (5,000 held-out training images)" in beside
    assert "EMA weights 87.00%" in beside
    assert "flip TTA (mirror images averaged) 88.00%" in beside
    assert not [each for each in shown.values() if each in ("87.00%", "88.00%")]
    (table,) = app.dataframe
    assert list(table.value["Of"]) == ["held-out training images"]


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("new", [True, False])
def test_every_view_draws_runs_of_this_and_of_earlier_versions(
    open_page: Open, view: str, new: bool
) -> None:
    run = finished_run(60.0)
    if new:
        with_all_figures(run)
    app = open_page("train")
    app.segmented_control(key="live_view").select(view).run()
    assert not app.exception
    assert not app.error


def test_how_long_it_takes_is_told_from_a_run_like_it(open_page: Open) -> None:
    finished_run(60.0)  # two epochs, 10 s and 1 s of testing each
    app = with_settings(own(open_page("train")))
    app.number_input(key="epochs").set_value(10).run()
    assert any(
        each.value.startswith("**About 2 min here**, going by an earlier run")
        for each in app.caption
    )
    app.number_input(key="batch_size").set_value(64).run()
    assert not any("by an earlier run" in each.value for each in app.caption)

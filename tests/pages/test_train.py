import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core import paths
from core.config import RunConfig, TrainingConfig
from core.runs import files, recorder
from core.runs import status as statuses
from core.runs.store import Run, list_runs
from core.training.runner import Runner
from tests.pages.conftest import Open, wait_for


def finished_run(accuracy: float, state: str = "finished", **training: object) -> Run:
    """A run's folder as a run of two epochs leaves it, without having trained."""
    config = RunConfig(training=TrainingConfig(epochs=2, **training))  # type: ignore[arg-type]
    run = Run(recorder.create(paths.runs_folder(), config))
    for step in range(1, 5):
        row = {"epoch": (step + 1) // 2, "step": step, "loss": 2.0, "accuracy": 30.0}
        row |= {"learning_rate": 0.1, "images_per_second": 500.0, "time": 1.0}
        files.append_line(run.folder / "steps.jsonl", row)
    for epoch in (1, 2):
        row = {"epoch": epoch, "train_loss": 1.5, "train_accuracy": 40.0, "test_loss": 1.4}
        row |= {"test_accuracy": accuracy + epoch, "seconds": 10.0, "test_seconds": 1.0}
        files.append_line(run.folder / "epochs.jsonl", row)
    status = replace(statuses.mine(1.0), state=state, steps_per_epoch=2, data_title="Shapes")
    statuses.write(run.folder, status)
    return run


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
    app = open_page("train")
    app.slider(key="epochs").set_value(3)
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
    assert shown["Training accuracy"] == "30.0%"
    assert shown["Images a second"] == "500"
    (table,) = app.dataframe
    assert list(table.value["Best"]) == [62.0]


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
    run = finished_run(60.0, state="running")
    plain = json.loads((run.folder / "status.json").read_text())
    (run.folder / "status.json").write_text(json.dumps({**plain, "process": 2**22 + 1}))
    app = open_page("train")
    assert any("Press Resume to go on" in warning.value for warning in app.warning)
    assert "resume" in [button.key for button in app.button]


def test_a_run_that_failed_says_why(open_page: Open) -> None:
    run = finished_run(60.0, state="failed")
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
    run = finished_run(60.0, state="running")
    app = open_page("train")
    app.button(key="delete").click().run()
    app.button(key="delete_for_good").click().run()
    assert run.folder.exists()
    assert any("stop it before deleting" in error.value for error in app.error)


def test_a_report_is_made_and_offered(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """From a run that was trained, on few images; what is in it is test_report's matter."""
    from lab import state
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
    app = open_page("train")
    app.number_input(key="learning_rate_sgd").set_value(value).run()
    (error,) = app.error
    assert f"The learning rate is {value}; choose a number over 0 and up to 10" in error.value
    assert "start" not in [button.key for button in app.button]
    app.number_input(key="learning_rate_sgd").set_value(0.05).run()
    assert not app.error
    assert "start" in [button.key for button in app.button]

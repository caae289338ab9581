"""Two runs: one trains, one waits. Stop stops the one that is looked at, and no other."""

from dataclasses import replace

import pytest

from core.runs import status as statuses
from core.runs.store import Run
from core.training.runner import Runner
from tests.pages.conftest import Open
from tests.pages.test_train import finished_run


def put(run: Run, state: str) -> None:
    statuses.write(run.folder, replace(run.status, state=state))  # type: ignore[arg-type]


def test_after_stop_the_stopped_run_stays_and_the_next_is_offered(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained, waiting = finished_run(60.0), finished_run(70.0, seed=1)
    put(trained, "running")
    put(waiting, "queued")
    stopped: list[str] = []

    def stop(self: Runner, name: str) -> None:
        stopped.append(name)
        put(trained, "stopped")
        put(waiting, "running")

    monkeypatch.setattr(Runner, "mine", lambda self, name: True)
    monkeypatch.setattr(Runner, "stop", stop)
    monkeypatch.setattr(Runner, "join", lambda self, name, seconds: True)
    app = open_page("train")
    app.button(key="stop").click().run()
    assert stopped == [trained.name]
    buttons = {each.key: each for each in app.button}
    assert "stop" not in buttons, "a second press would stop the run that comes next"
    assert buttons["stopped"].disabled
    assert any("Stopped" in each.value for each in app.subheader)
    assert any(each.value.startswith("Next: ") for each in app.markdown)
    app.button(key="watch_next").click().run()
    assert any("Training" in each.value for each in app.subheader)
    app.button(key="stop").click().run()
    assert stopped[-1] == waiting.name


def test_the_run_in_training_comes_before_the_one_that_waits(open_page: Open) -> None:
    trained, waiting = finished_run(60.0), finished_run(70.0, seed=1)
    put(trained, "running")
    put(waiting, "queued")
    home = open_page("home")
    assert any("Training" in each.value for each in home.markdown)
    train = open_page("train")
    (table,) = train.dataframe
    assert sorted(table.value["State"]) == ["Training", "Waiting"]
    put(waiting, "running")
    train.run()
    (table,) = train.dataframe
    assert sorted(table.value["State"]) == ["Training", "Training"]

"""The form of the Train page: what it begins with, and its settings in their dialog."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from core.config.run_config import RunConfig, TrainingConfig
from core.config.setting import settings_of
from core.runs.store import Run
from core.training.recipes import RECIPES
from core.training.runner import Runner
from tests.pages.conftest import Open, wait_for
from tests.pages.test_train import finished_run

SETTINGS = settings_of(TrainingConfig)


def test_the_form_begins_with_the_recipe_that_is_made_for_watching(open_page: Open) -> None:
    app = open_page("train")
    assert app.selectbox(key="recipe").value == "sprint"
    assert app.number_input(key="epochs").value == RECIPES["sprint"].config.training.epochs
    assert app.selectbox(key="network").value == RECIPES["sprint"].config.network.name
    assert any("Muon · One cycle" in each.value for each in app.caption)


def test_every_setting_has_a_control_with_its_own_words(open_page: Open) -> None:
    """Read from the configuration: one more field there is one more control here."""
    app = open_page("train")
    app.button(key="more_settings").click().run()
    drawn = {each.key: each for each in [*app.selectbox, *app.number_input]}
    for name, setting in SETTINGS.items():
        key = "learning_rate_muon" if name == "learning_rate" else name
        assert drawn[key].label.startswith(setting.label), name
        expected = setting.help if setting.choices is None else "**"
        assert expected in drawn[key].help


def test_what_is_set_in_the_dialog_is_kept_when_it_is_closed(open_page: Open) -> None:
    app = open_page("train")
    app.button(key="more_settings").click().run()
    app.number_input(key="batch_size").set_value(64)
    app.selectbox(key="schedule").select("step").run()
    app.session_state["page_settings_open"] = False
    app.run()
    assert "batch_size" not in [each.key for each in app.number_input], "the dialog is closed"
    assert any("batch size 64" in each.value for each in app.caption)
    app.number_input(key="epochs").set_value(2).run()
    assert any("Steps · " in each.value and "batch size 64" in each.value for each in app.caption)


def test_how_long_it_takes_is_measured_beside_the_page_and_said_before_start(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lab import state
    from lab.jobs.forecasts import ForecastJobs

    go = threading.Event()
    asked: list[RunConfig] = []

    def measure(self: object, config: RunConfig, should_stop: Callable[[], bool]) -> float:
        asked.append(config)
        assert go.wait(60)
        return 90.0 * config.training.epochs

    monkeypatch.setattr(ForecastJobs, "measure", measure)
    app = open_page("train")
    assert "start" in [each.key for each in app.button], "the page did not wait"
    assert any("Timing a few steps" in each.value for each in app.caption)
    go.set()
    wait_for(lambda: state.forecasts().known(asked[0]))
    app.run()
    assert any("**About 20 min here**" in each.value for each in app.caption)  # 13 x 90 s
    assert asked == [replace(RECIPES["sprint"].config, data="shapes")], "once, not with every run"
    app.number_input(key="epochs").set_value(1).run()
    wait_for(lambda: len(asked) == 2 and state.forecasts().known(asked[1]))
    app.run()
    assert any("**About 90 s here**" in each.value for each in app.caption)


def test_a_forecast_makes_way_for_a_run(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both draw from torch's numbers: beside it the run would not be that of its seed."""
    from lab import state
    from lab.jobs.forecasts import ForecastJobs

    at_work = threading.Event()

    def measure(self: object, config: RunConfig, should_stop: Callable[[], bool]) -> None:
        at_work.set()
        while not should_stop():
            time.sleep(0.01)
        at_work.clear()

    def start(self: Runner, config: RunConfig) -> Run:
        assert not at_work.is_set()
        return finished_run(50.0)

    monkeypatch.setattr(ForecastJobs, "measure", measure)
    monkeypatch.setattr(Runner, "start", start)
    app = open_page("train")
    assert at_work.wait(60)
    app.button(key="start").click().run()
    assert not app.error
    state.make_way()

"""The form of the Train page: what it begins with, and its settings in their dialog."""

from core.config.run_config import TrainingConfig
from core.config.setting import settings_of
from core.training.recipes import RECIPES
from tests.pages.conftest import Open

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

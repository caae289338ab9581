"""The Receptive field page: squares, arithmetic, the gradient check, state in the address."""

import pytest
from streamlit.testing.v1 import AppTest

from core.analysis.rules.thresholds import thresholds
from core.networks.building import STUDENT_CODE_VARIABLE
from core.networks.catalogue import NETWORKS
from tests.pages.conftest import Open


def words(app: AppTest) -> str:
    kinds = ("markdown", "caption", "info", "warning", "error", "success")
    return " ".join(element.value for kind in kinds for element in getattr(app, kind))


def table(app: AppTest) -> str:
    (found,) = [each.value for each in app.get("html") if "<table>" in each.value]
    return str(found)


def fine(app: AppTest) -> None:
    assert not app.exception
    assert not app.error, [error.value for error in app.error]


def test_every_layer_has_its_arithmetic_and_the_chosen_one_is_set_off(open_page: Open) -> None:
    app = open_page("receptive_field")
    fine(app)
    slider = app.select_slider(key="field_layer_modular_97k")
    assert len(slider.options) == 13
    assert slider.value == 12
    assert "conv13: 69 = 69 + (1−1) × 1 × 8" in words(app)
    assert "69 pixels" in words(app)
    slider.set_value(3).run()
    fine(app)
    # conv4 of modular_97k: 5 before, kernel 3, jump 2.
    assert "conv4: 9 = 5 + (3−1) × 1 × 2" in words(app)
    assert "not over the required 44" in words(app)
    assert table(app).count('<tr class="current"><td>conv4</td>') == 1
    assert app.query_params["layer"] in ("conv4", ["conv4"])


@pytest.mark.parametrize("name", NETWORKS.names())
def test_every_network_shows_all_views(open_page: Open, name: str) -> None:
    app = open_page("receptive_field")
    app.selectbox(key="field_network").set_value(name).run()
    fine(app)
    assert table(app).count("<tr") > 5
    app.session_state["field_view"] = "check"
    app.run()
    fine(app)
    assert "as propagated" in app.success[0].value


def test_the_effective_field_of_an_untrained_network(open_page: Open) -> None:
    app = open_page("receptive_field")
    app.session_state["field_view"] = "effective"
    app.run()
    fine(app)
    values = {metric.label: metric.value for metric in app.metric}
    assert values["Theoretical receptive field"] == "69 × 69 px"


def test_play_begins_again_after_the_last_layer_and_pause_stays(open_page: Open) -> None:
    app = open_page("receptive_field")
    app.button(key="field_play").click().run()
    fine(app)
    assert app.select_slider(key="field_layer_modular_97k").value == 0
    app.button(key="field_play").click().run()
    fine(app)
    assert app.button(key="field_play").label == "Play"


def test_network_layer_view_and_image_are_in_the_address(open_page: Open) -> None:
    app = open_page("receptive_field")
    for name, value in (("network", "padded_97k"), ("layer", "conv2.0"), ("image", "7")):
        app.query_params[name] = value
    app.run()
    fine(app)
    assert app.selectbox(key="field_network").value == "padded_97k"
    assert app.number_input(key="field_image").value == 7
    assert "### conv2.0: " in words(app)
    app.query_params["view"] = "check"
    app.run()
    assert app.success


def test_the_limit_is_the_assignments(open_page: Open) -> None:
    app = open_page("receptive_field")
    assert f"{thresholds().receptive_field} pixels, which the assignment asks" in words(app)


GLOBAL = b"""
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 8, 3), nn.Conv2d(8, 10, 5)

    def forward(self, x):
        x = self.first(x)
        x = x * x.mean((2, 3), keepdim=True).sigmoid()
        return self.second(x).mean((2, 3))
"""


def test_a_global_path_is_named_beside_the_local_field(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(STUDENT_CODE_VARIABLE, "1")
    app = open_page("receptive_field")
    app.selectbox(key="field_network").set_value("model.py").run()
    app.get("file_uploader")[0].set_value(("model.py", GLOBAL, "text/x-python")).run()
    fine(app)
    assert "second: 7 = 3 + (5−1) × 1 × 1" in words(app)
    assert "global paths, on which every position sees all of the image" in words(app)

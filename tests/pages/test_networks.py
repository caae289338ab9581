"""The pages Networks, Editor and Compare, as a browser's session sees them."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.networks import saved
from core.networks.building import STUDENT_CODE_VARIABLE
from core.networks.catalogue import NETWORKS
from tests.pages.conftest import Open

VIEWS = ("Verdict", "Layers", "Cost", "Diagram", "Predict")


def words(app: AppTest) -> str:
    kinds = ("markdown", "caption", "info", "warning", "error", "success", "subheader", "title")
    return " ".join(element.value for kind in kinds for element in getattr(app, kind))


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def by_key(elements: object, key: str):
    return next(element for element in elements if element.key == key)


def fine(app: AppTest) -> None:
    assert not app.exception
    assert not app.error, [error.value for error in app.error]


def test_a_network_is_read_and_judged(open_page: Open) -> None:
    app = open_page("networks")
    fine(app)
    assert metrics(app)["Parameters"] == "97,264"
    assert metrics(app)["Receptive field"] == "69 px"
    assert "7 pass, 0 fail, 2 not measured yet" in words(app)
    by_key(app.selectbox, "network_shown").set_value("dilated_162k").run()
    assert metrics(app)["Parameters"] == "162,296"
    assert "blocks.7.0 is depthwise, but its kernel is 1x1" in words(app)
    assert "−32,256 parameters" in words(app)
    by_key(app.selectbox, "verdict_policy").set_value("assignment").run()
    assert "7 pass, 1 fail, 1 not measured yet" in words(app)


def test_a_reconstruction_says_so_with_both_totals(open_page: Open) -> None:
    app = open_page("networks")
    by_key(app.selectbox, "network_shown").set_value("net_2m").run()
    warning = app.warning[0].value
    assert "Reconstructed" in warning
    assert "2,034,040" in warning
    assert "2,033,194" in warning


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_of_every_network_opens(open_page: Open, view: str) -> None:
    app = open_page("networks")
    app.session_state["network_view"] = view
    for name in NETWORKS.names():
        by_key(app.selectbox, "network_shown").set_value(name).run()
        fine(app)
        assert bool(app.metric) == (view != "Predict")  # it would give the answers away


def test_predict_then_reveal_spells_the_arithmetic_out(open_page: Open) -> None:
    app = open_page("networks")
    app.session_state["network_view"] = "Predict"
    app.run()
    assert "1 of 13: conv1" in words(app)
    app.text_input[0].set_value("3")
    app.button[0].click().run()
    assert "1 + (3 − 1) × 1 × 1 = 3" in words(app)
    assert "2 of 13: conv2" in words(app)
    app.text_input[0].set_value("7")
    next(b for b in app.button if "Reveal" in b.label).click().run()
    assert "your answer: 7" in words(app)
    assert "3 + (3 − 1) × 1 × 1 = 5" in words(app)


def test_files_are_off_unless_switched_on(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(STUDENT_CODE_VARIABLE, raising=False)
    app = open_page("networks")
    by_key(app.selectbox, "network_shown").set_value("model.py").run()
    assert STUDENT_CODE_VARIABLE in app.info[0].value
    assert not app.get("file_uploader")
    assert not app.metric


def test_a_students_file_on_the_page(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(STUDENT_CODE_VARIABLE, "1")
    app = open_page("networks")
    by_key(app.selectbox, "network_shown").set_value("model.py").run()
    source = (
        b"from torch import nn\nclass Net(nn.Sequential):\n    def __init__(self):\n"
        b"        super().__init__(nn.Conv2d(3, 10, 5), nn.AdaptiveAvgPool2d(1), nn.Flatten())\n"
    )
    app.get("file_uploader")[0].set_value(("model.py", source, "text/x-python")).run()
    fine(app)
    assert metrics(app)["Parameters"] == "760"
    assert metrics(app)["Receptive field"] == "5 px"
    app.get("file_uploader")[0].set_value(("model.py", b"class Net(:\n", "text/x-python")).run()
    assert "line 1" in app.error[0].value


def test_compare_marks_the_printed_125(open_page: Open) -> None:
    app = open_page("compare")
    fine(app)
    assert "prints a receptive field of 125; it is 69" in words(app)
    app.session_state["compare_view"] = "pair"
    app.run()
    fine(app)
    assert metrics(app)["Parameters"] == "97,264 → 97,264"
    assert "rows differ" in words(app)


def test_editor_follows_saves_and_undoes(open_page: Open, lab_home: Path) -> None:
    app = open_page("editor")
    fine(app)
    assert metrics(app)["Parameters"] == "97,264"
    # Delete conv1: conv2 then takes three channels, 64 * 3 * 9 in place of 864 + 64 * 32 * 9.
    next(b for b in app.button if b.label == "Delete row").click().run()
    fine(app)
    assert metrics(app)["Receptive field"] == "67 px"
    next(b for b in app.button if b.label == "Undo").click().run()
    assert metrics(app)["Receptive field"] == "69 px"
    next(t for t in app.text_input if t.label == "Save as").set_value("mine").run()
    next(b for b in app.button if b.label == "Save").click().run()
    assert saved.load("mine").layers[0]["name"] == "conv1"
    app.run()
    next(b for b in app.button if b.label == "Replace").click().run()
    assert "press Replace again" in words(app)
    next(t for t in app.text_input if t.label == "Save as").set_value("modular_97k").run()
    next(b for b in app.button if b.label == "Save").click().run()
    assert "documents' networks" in app.error[0].value


def test_editor_names_the_row_that_does_not_work(open_page: Open) -> None:
    app = open_page("editor")
    broken = [{"type": "conv", "channels": 8}, {"type": "conv", "channels": 9, "groups": 2}]
    app.session_state["page_editor_rows"] = broken
    app.session_state["page_editor_base"] = broken
    app.session_state["page_editor_version"] = 7
    app.run()
    assert not app.exception
    assert app.error[0].value.startswith("Row 2 (conv2): ")
    assert "The layers above row 2:" in words(app)


def test_editor_names_a_pooling_that_has_no_map(open_page: Open) -> None:
    app = open_page("editor")
    broken = [{"type": "conv", "channels": 8}, {"type": "flatten"}, {"type": "avg_pool"}]
    app.session_state["page_editor_rows"] = broken
    app.session_state["page_editor_base"] = broken
    app.session_state["page_editor_version"] = 7
    app.run()
    assert not app.exception
    assert app.error[0].value.startswith("Row 3 (pool1): it needs a map")
    assert "The layers above row 3:" in words(app)

"""Addresses that nobody would write: every page opens on its defaults, without an error box."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.networks.url import to_link
from lab import state
from tests.pages.conftest import Open
from tests.pages.odd_addresses import ODD

PARAMETERS = {
    "networks": ("network", "view"),
    "receptive_field": ("network", "view", "layer", "image"),
    "editor": ("network",),
    "compare": ("view", "first", "second"),
}


def quiet(app: AppTest, about: object) -> None:
    assert not app.exception, about
    assert not app.error, (about, [error.value for error in app.error])


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What the page's address says, whatever it holds: AppTest cannot encode lone surrogates."""
    said: dict[str, str] = {}
    monkeypatch.setattr(state, "from_url", lambda name: said.get(name))
    monkeypatch.setattr(
        state, "to_url", lambda name, text: said.pop(name, "") if text is None else None
    )
    return said


@pytest.mark.parametrize("page", PARAMETERS)
def test_odd_addresses_show_the_defaults(
    open_page: Open, written: dict[str, str], page: str
) -> None:
    app = open_page(page)
    if page == "compare":
        app.session_state["compare_view"] = "pair"
        app.run()
    quiet(app, page)
    before = [(each.key, each.value) for each in (*app.selectbox, *app.get("segmented_control"))]
    for odd in ODD:
        written.update(dict.fromkeys(PARAMETERS[page], odd))
        app.run()
        quiet(app, (page, odd[:40]))
        after = [(each.key, each.value) for each in (*app.selectbox, *app.get("segmented_control"))]
        assert after == before, (page, odd[:40])
        assert not {*written} - {"view"}, "what means nothing is taken out of the address"


def test_odd_layers_are_told_in_one_sentence(open_page: Open, written: dict[str, str]) -> None:
    app = open_page("editor")
    for odd in ODD[2:]:
        written["layers"] = odd
        app.run()
        quiet(app, odd[:40])
        assert "The layers in the address cannot be read" in app.warning[0].value
        assert not written
    app.run()
    assert not app.warning


ROWS: tuple[Any, ...] = (
    [], [{}], [{"type": 7}], [{"type": "conv", "channels": 1.5}], [{"type": "conv", "p": "x"}],
    [{"type": "conv", "kernel": [1, 2], "zzz": 1}], [{"type": "conv", "bias": "yes"}],
    [{"type": "conv", "name": "<b>"}], [{"type": "conv", "from": "conv9"}], [{"type": "add"}],
    [{"type": "conv", "channels": 10**6}], [{"type": "conv", "kernel": "4096"}],
    [{"type": "conv", "name": "a"}, {"type": "relu", "name": "a"}], [{"type": None}],
    [{"type": "relu"}] * 301, [{"type": True, "p": True, "bias": 3}], [{"type": ["conv", "conv"]}],
    [{"type": "conv"}, {"type": "flatten"}, {"type": "linear", "channels": "classes"}],
    [{"type": "flatten"}, {"type": "linear", "channels": 4096}, {"type": "linear"}] * 5,
)  # fmt: skip


@pytest.mark.parametrize("place", range(len(ROWS)))
def test_odd_tables_are_told_in_sentences(
    open_page: Open, written: dict[str, str], place: int
) -> None:
    link = to_link(ROWS[place])
    assert link is not None
    written["layers"] = link
    app = open_page("editor")
    assert not app.exception
    assert not [error.value for error in app.error if "defect of the lab" in error.value]


def test_odd_weights_are_the_untrained(open_page: Open, written: dict[str, str]) -> None:
    app = open_page("receptive_field")
    for odd in ODD[:8]:
        written.update(view="effective", weights=odd)
        app.run()
        quiet(app, odd[:40])
        assert app.selectbox(key="effective_weights").value == "untrained"


@pytest.mark.parametrize("page", PARAMETERS)
def test_a_repeated_parameter(open_page: Open, page: str) -> None:
    app = open_page(page)
    for name in PARAMETERS[page]:
        app.query_params[name] = ["one", "<b>", "two"]
    app.run()
    quiet(app, page)

"""Addresses that nobody would write: every page opens on its defaults, without an error box."""

import pytest
from streamlit.testing.v1 import AppTest

from lab import state
from tests.pages.conftest import Open

PARAMETERS = {
    "networks": ("network", "view"),
    "receptive_field": ("network", "view", "layer", "image"),
    "editor": ("network",),
    "compare": ("view", "first", "second"),
}
ODD = (
    "", " ", "²", "٣", "-1", "1e9", "0x10", "1_000", "9" * 20, "9" * 400, "NaN", "null", "None",
    "[]", "{}", "true", "0.5", "<script>alert(1)</script>", "**bold** :red[x]", "'; DROP TABLE",
    "../../etc/passwd", "/etc/passwd", "model.py:Net", "modular_97k ", "MODULAR_97K", "\x00", "🙂",
    "\u202eabc", "%00", "x" * 5_000, "{" * 5_000, "Layers\n", "a,b", "\ud800", "a\udfffb",
)  # fmt: skip


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

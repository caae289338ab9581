"""Networks, Receptive field, Editor and Compare in the browser: reload, sticky figures, widths."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser import address, button, settle
from tests.e2e.conftest import PATIENCE
from tests.e2e.server import LabServer

pytestmark = pytest.mark.e2e


def chosen(page: Page, label: str) -> str:
    """What the menu with this label shows."""
    return page.get_by_test_id("stMain").get_by_role("combobox", name=label).input_value()


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_test_id("stMain").get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=option).click()
    settle(page)


def test_network_and_view_outlive_a_reload(page: Page, server: LabServer) -> None:
    page.goto(address(server.url, "networks"))
    settle(page)
    choose(page, "Network", "Dilated, 162k (004)")
    page.get_by_test_id("stMain").get_by_text("Layers", exact=True).first.click()
    page.wait_for_url(re.compile("view=Layers"))
    settle(page)
    page.reload()
    settle(page)
    assert chosen(page, "Network") == "Dilated, 162k (004)"
    expect(page.locator(".tb")).to_contain_text("BatchNorm2d")


def test_an_edited_table_outlives_a_reload(page: Page, server: LabServer) -> None:
    page.goto(address(server.url, "editor"))
    settle(page)
    assert "layers=" not in page.url
    button(page, "Delete row").click()
    page.wait_for_url(re.compile("layers="))
    settle(page)
    bar = page.locator(".st-key-editor_bar")
    expect(bar).to_contain_text("67 px")
    page.reload()
    settle(page)
    expect(bar).to_contain_text("67 px")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_figures_stay_in_sight_above_the_editors_table(
    browser: Browser, server: LabServer, scheme: str
) -> None:
    context = browser.new_context(
        viewport={"width": 1440, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(address(server.url, "editor"))
    settle(page)
    bar = page.locator(".st-key-editor_bar")
    expect(bar.get_by_test_id("stMetric")).to_have_count(4)
    page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, 700)")
    page.wait_for_timeout(500)
    box = bar.bounding_box()
    assert box is not None
    assert 0 <= box["y"] < 40, "at the upper edge"
    assert box["height"] < 200
    # Nothing shines through: behind the bar there is the page's own color.
    behind = bar.evaluate("bar => getComputedStyle(bar.parentElement).backgroundColor")
    page_color = page.get_by_test_id("stApp").evaluate("a => getComputedStyle(a).backgroundColor")
    assert behind == page_color
    context.close()


def test_the_walk_through_the_layers(page: Page, server: LabServer) -> None:
    page.goto(address(server.url, "receptive_field") + "?layer=conv11")
    settle(page)
    main = page.get_by_test_id("stMain")
    expect(main.get_by_role("heading", name=re.compile("^conv11: 53 = 37"))).to_be_visible()
    button(page, "Play").click()
    expect(main.get_by_role("heading", name=re.compile("^conv12: "))).to_be_visible()
    expect(main.get_by_role("heading", name=re.compile("^conv13: "))).to_be_visible()
    expect(button(page, "Play")).to_be_visible()  # it ends by itself
    assert "layer=" not in page.url, "the last layer is the default"


MARKDOWN = r"\*\*|:material|:(gray|green|red|orange|blue|small)[\[-]|`|\]\("
LABELS = """() => [...document.querySelectorAll('[aria-label], [title], [placeholder]')].flatMap(
    each => ['aria-label', 'title', 'placeholder'].map(name => each.getAttribute(name) ?? ''))"""


@pytest.mark.parametrize(
    "name",
    [
        *("networks", "networks?view=Predict", "receptive_field", "receptive_field?view=effective"),
        *("editor", "compare", "compare?view=pair", "mistakes"),
    ],
)
def test_labels_for_screen_readers_hold_no_markdown(
    page: Page, server: LabServer, name: str
) -> None:
    page.goto(f"{server.url}/{name}")
    settle(page)
    labels = [each for each in page.evaluate(LABELS) if each]
    assert len(labels) > 5
    assert not [each for each in labels if re.search(MARKDOWN, each)]


@pytest.mark.parametrize("query", ["", "?view=pair"])
def test_no_column_of_a_comparison_is_cut_off(page: Page, server: LabServer, query: str) -> None:
    page.goto(address(server.url, "compare") + query)
    settle(page)
    table = page.locator(".tb").first
    expect(table).to_be_visible()
    assert table.evaluate("box => box.scrollWidth - box.clientWidth") <= 0

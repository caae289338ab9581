"""The form of the Train page in the browser: a recipe fills it, a range test runs beside it."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.browser import address, button, settle
from tests.e2e.charts import chart
from tests.e2e.server import LabServer

pytestmark = pytest.mark.e2e


@pytest.fixture
def train(page: Page, server: LabServer) -> Page:
    page.goto(address(server.url, "train"))
    settle(page)
    menu = page.get_by_role("combobox", name=re.compile("Recipe"))
    if not menu.count():  # seen once, on a busy machine: a person loads the page again
        page.reload()
        settle(page)
    return page


def epochs(page: Page) -> Locator:
    return page.get_by_role("spinbutton", name="Epochs", exact=True)


def test_a_recipe_fills_the_form_and_stays_on_the_way_to_another_page_and_back(
    train: Page,
) -> None:
    menu = train.get_by_role("combobox", name=re.compile("Recipe"))
    menu.click()
    train.get_by_role("option", name="Document 003", exact=True).click()
    expect(epochs(train)).to_have_value("75")
    expect(button(train, "Start")).to_be_enabled()  # the third click
    train.wait_for_url("**/train?recipe=doc_003")

    links = train.get_by_test_id("stSidebarNav").get_by_role("link")
    links.filter(has_text="Networks").click()
    train.wait_for_url("**/networks*")
    settle(train)
    links.filter(has_text="Train").click()
    train.wait_for_url("**/train?recipe=doc_003")
    expect(epochs(train)).to_have_value("75")

    epochs(train).fill("7")
    epochs(train).press("Enter")
    expect(train.get_by_text("Changed from the recipe: Epochs.")).to_be_visible()
    button(train, "Reset to the recipe").click()
    expect(epochs(train)).to_have_value("75")


def test_a_recipe_in_the_address(page: Page, server: LabServer) -> None:
    page.goto(address(server.url, "train") + "?recipe=doc_004")
    expect(epochs(page)).to_have_value("300")


def test_a_range_test_is_watched_and_canceled(train: Page) -> None:
    button(train, "More settings").click()
    dialog = train.get_by_role("dialog")
    dialog.get_by_role("button", name="Find a learning rate", exact=True).click()
    expect(dialog.get_by_text(re.compile(r"Trying rate 0\.0"))).to_be_visible()
    expect(dialog.get_by_role("spinbutton", name="Batch size")).to_be_enabled()  # not held up
    expect(chart(train, "Loss against learning rate")).to_be_visible()
    dialog.get_by_role("button", name="Cancel", exact=True).click()
    expect(dialog.get_by_text("Canceled.", exact=True)).to_be_visible()
    expect(dialog.get_by_role("button", name="Find a learning rate", exact=True)).to_be_enabled()

"""The Augmentations page in the browser: sliders move pixels, and only those they should."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import address, eventually, open_tab, settle
from tests.e2e.server import LabServer

pytestmark = pytest.mark.e2e


@pytest.fixture
def bench(page: Page, server: LabServer) -> Page:
    """The page, opened and drawn."""
    page.goto(address(server.url, "augmentations"))
    settle(page)
    expect(page.locator("img[alt$=', augmented']")).to_have_count(16)
    return page


def sources(page: Page, which: str) -> list[str]:
    """The pictures as the page holds them; `which` is original or augmented."""
    images = page.locator(f"img[alt$=', {which}']")
    found = images.evaluate_all("all => all.map(one => one.src)")
    return [str(source) for source in found]


def slide(page: Page, label: str, key: str) -> None:
    """Push the slider whose label holds these words as far as `key` takes it."""
    knob = page.get_by_role("slider", name=label)
    knob.focus()
    knob.press(key)


def wait_for_change(page: Page, before: list[str]) -> None:
    page.wait_for_function(
        "before => [...document.querySelectorAll(\"img[alt$=', augmented']\")]"
        ".some((one, index) => one.src !== before[index])",
        arg=before,
    )
    settle(page)
    page.wait_for_function(
        "() => [...document.querySelectorAll(\"img[alt$=', augmented']\")]"
        ".every(one => one.complete && one.naturalWidth)"
    )


def test_a_slider_changes_the_picture_on_the_screen(bench: Page) -> None:
    first = bench.locator("img[alt$=', augmented']").first
    originals, before, seen = sources(bench, "original"), sources(bench, "augmented"), {}
    for end in ("Home", "End"):  # never flipped, always flipped
        slide(bench, "Horizontal flip", end)
        wait_for_change(bench, before)
        before, seen[end] = sources(bench, "augmented"), first.screenshot()
    assert seen["Home"] != seen["End"], "the same pixels with and without a flip"
    assert sources(bench, "original") == originals, "the images stay, what is done to them changes"


def test_re_roll_draws_anew(bench: Page) -> None:
    originals, before = sources(bench, "original"), sources(bench, "augmented")
    bench.get_by_role("button", name="Re-roll").click()
    wait_for_change(bench, before)
    assert sources(bench, "original") == originals


def test_what_is_set_is_kept_on_the_way_to_another_page_and_back(bench: Page) -> None:
    before = sources(bench, "augmented")
    slide(bench, "Horizontal flip", "End")
    wait_for_change(bench, before)
    after = sources(bench, "augmented")
    links = bench.get_by_test_id("stSidebarNav").get_by_role("link")
    links.filter(has_text="Networks").click()
    bench.wait_for_url("**/networks*")
    settle(bench)
    links.filter(has_text="Augmentations").click()
    expect(bench.locator("img[alt$=', augmented']")).to_have_count(16)
    settle(bench)
    eventually(bench, lambda: sources(bench, "augmented"), after.__eq__)


def test_every_tab_opens(bench: Page) -> None:
    tabs = bench.get_by_test_id("stMain").get_by_role("tab")
    expect(tabs.nth(2)).to_be_visible()
    for name in tabs.all_inner_texts():
        open_tab(bench, name)
        settle(bench)
        expect(bench.get_by_test_id("stException")).to_have_count(0)
        expect(bench.get_by_text("defect of the lab"), f"in the tab {name}").to_have_count(0)

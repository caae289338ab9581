"""The Augmentations page in the browser: sliders move pixels, and only those they should."""

from urllib.parse import unquote

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.browser import address, eventually, open_tab, settle
from tests.e2e.server import LabServer

pytestmark = pytest.mark.e2e


@pytest.fixture
def opened(page: Page, server: LabServer) -> Page:
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


def test_a_slider_changes_the_picture_on_the_screen(opened: Page) -> None:
    first = opened.locator("img[alt$=', augmented']").first
    originals, before, seen = sources(opened, "original"), sources(opened, "augmented"), {}
    for end in ("Home", "End"):  # never flipped, always flipped
        slide(opened, "Horizontal flip", end)
        wait_for_change(opened, before)
        before, seen[end] = sources(opened, "augmented"), first.screenshot()
    assert seen["Home"] != seen["End"], "the same pixels with and without a flip"
    assert sources(opened, "original") == originals, "the images stay, what is done to them changes"


def test_resample_samples_anew(opened: Page) -> None:
    originals, before = sources(opened, "original"), sources(opened, "augmented")
    opened.get_by_role("button", name="Resample").click()
    wait_for_change(opened, before)
    assert sources(opened, "original") == originals


def test_what_is_set_is_kept_on_the_way_to_another_page_and_back(opened: Page) -> None:
    before = sources(opened, "augmented")
    slide(opened, "Horizontal flip", "End")
    wait_for_change(opened, before)
    after = sources(opened, "augmented")
    links = opened.get_by_test_id("stSidebarNav").get_by_role("link")
    links.filter(has_text="Networks").click()
    opened.wait_for_url("**/networks*")
    settle(opened)
    links.filter(has_text="Augmentations").click()
    expect(opened.locator("img[alt$=', augmented']")).to_have_count(16)
    settle(opened)
    eventually(opened, lambda: sources(opened, "augmented"), after.__eq__)


def test_every_tab_opens(opened: Page) -> None:
    tabs = opened.get_by_test_id("stMain").get_by_role("tab")
    expect(tabs.nth(2)).to_be_visible()
    for name in tabs.all_inner_texts():
        open_tab(opened, name)
        settle(opened)
        expect(opened.get_by_test_id("stException")).to_have_count(0)
        expect(opened.get_by_text("defect of the lab"), f"in the tab {name}").to_have_count(0)


def value(page: Page, label: str) -> float:
    """What the slider whose label holds these words is set to (the lower end of a range)."""
    return float(page.get_by_role("slider", name=label).first.input_value())


def undo(page: Page, words: str = "undo") -> Locator:
    return page.get_by_test_id("stMain").get_by_role("button", name=words)


@pytest.mark.parametrize("presses", [5, 8])
def test_a_held_arrow_key_keeps_its_value_and_the_focus_and_is_one_step(
    opened: Page, presses: int
) -> None:
    label = "Shift, scale, rotate"
    start = value(opened, label)
    opened.get_by_role("slider", name=label).first.focus()
    expect(undo(opened)).to_be_disabled()
    for _ in range(presses):
        opened.keyboard.press("ArrowRight")
    expect(undo(opened)).to_be_enabled()
    opened.wait_for_timeout(1500)  # in which answers that come late would set it back
    settle(opened)
    assert value(opened, label) == start + presses
    focus = opened.evaluate("[document.activeElement.type, document.activeElement.value]")
    assert focus == ["range", str(int(start + presses))]
    assert f"rotate_limit={start + presses:g}," in unquote(opened.url)
    undo(opened).click()
    expect(undo(opened)).to_be_disabled()
    expect(undo(opened, "redo")).to_be_enabled()
    assert value(opened, label) == start
    undo(opened, "redo").click()
    expect(undo(opened, "redo")).to_be_disabled()
    assert value(opened, label) == start + presses


def test_undo_and_redo_go_through_every_kind_of_change(opened: Page) -> None:
    def policy() -> str:
        return unquote(opened.url.partition("policy=")[2])

    seen = [policy()]

    def changed() -> None:
        settle(opened)
        seen.append(eventually(opened, policy, lambda now: now != seen[-1]))

    slide(opened, "Horizontal flip", "End")
    changed()
    for label, choice in (("Add a transform", "To gray"), ("Policy", "Document 004")):
        opened.get_by_role("combobox", name=label).click()
        opened.get_by_role("option", name=choice).click()
        changed()
    slide(opened, "Horizontal flip", "Home")
    changed()
    for words, wanted in (("undo", seen[-2::-1]), ("redo", seen[1:])):
        for link in wanted:
            undo(opened, words).click()
            eventually(opened, policy, link.__eq__)
            settle(opened)
        expect(undo(opened, words)).to_be_disabled()

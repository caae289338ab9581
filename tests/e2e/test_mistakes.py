"""The Mistakes page in the browser: a cell is clicked, the gallery follows; a picture is sent."""

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.data import shape_drawing
from core.data.sources import shapes
from lab.images.sheets import png
from tests import finished_run
from tests.e2e.browser import address, button, eventually, open_tab, settle
from tests.e2e.server import LabServer

pytestmark = pytest.mark.e2e
NAMES = shape_drawing.CLASS_NAMES


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    """A lab with one finished run on shapes."""
    home = tmp_path_factory.mktemp("lab")
    finished_run.make(home, shapes.load())
    with LabServer(home) as running:
        yield running


@pytest.fixture
def mistakes(page: Page, server: LabServer) -> Page:
    page.goto(address(server.url, "mistakes"))
    settle(page)
    expect(page.locator(".tiles[data-drawn] .tile").nth(9)).to_be_visible()
    return page


def captions(page: Page) -> set[tuple[str, str]]:
    """What the tiles say: the true class and the answer of each."""
    words = page.locator(".tile").evaluate_all(
        "all => all.map(one => ['.first', '.second'].map(part => "
        "one.querySelector(part).textContent))"
    )
    return {(first, second) for first, second in words}


def cell(page: Page, true: int, said: int) -> None:
    page.locator(f'.frame [data-at="{true},{said}"]').click()
    expect(page.locator(".frame .chosen")).to_have_attribute("data-at", f"{true},{said}")
    settle(page)


def expect_captions(page: Page, true: int, said: int) -> None:
    """All tiles are of one cell."""
    eventually(page, lambda: captions(page), {(f"true: {NAMES[true]}", NAMES[said])}.__eq__)


def test_a_click_on_a_cell_and_the_gallery_follows(mistakes: Page) -> None:
    # Every fourth image is taken for the next class: of the even classes, none of the odd ones.
    eventually(mistakes, lambda: captions(mistakes), lambda all_of_them: len(all_of_them) > 2)
    cell(mistakes, 2, 3)
    expect(button(mistakes, f"{NAMES[2]} predicted as {NAMES[3]}")).to_be_visible()  # the chip
    expect_captions(mistakes, 2, 3)
    expect(mistakes.locator(".tile").first).to_be_in_viewport()

    cell(mistakes, 5, 5)  # the diagonal: what was recognized
    expect_captions(mistakes, 5, 5)

    cell(mistakes, 1, 7)  # never happened
    expect(mistakes.get_by_text("There are no wrong predictions here")).to_be_visible()
    expect(mistakes.locator(".tile")).to_have_count(0)
    button(mistakes, f"{NAMES[1]} predicted as {NAMES[7]}").click()
    expect(mistakes.locator(".tile").nth(9)).to_be_visible()
    eventually(mistakes, lambda: captions(mistakes), lambda all_of_them: len(all_of_them) > 2)


def test_the_epoch_slider_moves_matrix_and_gallery(mistakes: Page) -> None:
    before = mistakes.locator('.frame [data-at="2,2"]').inner_text()
    knob = mistakes.get_by_role("slider", name=re.compile("^Epoch"))
    knob.focus()
    knob.press("Home")
    expect(mistakes.locator('.frame [data-at="2,2"]')).to_have_text("")
    eventually(mistakes, lambda: {second for _, second in captions(mistakes)}, {NAMES[0]}.__eq__)
    knob.press("End")
    expect(mistakes.locator('.frame [data-at="2,2"]')).to_have_text(before)


def test_every_tab_opens(mistakes: Page) -> None:
    tabs = mistakes.get_by_test_id("stMain").get_by_role("tab")
    expect(tabs.nth(5)).to_be_visible()
    for name in tabs.all_inner_texts():
        open_tab(mistakes, name)
        settle(mistakes)
        expect(mistakes.get_by_test_id("stException")).to_have_count(0)
        expect(mistakes.get_by_text("defect of the lab")).to_have_count(0)


def test_one_image_close_up(mistakes: Page) -> None:
    mistakes.locator(".tile").nth(1).click()
    closer = mistakes.get_by_role("dialog")
    expect(closer.get_by_text("(predicted class, ")).to_be_visible()
    for name, said in (
        ("Is the heat map reliable?", "random map"),
        ("Nearest training images", "all .* training images once"),
        ("Augmented views", "of 12 views are still predicted as"),
        ("Learning history", "Never correct in 3 epochs|First correct after epoch"),
    ):
        expect(open_tab(closer, name)).to_contain_text(re.compile(said))
    expect(mistakes.get_by_text("defect of the lab")).to_have_count(0)


def test_a_picture_is_dropped_pasted_and_refused(mistakes: Page, tmp_path: Path) -> None:
    panel = open_tab(mistakes, "Your image")
    pixels = shape_drawing.make(10, 20).test_images[3].permute(1, 2, 0).numpy()
    mine = tmp_path / "mine.png"
    mine.write_bytes(png(pixels.repeat(4, 0).repeat(3, 1)))
    upload = panel.locator("input[type=file]")
    upload.set_input_files(mine)
    expect(mistakes.get_by_text("A square of 96×96 pixels was cut out")).to_be_visible()
    mistakes.get_by_text("Stretch", exact=True).click()
    expect(mistakes.get_by_text("stretched from 96×128 to 32×32")).to_be_visible()
    expect(mistakes.get_by_text("Evidence for").first).to_be_visible()

    broken = tmp_path / "broken.png"
    broken.write_bytes(mine.read_bytes()[:200])
    upload.set_input_files(broken)
    expect(mistakes.get_by_text("'broken.png' is damaged or cut short")).to_be_visible()

    paste(mistakes, png(pixels.repeat(2, 0).repeat(2, 1)))
    expect(mistakes.get_by_text("scaled from 64×64 to 32×32")).to_be_visible()
    expect(mistakes.get_by_text("Evidence for").first).to_be_visible()


def paste(page: Page, file: bytes) -> None:
    """What a browser does when a copied picture is pasted."""
    page.evaluate(
        """data => {
            const bytes = Uint8Array.from(atob(data), each => each.charCodeAt(0));
            const held = new DataTransfer();
            held.items.add(new File([bytes], 'image.png', {type: 'image/png'}));
            document.body.dispatchEvent(
                new ClipboardEvent('paste', {clipboardData: held, bubbles: true}));
        }""",
        base64.b64encode(file).decode(),
    )

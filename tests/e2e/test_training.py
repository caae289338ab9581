"""A run in the browser: started, watched, found again after a reload and in a second tab, stopped,
and its mistakes looked at.

One run serves all tests of this file, for training is what costs time; they run in this order.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.browser import address, button, eventually, heading, settle, switch_on
from tests.e2e.charts import axis, chart, points, wait_for_points
from tests.e2e.conftest import PATIENCE
from tests.e2e.server import LabServer

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
TRAINING, TEST = 0, 1  # the lines of the accuracy chart
STEPS_SECONDS, EPOCH_SECONDS = 240_000, 900_000  # ms, on a machine that others use too


@dataclass
class Tab:
    """The tab in which the run was started."""

    page: Page
    run: str


@pytest.fixture(scope="module")
def started(browser: Browser, server: LabServer) -> Iterator[Tab]:
    """The Train page just after Start was pressed, by somebody who double-clicks everything."""
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(address(server.url, "train"))
    settle(page)
    button(page, "Start").dblclick()
    expect(button(page, "Stop")).to_be_visible()
    settle(page)
    runs = [folder.name for folder in (server.home / "runs").iterdir()]
    assert len(runs) == 1, "a double click starts one run, not two"
    yield Tab(page, runs[0])
    context.close()


def test_a_curve_gains_points_without_being_touched(started: Tab) -> None:
    wait_for_points(started.page, "Loss", 3, TRAINING, STEPS_SECONDS)
    before = points(started.page, "Loss")[TRAINING]
    wait_for_points(started.page, "Loss", before + 3, TRAINING, STEPS_SECONDS)


def test_updates_draw_into_the_same_chart(started: Tab) -> None:
    """A chart that is thrown away and drawn anew flickers."""
    page = started.page
    chart(page, "Loss").evaluate("plot => { plot.dataset.witness = 'me' }")
    before = points(page, "Loss")[TRAINING]
    wait_for_points(page, "Loss", before + 2, TRAINING, STEPS_SECONDS)
    assert chart(page, "Loss").get_attribute("data-witness") == "me"


def test_zoom_is_kept_over_updates(started: Tab) -> None:
    page = started.page
    before = axis(page, "Loss", "xaxis")

    def width(ends: list[float]) -> float:
        return ends[1] - ends[0]

    def zoom() -> list[float]:
        """Again where a busy browser lost a part of the movement."""
        box = chart(page, "Loss").locator(".nsewdrag").bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + box["height"] * 0.2)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.8, steps=8)
        page.mouse.up()
        page.wait_for_timeout(1500)
        return axis(page, "Loss", "xaxis")

    eventually(page, zoom, lambda ends: width(ends) < 0.6 * width(before))
    zoomed = [axis(page, "Loss", name) for name in ("xaxis", "yaxis")]
    count = points(page, "Loss")[TRAINING]
    wait_for_points(page, "Loss", count + 3, TRAINING, STEPS_SECONDS)
    assert [axis(page, "Loss", name) for name in ("xaxis", "yaxis")] == zoomed


def test_a_reload_finds_the_run(started: Tab) -> None:
    before = points(started.page, "Loss")[TRAINING]
    started.page.reload()
    wait_for_points(started.page, "Loss", before, TRAINING, STEPS_SECONDS)
    expect(button(started.page, "Stop")).to_be_visible()


def test_a_second_tab_finds_the_run(
    started: Tab, context: BrowserContext, server: LabServer
) -> None:
    other = context.new_page()
    other.goto(address(server.url, "train"))
    wait_for_points(other, "Loss", points(started.page, "Loss")[TRAINING], TRAINING, STEPS_SECONDS)
    expect(button(other, "Stop")).to_be_visible()
    other.close()


def test_pause_holds_the_curve_and_continue_releases_it(started: Tab) -> None:
    page = started.page
    button(page, "Pause").click()
    expect(heading(page, "Paused")).to_be_visible()

    def over_three_seconds() -> tuple[int, int]:
        before = points(page, "Loss")[TRAINING]
        page.wait_for_timeout(3000)
        return before, points(page, "Loss")[TRAINING]

    # What was done before the pause may reach the screen a little later.
    held, _ = eventually(page, over_three_seconds, lambda counts: counts[0] == counts[1])
    button(page, "Continue").click()
    wait_for_points(page, "Loss", held + 1, TRAINING, STEPS_SECONDS)


def test_stop_ends_it_and_everything_is_kept(started: Tab, server: LabServer) -> None:
    """After a whole epoch, so that there is something to keep."""
    page = started.page
    wait_for_points(page, "Accuracy", 1, TEST, EPOCH_SECONDS)
    button(page, "Stop").click()
    expect(heading(page, "Stopped")).to_be_visible()
    expect(button(page, "Start")).to_be_visible()
    expect(button(page, "Stop")).to_be_disabled()
    folder = server.home / "runs" / started.run
    for name in ("config.json", "epochs.jsonl", "last.safetensors", "best.safetensors"):
        assert (folder / name).stat().st_size > 0


def test_its_mistakes_have_heat_maps(started: Tab) -> None:
    page = started.page
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Mistakes").click()
    page.wait_for_url("**/mistakes*")
    # After one epoch it makes many mistakes.
    expect(page.locator(".tiles[data-drawn='images'] canvas").nth(9)).to_be_visible()
    settle(page)
    plain = eventually(page, lambda: pixels(page, "images"), lambda drawn: len(set(drawn)) > 1)

    switch_on(page, "Heat maps")
    eventually(
        page,
        lambda: pixels(page, "heat"),
        lambda hot: len(hot) == len(plain) and not any(map(str.__eq__, plain, hot)),
    )

    page.locator(".tile").nth(0).click()
    closer = page.get_by_role("dialog")
    expect(closer.get_by_text("(predicted class, ")).to_be_visible()
    expect(closer.locator("img").nth(1)).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)


def pixels(page: Page, kind: str) -> list[str]:
    """What each tile shows, as the browser would save it; nothing until `kind` is drawn."""
    drawn = page.locator(f".tiles[data-drawn='{kind}'] canvas").evaluate_all(
        "all => all.map(one => one.toDataURL())"
    )
    return [str(picture) for picture in drawn]

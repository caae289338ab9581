"""Every page opens: nothing raised, nothing refused, nothing fetched from outside."""

import re
from functools import partial
from urllib.parse import urlparse

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, expect

from tests.e2e.browser import PAGES, address, eventually, settle
from tests.e2e.server import LabServer

pytestmark = pytest.mark.e2e

# Streamlit asks for these below a page's address first, is told 404, and asks again at the root.
ITS_OWN_PROBES = ("/_stcore/health", "/_stcore/host-config")


class Ears:
    """What a page complains about, but for what Streamlit itself does by design."""

    def __init__(self, page: Page, url: str) -> None:
        self.complaints: list[str] = []
        self.outside: list[str] = []
        self._host = urlparse(url).netloc
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        where = message.location.get("url", "")
        if message.type == "error" and not where.endswith(ITS_OWN_PROBES):
            self.complaints.append(f"{message.text} ({where})")

    def _request(self, request: Request) -> None:
        parts = urlparse(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != self._host:
            self.outside.append(request.url)


# Everything that a screen reader reads of what it cannot see.
LABELS = """() => [...document.querySelectorAll('[aria-label], [title], [alt]')].flatMap(
    found => ['aria-label', 'title', 'alt'].map(name => found.getAttribute(name) ?? ''))"""


@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens_and_complains_of_nothing(page: Page, server: LabServer, name: str) -> None:
    ears = Ears(page, server.url)
    page.goto(address(server.url, name))
    settle(page)
    expect(page.get_by_test_id("stMain").get_by_role("heading").first).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)
    expect(page.get_by_test_id("stMain").get_by_text("defect of the lab")).to_have_count(0)
    labels = page.evaluate(LABELS)
    assert [label for label in labels if re.search(r"\*\*|:material/|:gray\[|`", label)] == []
    assert ears.complaints == []
    assert ears.outside == [], "the lab works where there is no network"


def test_the_navigation_leads_to_every_page(page: Page, server: LabServer) -> None:
    page.goto(server.url)
    settle(page)
    links = page.get_by_test_id("stSidebarNav").get_by_role("link")
    expect(links).to_have_count(len(PAGES))
    words = [text.split("\n")[-1] for text in links.all_inner_texts()]  # before it, the icon
    assert words == list(PAGES.values())
    for name in [*list(PAGES)[1:], "home"]:
        links.nth(list(PAGES).index(name)).click()
        page.wait_for_url(f"**/{name}*" if name != "home" else f"{server.url}/*")
        settle(page)
        expect(page.get_by_test_id("stException")).to_have_count(0)


def test_no_page_is_wider_than_the_window(context: BrowserContext, server: LabServer) -> None:
    """At 800 pixels, half a projector, nothing may be cut off at the right."""
    page = context.new_page()
    page.set_viewport_size({"width": 800, "height": 900})
    for name in PAGES:
        page.goto(address(server.url, name))
        settle(page)
        main = page.get_by_test_id("stMain")
        too_wide = "main => main.scrollWidth - main.clientWidth"
        eventually(page, partial(main.evaluate, too_wide), lambda wide: wide <= 0, seconds=20)


def test_pages_begin_at_the_top_and_charts_are_read_from_the_back_of_the_room(
    context: BrowserContext, server: LabServer
) -> None:
    """80 to 108 pixels above every title were empty; on a projector text of charts was 13 px."""
    page = context.new_page()
    page.set_viewport_size({"width": 1920, "height": 1080})
    for name in PAGES:
        page.goto(address(server.url, name))
        settle(page)
        title = page.get_by_test_id("stMain").get_by_role("heading").first.bounding_box()
        assert title is not None
        assert title["y"] < 40
    page.goto(address(server.url, "receptive_field"))
    settle(page)
    page.locator(".js-plotly-plot text").first.wait_for()
    sizes = page.locator(".js-plotly-plot text").evaluate_all(
        "all => all.filter(text => text.textContent)"
        ".map(text => parseFloat(getComputedStyle(text).fontSize))"
    )
    assert min(sizes) >= 18

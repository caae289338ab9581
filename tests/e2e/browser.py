"""Finding a Chromium and opening it in a way that works as root, in a container, offline."""

import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from lab.pages import pages

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
Read = TypeVar("Read")
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


PAGES = {name: page.title for name, page in pages().items()}


def executable() -> str | None:
    """The browser that CIFAR10_LAB_CHROMIUM names, else the first Chromium on the path."""
    named = os.environ.get("CIFAR10_LAB_CHROMIUM")
    return named or next((found for name in NAMES if (found := shutil.which(name))), None)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless browser; FileNotFoundError where there is none."""
    path = executable()
    if path is None:
        raise FileNotFoundError("no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def address(url: str, name: str) -> str:
    """A page's own address; Home has the bare one."""
    return url if name == "home" else f"{url}/{name}"


def button(page: Page, name: str) -> Locator:
    """A button of the page itself: Streamlit's own header has a Stop too."""
    return page.get_by_test_id("stMain").get_by_role("button", name=name, exact=True)


def heading(page: Page, words: str) -> Locator:
    """A heading of the page itself that holds these words (a run's holds its state)."""
    return page.get_by_test_id("stMain").get_by_role("heading", name=re.compile(re.escape(words)))


def switch_on(page: Page, name: str) -> None:
    """Turn on the toggle with this label; what explains it elsewhere has the same words."""
    knob = page.get_by_role("switch", name=name, exact=True)
    expect(knob).to_have_count(1)
    if not knob.is_checked():
        page.locator("label", has=knob).click()
    expect(knob).to_be_checked()


def open_tab(within: Page | Locator, name: str) -> Locator:
    """Choose a tab; gives its panel, which is on the screen and has something in it."""
    tab = within.get_by_role("tab", name=name, exact=True)
    for _ in range(3):  # a click while the page is drawn anew can be lost: a person clicks again
        tab.click()
        with suppress(AssertionError):
            expect(tab).to_have_attribute("aria-selected", "true", timeout=30_000)
            break
    expect(tab).to_have_attribute("aria-selected", "true")
    panel = within.get_by_role("tabpanel", name=name, exact=True)
    expect(panel).to_be_visible()
    return panel


def eventually(
    page: Page, read: Callable[[], Read], holds: Callable[[Read], bool], seconds: float = 60
) -> Read:
    """Read again and again until it holds, as `expect` does for locators; gives what was read."""
    deadline = time.monotonic() + seconds
    while not holds(value := read()):
        assert time.monotonic() < deadline, f"after {seconds} s still {str(value)[:300]}"
        page.wait_for_timeout(100)
    return value


def settle(page: Page, timeout: float = 300_000) -> None:
    """Wait until the page's script has run to its end and what it made is on the screen."""
    page.get_by_test_id("stApp").wait_for(timeout=timeout)
    page.wait_for_function(
        """() => {
            const app = document.querySelector('[data-testid="stApp"]');
            return app && app.dataset.testScriptState === 'notRunning'
                && !document.querySelector('[data-testid="stSkeleton"]');
        }""",
        timeout=timeout,
    )

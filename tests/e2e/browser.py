"""Finding a Chromium and opening it in a way that works as root, in a container, offline."""

import ast
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Locator, Page, sync_playwright

from tests.e2e.server import REPOSITORY

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
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def pages() -> dict[str, str]:
    """The navigation, as lab/Home.py has it: a page's address and its title."""
    source = (REPOSITORY / "lab" / "Home.py").read_text("utf-8")
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "PAGES":
            table: dict[str, tuple[str, str]] = ast.literal_eval(node.value)
            return {file.removesuffix(".py"): title for file, (title, _) in table.items()}
    raise LookupError("lab/Home.py has no table PAGES")


PAGES = pages()


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


def settle(page: Page, timeout: float = 60_000) -> None:
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

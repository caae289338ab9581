"""A browser and a running lab for the tests in this folder; they skip where there is no browser.

CIFAR10_LAB_BROWSER=required (set by .ci/run once it has installed one) makes that a failure.
"""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e import browser as browsers
from tests.e2e.server import LabServer

PATIENCE = 180_000  # ms: machines that run tests are often busy
expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test in the browser waits for what it needs, and may take as long as that needs."""
    for item in items:
        if "e2e" in item.keywords:
            item.add_marker(pytest.mark.timeout(1500))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if browsers.executable() is None:
        lacking = "no Chromium here: install `chromium`, or name one in CIFAR10_LAB_CHROMIUM"
        if os.environ.get("CIFAR10_LAB_BROWSER") == "required":
            pytest.fail(lacking)
        pytest.skip(lacking)
    with browsers.chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    """A lab with an empty folder: shapes are its only images, and it has no runs."""
    with LabServer(tmp_path_factory.mktemp("lab")) as running:
        yield running


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context(viewport={"width": 1440, "height": 900})
    opened.set_default_timeout(PATIENCE)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()

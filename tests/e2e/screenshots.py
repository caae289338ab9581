"""Pictures of every page, wide and narrow, light and dark; or those of the README.

    python tests/e2e/screenshots.py --to /tmp/pictures            # pages x 2 widths x 2 themes
    python tests/e2e/screenshots.py --readme                      # into assets/screenshots

Starts a lab of its own on the workspace (or --home), or looks at a running one (--url).
"""

import argparse
import os
import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path
from urllib.parse import urlencode

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY))

from PIL import Image  # noqa: E402
from playwright.sync_api import Browser, Page  # noqa: E402

from core import paths  # noqa: E402
from tests.e2e.browser import PAGES, address, chromium, settle, switch_on  # noqa: E402
from tests.e2e.server import LabServer  # noqa: E402

WIDTHS, HEIGHT = (1440, 800), 900
MAX_BYTES = 600_000  # bytes of a picture in the repository
README = {
    "home": 900,
    "augmentations": 1040,
    "networks": 1000,
    "receptive_field": 900,
    "train": 900,
    "mistakes": 1790,
}


def picture(page: Page, path: Path, *, full: bool) -> None:
    """What is on the screen now; `full`: the whole page, however long."""
    if full:
        height = page.get_by_test_id("stMain").evaluate("main => main.scrollHeight")
        size = page.viewport_size
        assert size is not None
        page.set_viewport_size({"width": size["width"], "height": max(HEIGHT, height + 20)})
        page.wait_for_timeout(1500)
    page.screenshot(path=path)
    if path.stat().st_size > MAX_BYTES:
        with Image.open(path) as image:
            image.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path}  {path.stat().st_size / 1000:.0f} kB")


def visit(browser: Browser, url: str, name: str, width: int, theme: str, query: str) -> Page:
    """A page in a window of its own, drawn to the end: `theme` as the reader's system has it."""
    context = browser.new_context(
        viewport={"width": width, "height": HEIGHT},
        color_scheme="dark" if theme == "dark" else "light",
    )
    page = context.new_page()
    page.goto(address(url, name) + (f"?{query}" if query else ""))
    settle(page)
    page.wait_for_timeout(2500)  # charts and sheets of tiles are drawn after the script's end
    settle(page)
    return page


def readme(browser: Browser, url: str, name: str, folder: Path, query: str) -> None:
    """A page as the README shows it: high enough for what matters, mistakes with heat maps."""
    page = visit(browser, url, name, WIDTHS[0], "light", query)
    page.set_viewport_size({"width": WIDTHS[0], "height": README[name]})
    if name == "mistakes":
        switch_on(page, "Heat maps")
        page.locator(".tiles[data-drawn='heat']").wait_for()
    page.wait_for_timeout(1500)
    picture(page, folder / f"{name}.png", full=False)
    page.context.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--to", type=Path, help="folder for the pictures")
    parser.add_argument("--readme", action="store_true", help="those of the README")
    parser.add_argument("--url", help="a lab that runs already, such as http://localhost:8501")
    parser.add_argument("--home", type=Path, default=paths.home(), help="the lab's own folder")
    parser.add_argument("--data", default=os.environ.get("CIFAR10_LAB_DATA", ""))
    parser.add_argument("--run", default="", help="the run that Train and Mistakes show")
    parser.add_argument("--pages", nargs="+", choices=PAGES, default=list(PAGES))
    parser.add_argument("--full", action="store_true", help="whole pages, however long")
    options = parser.parse_args()
    if not options.to and not options.readme:
        parser.error("say where to with --to, or --readme")
    folder = paths.ASSETS / "screenshots" if options.readme else options.to
    folder.mkdir(parents=True, exist_ok=True)
    query = urlencode({"run": options.run}) if options.run else ""

    log = Path(tempfile.gettempdir()) / "lab-screenshots.log"
    lab = nullcontext() if options.url else LabServer(options.home, data=options.data, log=log)
    with lab as started, chromium() as browser:
        url = options.url or started.url
        for name in options.pages:
            mine = query if name in ("train", "mistakes") else ""
            if options.readme:
                if name in README:
                    readme(browser, url, name, folder, mine)
                continue
            for width in WIDTHS:
                for theme in ("light", "dark"):
                    page = visit(browser, url, name, width, theme, mine)
                    picture(page, folder / f"{name}-{width}-{theme}.png", full=options.full)
                    page.context.close()


if __name__ == "__main__":
    main()

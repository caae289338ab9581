"""What a Plotly chart on the page holds, read from the browser; charts are found by their title."""

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

FIND = """title => [...document.querySelectorAll('.js-plotly-plot')].find(
    plot => (plot.layout?.title?.text ?? '').replace(/<.*?>/g, '').trim() === title)"""


def chart(page: Page, title: str) -> Locator:
    """The visible chart with this title."""
    whole = re.compile(f"^{re.escape(title)}$")
    found = page.locator(".js-plotly-plot", has=page.locator(".gtitle", has_text=whole))
    expect(found).to_be_visible()
    return found


def points(page: Page, title: str) -> list[int]:
    """How many points each line of the chart has; empty where there is no such chart."""
    counted = page.evaluate(
        f"title => ({FIND})(title)?.data.map(line => line.x?.length ?? 0) ?? []", title
    )
    return [int(number) for number in counted]


def axis(page: Page, title: str, name: str) -> list[float]:
    """The range that `xaxis` or `yaxis` shows."""
    return [float(end) for end in layout(page, title)[name]["range"]]


def layout(page: Page, title: str) -> dict[str, Any]:
    made: dict[str, Any] = page.evaluate(f"title => ({FIND})(title).layout", title)
    return made


def wait_for_points(page: Page, title: str, at_least: int, line: int, timeout: float) -> None:
    """Wait, touching nothing, until a line of the chart has so many points."""
    page.wait_for_function(
        f"([title, line, least]) => (({FIND})(title)?.data[line]?.x?.length ?? 0) >= least",
        arg=[title, line, at_least],
        timeout=timeout,
    )

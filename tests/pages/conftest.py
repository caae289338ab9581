"""Opening a page as the browser does: through the entry, then by its place in the navigation."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.paths import REPOSITORY

Open = Callable[[str], AppTest]


@pytest.fixture
def open_page(lab_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Opens `home`, `train`, ... in a lab whose folder is empty; ends its runs afterwards.

    Nothing is timed beside the tests: a forecast finds nothing, unless a test has it do so.
    """
    from lab import state
    from lab.jobs.forecasts import ForecastJobs

    monkeypatch.setattr(ForecastJobs, "measure", lambda *_: None)
    st.cache_resource.clear()

    def open_it(name: str) -> AppTest:
        app = AppTest.from_file(str(REPOSITORY / "lab" / "Home.py"), default_timeout=120).run()
        if name != "home":
            app.switch_page(f"../pages/{name}.py").run()
        return app

    yield open_it
    state.runner().close()
    st.cache_resource.clear()


def wait_for(condition: Callable[[], bool], seconds: float = 120.0) -> None:
    """Poll until `condition` holds; fails the test if it never does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.05)

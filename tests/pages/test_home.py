from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core import paths
from tests.pages.conftest import Open, wait_for


def _text(app: object) -> str:
    return " ".join(
        element.value
        for kind in ("markdown", "caption", "info", "subheader", "title")
        for element in getattr(app, kind)
    )


def test_a_fresh_lab_says_what_it_is_and_what_to_do(open_page: Open) -> None:
    app = open_page("home")
    text = _text(app)
    assert not app.exception
    assert not app.error
    assert "fewer than **200,000** parameters" in text
    assert "shapes drawn by the lab, not CIFAR-10" in text
    assert "None yet. Press **Start** on the Train page" in text
    assert [button.label for button in app.button] == ["Download CIFAR-10 (170 MB)"]


def test_the_device_is_named_once_it_is_known(open_page: Open) -> None:
    from lab import state

    app = open_page("home")
    wait_for(lambda: state.device_title() is not None)
    app.run()
    assert f"**{state.device_title()}**" in _text(app)


def test_a_download_that_fails_is_one_sentence(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.data.sources import catalogue
    from core.errors import LabError

    def offline(*_: object, **__: object) -> None:
        raise LabError("CIFAR-10 could not be fetched: no network; put the archive there by hand.")

    monkeypatch.setattr(catalogue, "load", offline)
    app = open_page("home")
    app.button(key="download_cifar10").click().run()
    assert [error.value for error in app.error] == [
        "CIFAR-10 could not be fetched: no network; put the archive there by hand."
    ]
    assert not app.exception


def test_a_folder_in_the_lab_is_offered_and_taken(open_page: Open) -> None:
    root = paths.data_folder() / "two-colors"
    for part in ("train", "test"):
        for name, level in (("dark", 20), ("light", 220)):
            folder = root / part / name
            folder.mkdir(parents=True)
            for index in range(3):
                pixels = np.full((32, 32, 3), level + index, dtype=np.uint8)
                Image.fromarray(pixels).save(folder / f"{index}.png")
    app = open_page("home")
    assert app.selectbox(key="data_source").value == str(root), "real images come before shapes"
    assert "two-colors" in _text(app)
    app.selectbox(key="data_source").select("shapes").run()
    assert "not CIFAR-10" in _text(app)


def test_a_page_of_a_lab_that_cannot_write_still_opens(
    open_page: Open, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CIFAR10_LAB_HOME", str(tmp_path / "file"))
    app = open_page("home")
    assert not app.exception

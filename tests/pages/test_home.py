from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core import paths
from core.analysis.rules.thresholds import thresholds
from lab.pages import pages
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
    assert [button.label for button in app.button] == [
        "Watch a network learn (60 s)",
        "Download CIFAR-10 (170 MB)",
    ]


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


def test_every_page_is_there_with_what_to_do(open_page: Open) -> None:
    app = open_page("home")
    for page in list(pages().values())[1:]:
        assert f":gray[{page.summary}]" in [each.value for each in app.markdown]


def test_the_rules_are_those_of_the_thresholds(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = replace(thresholds(), max_parameters=300_000)
    monkeypatch.setattr("lab.lessons.thresholds", lambda: changed)
    assert "fewer than **300,000** parameters" in _text(open_page("home"))


def test_a_network_is_watched_learning_by_one_press(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On few images: the curve grows, mistakes come, and at the end the ways to see more."""
    from lab import state
    from lab.cache import ImageSets
    from lab.home import demo
    from tests.core.conftest import few_shapes

    monkeypatch.setattr(ImageSets, "get", lambda *_, **__: few_shapes())
    small = replace(demo.CONFIG.training, epochs=2, batch_size=80, replicas=1)
    monkeypatch.setattr(demo, "CONFIG", replace(demo.CONFIG, training=small))
    app = open_page("home")
    app.button(key="demo").click().run()
    assert not app.error
    (run,) = state.runs()
    assert run.config.training.epochs == 2
    assert state.runner().join(run.name, 120)
    app.run()
    assert not app.exception
    assert any("mistakes** on the test images" in each.value for each in app.markdown)
    assert app.button(key="demo").label == "Watch it again"


def test_a_damaged_run_in_training_takes_no_page_down(open_page: Open) -> None:
    for name, text in (("a", "["), ("b", '{"state":"running","process":"x"}'), ("c", "[" * 99_999)):
        folder = paths.runs_folder() / f"20261121-140500-net-{name}"
        folder.mkdir(parents=True)
        (folder / "config.json").write_text(text)
        (folder / "status.json").write_text(text)
    for name in pages():
        assert not open_page(name).exception, name

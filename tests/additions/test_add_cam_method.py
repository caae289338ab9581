"""A class-activation method is added by one record: the menu offers it, and it draws maps."""

from pathlib import Path

import numpy as np
import pytest
import streamlit as st
import torch
from pytorch_grad_cam import XGradCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from streamlit.testing.v1 import AppTest

from core.data import shape_drawing
from core.mistakes.cam.explain import explain, normalized, prepared
from core.mistakes.cam.methods import METHODS, Method, library
from core.runs import weights
from tests import finished_run

SCRIPT = """
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from core.mistakes.cam.explain import explain
from core.data import shape_drawing
from core.runs.model_ref import ModelRef
from lab.mistakes import heat_maps

path = Path({path!r})
images = shape_drawing.make(10, 20)
ref = ModelRef.of_file(path)
heat_maps.show(SimpleNamespace(ref=ref, network=ref.network), heat_maps.Explained(
    "test", images.test_images[0].permute(1, 2, 0).numpy(), images.class_names, (0.1,) * 10, 3,
    lambda targets, method, layer, progress: explain(
        path, images.test_images[[0] * len(targets)], targets, method=method, layer=layer
    ),
))
"""


@pytest.fixture
def added(monkeypatch: pytest.MonkeyPatch) -> str:
    record = Method(
        "XGrad-CAM",
        "Grad-CAM whose weights follow from two axioms.",
        "one pass forward and back",
        "Fu et al. 2020, arXiv:2008.02312",
        library("XGradCAM"),
    )
    monkeypatch.setitem(METHODS._records, "x_grad_cam", record)
    return "x_grad_cam"


@pytest.fixture
def weights_path(tmp_path: Path, lab_home: Path) -> Path:
    return finished_run.make(tmp_path, shape_drawing.make(10, 20)).weights_path("best")


def test_it_draws_what_the_library_draws(added: str, weights_path: Path) -> None:
    images = shape_drawing.make(10, 20).test_images[:2]
    made = explain(weights_path, images, [1, 2], method=added)
    loaded = weights.load(weights_path)
    model = prepared(loaded.model)
    batch = normalized(images, loaded.about.mean, loaded.about.std)
    with XGradCAM(model, [model.get_submodule(made.layer.name)]) as cam, torch.enable_grad():
        seen: list[np.ndarray] = []
        whole = cam.get_cam_image
        cam.get_cam_image = lambda *a, **n: seen.append(whole(*a, **n)) or seen[-1]
        cam(batch, [ClassifierOutputTarget(1), ClassifierOutputTarget(2)])
    expected = np.maximum(seen[0], 0)
    np.testing.assert_allclose(made.strongest, expected.max(axis=(1, 2)), rtol=1e-4)
    assert made.method == added


def test_the_menu_offers_it(added: str, weights_path: Path) -> None:
    st.cache_resource.clear()
    page = AppTest.from_string(SCRIPT.format(path=str(weights_path)), default_timeout=60).run()
    assert not page.exception
    menu = page.selectbox(key="page_mistakes_method")
    assert "XGrad-CAM" in menu.options
    menu.set_value(added).run()
    assert not page.exception
    assert any("XGrad-CAM: Grad-CAM whose weights" in each.value for each in page.caption)

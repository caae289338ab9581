"""A run that takes a second: few drawn images and a network of two layers in a file."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from core.augment.policies import named
from core.config.run_config import NetworkConfig, RunConfig, TrainingConfig
from core.data import shape_drawing
from core.data.image_set import ImageSet
from core.networks.building import STUDENT_CODE_VARIABLE
from core.progress import Progress, silent

TINY = """
from torch import nn

class Tiny(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(3, 8, 3, stride=2), nn.BatchNorm2d(8), nn.ReLU(), nn.Dropout(0.1),
            nn.Conv2d(8, 10, 3, stride=2), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
        )

    def forward(self, x):
        return self.body(x)
"""

Configure = Callable[..., RunConfig]
Load = Callable[..., ImageSet]


@pytest.fixture
def files_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on the command line: a network in a file may be run."""
    monkeypatch.setenv(STUDENT_CODE_VARIABLE, "1")


@pytest.fixture
def tiny(tmp_path: Path, files_allowed: None) -> Configure:
    """Makes configs of a tiny run; arguments are fields of TrainingConfig."""
    path = tmp_path / "tiny.py"
    path.write_text(TINY)

    def make(**training: object) -> RunConfig:
        settings = {"epochs": 3, "batch_size": 32, "learning_rate": 0.05, "device": "cpu"}
        return RunConfig(
            data="shapes",
            network=NetworkConfig(f"{path}:Tiny"),
            policy=named("assignment"),
            training=TrainingConfig(**{**settings, **training}),  # type: ignore[arg-type]
        )

    return make


def without_dropout(config: RunConfig) -> RunConfig:
    """The tiny run whose network draws no random numbers; its file is rewritten."""
    source = Path(config.network.name.removesuffix(":Tiny"))
    source.write_text(source.read_text().replace(" nn.Dropout(0.1),", ""))
    return config


@cache
def few_shapes() -> ImageSet:
    """160 training and 80 test images."""
    return shape_drawing.make(160, 80, seed=1)


@pytest.fixture
def load() -> Callable[..., ImageSet]:
    """Stands in for core.data.sources.catalogue.load."""

    def few(source: str, progress: Progress = silent, *, download: bool = False) -> ImageSet:
        progress(1.0, "Drawing")
        return few_shapes()

    return few

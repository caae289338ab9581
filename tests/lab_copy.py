"""A copy of the lab in which a test may change or add a file, and Python started in it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from core.paths import REPOSITORY


def make(place: Path) -> Path:
    """The rooms and their assets, without weights and pictures."""
    left_out = shutil.ignore_patterns("__pycache__", "screenshots", "weights")
    for room in ("core", "lab", "pages", "assets"):
        shutil.copytree(REPOSITORY / room, place / room, ignore=left_out)
    return place


def python(copy: Path, *arguments: str, code: int = 0) -> str:
    """What Python prints, started in the copy with a workspace of its own."""
    environment = {**os.environ, "CIFAR10_LAB_HOME": str(copy / "workspace")}
    environment.pop("PYTHONPATH", None)
    ran = subprocess.run(
        [sys.executable, *arguments], cwd=copy, env=environment, capture_output=True, text=True
    )
    assert ran.returncode == code, ran.stderr
    return ran.stdout


def report(copy: Path) -> str:
    """The report of a run of one epoch on a few images of two classes."""
    images = copy / "images"
    for part in ("train", "test"):
        for name, level in (("dark", 20), ("light", 220)):
            (images / part / name).mkdir(parents=True)
            for number in range(4):
                pixels = np.full((32, 32, 3), level + number, dtype=np.uint8)
                Image.fromarray(pixels).save(images / part / name / f"{number}.png")
    python(
        copy, "-m", "core", "train", "--data", str(images), "--epochs", "1", "--device", "cpu",
        "--batch-size", "4", "--policy", "assignment", "--network", "modular_97k",
    )  # fmt: skip
    (run,) = (copy / "workspace" / "runs").iterdir()
    python(copy, "-m", "core", "report", str(run), "--to", str(copy / "hand-in"))
    return (copy / "hand-in" / "report.md").read_text("utf-8")

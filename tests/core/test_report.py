import struct
from pathlib import Path

import pytest

from core.errors import LabError
from core.export import report
from core.runs.model_ref import ModelRef
from core.runs.store import Run
from core.training.runner import Runner
from tests.core.conftest import Configure, Load


@pytest.fixture
def run(tmp_path: Path, tiny: Configure, load: Load) -> Run:
    runner = Runner(tmp_path / "runs", load)
    run = runner.start(tiny(epochs=2))
    assert runner.join(run.name, 60)
    return run


def test_a_report_says_what_the_run_did(run: Run, tmp_path: Path, load: Load) -> None:
    path = report.write(run, tmp_path / "to" / "hand-in", load)
    text = path.read_text()
    last = run.epochs()[-1]
    assert f"Test accuracy **{last['test_accuracy']:.2f}%** after the last of 2 epochs" in text
    for row in run.epochs():
        numbers = f"| {row['epoch']} | {row['train_loss']:.4f} | {row['test_loss']:.4f} |"
        assert numbers in text
    assert "| **failed** | Receptive field | 7 |" in text
    assert "A.CoarseDropout(" in text
    assert "| Seed | 0 |" in text
    for name in ("curves.png", "mistakes.png"):
        assert f"]({name})" in text
        header = (path.parent / name).read_bytes()[:24]
        assert header[:8] == b"\x89PNG\r\n\x1a\n"
        width, height = struct.unpack(">II", header[16:])
        assert width > 900
        assert height > 300


def test_the_mistakes_are_drawn(run: Run, tmp_path: Path, load: Load) -> None:
    import numpy as np
    from PIL import Image

    folder = report.write(run, tmp_path / "a", load).parent
    pixels = np.asarray(Image.open(folder / "mistakes.png").convert("RGB")).astype(int)
    colored = (pixels.max(axis=2) - pixels.min(axis=2)) > 20
    assert colored.mean() > 0.05


def test_a_run_without_an_epoch_has_nothing_to_report(
    tmp_path: Path, tiny: Configure, load: Load
) -> None:
    from core.runs.create import create_run

    run = Run(create_run(tmp_path / "runs", tiny()))
    with pytest.raises(LabError, match="nothing to report"):
        report.write(run, tmp_path / "a", load)
    assert not (tmp_path / "a").exists()


def test_a_folder_that_is_a_file_is_one_sentence(run: Run, tmp_path: Path, load: Load) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LabError, match="could not be written"):
        report.write(run, tmp_path / "file", load)


def test_a_run_that_held_images_out_claims_no_test_accuracy_of_its_own(
    tmp_path: Path, tiny: Configure, load: Load
) -> None:
    runner = Runner(tmp_path / "runs", load)
    run = runner.start(tiny(epochs=1, hold_out=40))
    assert runner.join(run.name, 60)
    text = report.write(run, tmp_path / "a", load).read_text()
    (row,) = run.epochs()
    assert f"Accuracy **{row['test_accuracy']:.2f}%** after" in text
    assert "on 40 held-out training images" in text
    assert "Test accuracy" not in text
    assert "Held-out accuracy (%)" in text
    images = load("shapes")
    asked = ModelRef.of_run(run, "last").predictions(images).accuracy
    assert f"{asked:.2f}% of the {len(images.test_labels):,} test images right" in text
    assert "| Precision |" in text

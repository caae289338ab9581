"""When an image was learned and how often forgotten, against a loop and by hand."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from core.errors import LabError
from core.mistakes.forgetting import forgetting_events, in_words, read
from core.predictions import Predictions
from core.runs import history
from core.runs.store import Run


@given(st.lists(st.lists(st.booleans(), min_size=3, max_size=3), max_size=8))
def test_against_a_loop(right: list[list[bool]]) -> None:
    labels = np.array([4, 5, 6])
    predicted = np.array([[label if hit else 0 for label, hit in zip(labels, row, strict=True)]
                          for row in right], dtype=np.uint8).reshape(-1, 3)  # fmt: skip
    made = forgetting_events(predicted, labels)
    for image in range(3):
        hits = [row[image] for row in right]
        first = hits.index(True) if True in hits else -1
        since = len(hits)
        while since > 0 and hits[since - 1]:
            since -= 1
        lost = sum(hits[at] and not hits[at + 1] for at in range(len(hits) - 1))
        assert made.first[image] == first
        assert made.since[image] == (since if since < len(hits) else -1)
        assert made.forgotten[image] == lost


def test_words() -> None:
    said = [[1, 0, 0, 1], [1, 1, 0, 0], [1, 0, 0, 1], [1, 1, 0, 0]]
    about = forgetting_events(said, [1, 1, 1, 1])
    epochs = (2, 4, 6, 8)
    assert in_words(about, 0, epochs) == "First correct after epoch 2, never forgotten."
    assert in_words(about, 1, epochs) == (
        "First correct after epoch 4, forgotten once; correct ever since epoch 8."
    )
    assert in_words(about, 2, epochs) == "Never correct in 4 epochs."
    assert in_words(about, 3, epochs) == (
        "First correct after epoch 2, forgotten twice; wrong after the last one."
    )
    assert in_words(about, 0, ()) == "No epoch was recorded."


def _keep(folder: Path, epoch: int, predicted: list[int]) -> None:
    (folder / "predictions").mkdir(exist_ok=True)
    arrays = {
        "predicted": np.array(predicted, dtype=np.uint8),
        "confidence": np.linspace(0.5, 1, len(predicted), dtype=np.float16),
    }
    save_file(arrays, folder / "predictions" / f"epoch-{epoch:04d}.safetensors")


def test_read_from_a_run(tmp_path: Path) -> None:
    labels = torch.tensor([0, 1, 2])
    last = Predictions(torch.eye(3), labels, ("a", "b", "c"), "shapes", 3)
    assert read(Run(tmp_path), 3, 3).epochs == ()
    _keep(tmp_path, 1, [0, 0, 0])
    _keep(tmp_path, 2, [0, 0])  # of other images
    _keep(tmp_path, 3, [0, 1, 1])
    _keep(tmp_path, 4, [0, 1, 3])  # of a class that there is not
    made = read(Run(tmp_path), 3, 3)
    assert made.epochs == (1, 3)
    answers = made.after(3, last)
    assert answers.predicted.tolist() == [0, 1, 1]
    assert answers.confidence.tolist() == [0.5, 0.75, 1]
    assert answers.accuracy == pytest.approx(200 / 3)
    assert (answers.epoch, answers.data, answers.class_names) == (3, "shapes", ("a", "b", "c"))


def test_a_damaged_file_is_said(tmp_path: Path) -> None:
    _keep(tmp_path, 1, [0, 0, 0])
    (tmp_path / "predictions" / "epoch-0001.safetensors").write_bytes(b"damaged")
    with pytest.raises(LabError, match="cannot be read"):
        read(Run(tmp_path), 3, 3)


def test_more_classes_than_a_byte_can_count(tmp_path: Path) -> None:
    """As a run stores them: class 299 is not remembered as 43."""
    labels = torch.tensor([299, 256, 0])
    names = tuple(f"kind {index}" for index in range(300))
    last = Predictions(torch.full((3, 300), 1 / 300), labels, names, "many", 2)
    for epoch, predicted in ((1, [43, 0, 0]), (2, [299, 256, 0])):
        file = history.path(tmp_path / "predictions", epoch)
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(
            history.to_bytes(np.array(predicted), np.full(3, 0.5, dtype=np.float32), 300)
        )
    made = read(Run(tmp_path), 3, 300)
    assert made.after(2, last).predicted.tolist() == [299, 256, 0]
    assert [made.after(epoch, last).accuracy for epoch in made.epochs] == [
        pytest.approx(100 / 3),
        100,
    ]
    events = forgetting_events(made.predicted, labels.numpy())
    assert events.first.tolist() == [1, 1, 0]

"""Suspicious labels against confident learning written out, votes on disk, and accuracies."""

import json
import threading
from pathlib import Path

import numpy as np
import pytest
import torch

from core.data import shape_drawing
from core.errors import LabError
from core.mistakes.label_errors import (
    accuracy_without,
    read_votes,
    suspicious,
    vote,
    votes_path,
)
from core.predictions import Predictions

NAMES = ("a", "b", "c")


def _predictions(images: int = 400, flipped: int = 30) -> tuple[Predictions, np.ndarray]:
    """A network that knows the truth fairly well, and labels of which the first are wrong."""
    generator = np.random.default_rng(0)
    truth = generator.integers(0, 3, images)
    logits = generator.normal(0, 1, (images, 3))
    logits[np.arange(images), truth] += 4
    probabilities = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    given = truth.copy()
    given[:flipped] = (given[:flipped] + 1) % 3
    made = Predictions(
        torch.from_numpy(probabilities).float(), torch.from_numpy(given), NAMES, "shapes", 1
    )
    return made, np.arange(flipped)


def test_flipped_labels_are_found() -> None:
    made, flipped = _predictions()
    found = suspicious(made)
    assert found.dtype == np.int64
    hits = len(set(found.tolist()) & set(flipped.tolist()))
    assert hits >= 0.8 * len(flipped)
    assert hits >= 0.8 * len(found)


def test_against_the_paper() -> None:
    """Prune by noise rate, off the diagonal of the confident joint (Northcutt et al. 2021)."""
    made, _ = _predictions()
    given, p = made.labels.numpy(), made.probabilities.numpy().astype(float)
    limits = np.array([p[given == k, k].mean() for k in range(3)])
    suspects = set()
    joint = np.zeros((3, 3))
    for label, row in zip(given, p, strict=True):
        above = np.flatnonzero(row >= limits - 1e-6)
        if len(above):
            joint[label, above[row[above].argmax()]] += 1
    joint *= (np.bincount(given) / joint.sum(1))[:, None]
    for label in range(3):
        for truth in set(range(3)) - {label}:
            of_label = np.flatnonzero(given == label)
            gap = p[of_label, truth] - p[of_label, label]
            most = round(joint[label, truth])
            suspects |= set(of_label[np.argsort(-gap)[:most]].tolist())
    suspects = {index for index in suspects if p[index].argmax() != given[index]}
    found = suspicious(made).tolist()
    assert len(suspects) > 10
    assert len(set(found) ^ suspects) <= 2  # counts are rounded in another order
    own = [p[index, given[index]] for index in found]
    assert own == sorted(own)


def test_votes_are_kept_changed_and_taken_back(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "votes.json"
    assert read_votes(path).by_image == {}
    vote(path, 7, "ann", "wrong")
    vote(path, 7, "bob", "keep")
    vote(path, 9, "bob", "unclear")
    kept = read_votes(path)
    assert kept.of(7) == {"wrong": 1, "keep": 1}
    assert kept.disputed.tolist() == [9]  # a tie keeps the label
    assert vote(path, 7, "bob", "wrong").disputed.tolist() == [7, 9]
    assert vote(path, 9, "bob", None).disputed.tolist() == [7]
    assert 9 not in read_votes(path).by_image
    with pytest.raises(LabError, match="keep, wrong, unclear"):
        vote(path, 7, "ann", "maybe")
    assert [each.name for each in path.parent.iterdir()] == ["votes.json"]


def test_a_class_votes_at_once_and_no_vote_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "votes.json"
    threads = [
        threading.Thread(target=vote, args=(path, image, f"voter {who}", "wrong"))
        for who in range(8)
        for image in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(read_votes(path).of(image)["wrong"] == 8 for image in range(3))


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        '{"votes": {}}',
        '{"format": 1, "votes": 3}',
        '{"format": 1, "votes": {"-3": {}}}',
        '{"format": 1, "votes": {"²": {"ann": "keep"}}}',
        '{"format": 1, "votes": {"1": {"ann": ["keep"]}}}',
        '{"format": 1, "votes": {"' + "9" * 400 + '": {}}}',
        "[" * 5000,
    ],
)
def test_a_damaged_file_is_said_and_left_alone(tmp_path: Path, content: str) -> None:
    path = tmp_path / "votes.json"
    path.write_text(content)
    with pytest.raises(LabError, match="cannot be read"):
        vote(path, 1, "ann", "keep")
    assert path.read_text() == content


def test_a_file_of_another_version(tmp_path: Path) -> None:
    path = tmp_path / "votes.json"
    path.write_text(json.dumps({"format": 99, "votes": {}}))
    with pytest.raises(LabError, match="format 99"):
        read_votes(path)


def test_the_same_images_have_the_same_file(lab_home: Path) -> None:
    one, again, other = (shape_drawing.make(10, 20, seed=seed) for seed in (1, 1, 2))
    assert votes_path(one) == votes_path(again) != votes_path(other)
    assert votes_path(one).parent == lab_home / "votes"


def test_accuracy_without() -> None:
    made = Predictions(torch.eye(3), torch.tensor([0, 1, 0]), NAMES, "shapes", 1)
    none = np.array([], dtype=np.int64)
    assert accuracy_without(made, none) == pytest.approx(200 / 3)
    assert accuracy_without(made, np.array([2])) == 100
    assert accuracy_without(made, np.array([0, 99])) == 50
    assert np.isnan(accuracy_without(made, np.array([0, 1, 2])))

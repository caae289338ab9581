"""The confusion matrix against a count by hand and against scikit-learn."""

import numpy as np
import pytest
from sklearn import metrics

from core.errors import LabError
from core.mistakes.confusion import (
    class_scores,
    confusion_counts,
    in_words,
    scaled,
    top_confusions,
)

NAMES = ("cat", "dog", "owl", "yak")
LABELS = [0, 0, 0, 0, 1, 1, 2, 2, 2]
ANSWERS = [0, 1, 1, 2, 1, 0, 2, 2, 0]


def test_counts_by_hand() -> None:
    counts = confusion_counts(LABELS, ANSWERS, 4)
    assert counts.tolist() == [[1, 2, 1, 0], [1, 1, 0, 0], [1, 0, 2, 0], [0, 0, 0, 0]]


def test_scores_by_hand_also_where_nothing_is_divided_by_nothing() -> None:
    cat, dog, owl, yak = class_scores(confusion_counts(LABELS, ANSWERS, 4), NAMES)
    assert (cat.precision, cat.recall) == (1 / 3, 1 / 4)
    assert cat.f1 == pytest.approx(2 / 7)
    assert (dog.precision, dog.recall, dog.f1) == (1 / 3, 1 / 2, pytest.approx(0.4))
    assert (owl.images, owl.predicted, owl.correct) == (3, 3, 2)
    assert (yak.precision, yak.recall, yak.f1) == (None, None, None)


def test_agrees_with_scikit_learn() -> None:
    generator = np.random.default_rng(4)
    labels = generator.integers(0, 10, 5000)
    answers = np.where(generator.random(5000) < 0.6, labels, generator.integers(0, 10, 5000))
    counts = confusion_counts(labels, answers, 10)
    assert np.array_equal(counts, metrics.confusion_matrix(labels, answers))
    precision, recall, f1, images = metrics.precision_recall_fscore_support(labels, answers)
    scores = class_scores(counts, [str(index) for index in range(10)])
    np.testing.assert_allclose([score.precision for score in scores], precision)
    np.testing.assert_allclose([score.recall for score in scores], recall)
    np.testing.assert_allclose([score.f1 for score in scores], f1)
    assert [score.images for score in scores] == images.tolist()


def test_scales() -> None:
    counts = confusion_counts(LABELS, ANSWERS, 4)
    assert np.array_equal(scaled(counts, "counts"), counts)
    by_true, by_answer = scaled(counts, "true"), scaled(counts, "predicted")
    assert by_true.sum(axis=1).tolist() == [100, 100, 100, 0]
    assert by_answer.sum(axis=0).tolist() == pytest.approx([100, 100, 100, 0])
    assert by_true[0].tolist() == [25, 50, 25, 0]
    with pytest.raises(LabError, match="choose one of counts, true, predicted"):
        scaled(counts, "diagonal")


def test_top_confusions_in_words() -> None:
    counts = confusion_counts(LABELS, ANSWERS, 4)
    top = top_confusions(counts, 2)
    assert in_words(top, NAMES) == "cat predicted as dog: 2, cat predicted as owl: 1"
    assert len(top_confusions(counts, 99)) == 4  # mistakes that happened, and no others
    assert top_confusions(np.diag([3, 4])) == []
    assert in_words([], NAMES) == ""
    big = np.array([[0, 1430], [2, 0]])
    assert in_words(top_confusions(big, 1), NAMES) == "cat predicted as dog: 1,430"


@pytest.mark.parametrize(("labels", "answers"), [([0, 1], [0]), ([0, 4], [0, 0]), ([0], [-1])])
def test_refuses_what_does_not_fit(labels: list[int], answers: list[int]) -> None:
    with pytest.raises(ValueError):
        confusion_counts(labels, answers, 4)

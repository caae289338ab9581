"""Filters and orders of the gallery against a plain loop over the images."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.errors import LabError
from core.mistakes.forgetting import TopPredictions
from core.mistakes.selection import ORDERS, OUTCOMES, select
from core.predictions import Predictions

NAMES = ("a", "b", "c")


def _predictions(seed: int, images: int) -> Predictions:
    generator = np.random.default_rng(seed)
    probabilities = generator.dirichlet([0.5] * 3, images).astype(np.float32)
    labels = torch.from_numpy(generator.integers(0, 3, images))
    return Predictions(torch.from_numpy(probabilities), labels, NAMES, "shapes", 1)


@given(
    seed=st.integers(0, 1000),
    images=st.integers(0, 40),
    outcome=st.sampled_from(OUTCOMES.names()),
    true=st.sampled_from([None, 0, 1, 2]),
    predicted=st.sampled_from([None, 0, 1, 2]),
    low=st.sampled_from([0.0, 0.5, 0.7]),
    high=st.sampled_from([0.8, 0.9, 1.0]),
    order=st.sampled_from(ORDERS.names()),
)
def test_against_a_loop(
    seed: int,
    images: int,
    outcome: str,
    true: int | None,
    predicted: int | None,
    low: float,
    high: float,
    order: str,
) -> None:
    made = _predictions(seed, images)
    keys = {}
    for index in range(images):
        row = [float(value) for value in made.probabilities[index]]
        label, said = int(made.labels[index]), row.index(max(row))
        if outcome != "all" and (said == label) != (outcome == "right"):
            continue
        if true not in (None, label) or predicted not in (None, said):
            continue
        if not low <= max(row) <= high:
            continue
        _, second, most = sorted(row)
        keys[index] = {
            "surest": -most,
            "least_sure": most,
            "unsure": most - second,
            "loss": math.log(max(row[label], 1e-38)),
            "index": index,
        }[order]
    expected = sorted(keys, key=lambda index: (keys[index], index))
    found = select(
        made,
        outcome=outcome,
        true=true,
        predicted=predicted,
        confidence=(low, high),
        order=order,
    )
    assert found.tolist() == expected


def test_names_that_are_not_known_list_the_choices() -> None:
    made = _predictions(0, 5)
    with pytest.raises(LabError, match="surest, least_sure, unsure, loss, index"):
        select(made, order="random")
    with pytest.raises(LabError, match="wrong, right, all"):
        select(made, outcome="mistakes")


def test_an_epoch_of_which_only_the_answers_were_kept() -> None:
    made = _predictions(0, 30)
    kept = TopPredictions(made.predicted, made.confidence, made.labels, NAMES, "shapes", 4)
    for order, record in ORDERS.items():
        if record.needs_all:
            with pytest.raises(LabError, match="Of epoch 4 only predicted classes"):
                select(kept, order=order)
        else:
            assert select(kept, order=order).tolist() == select(made, order=order).tolist()
    assert kept.accuracy == made.accuracy

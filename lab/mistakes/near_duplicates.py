"""Mistakes: test images that are nearly in the training set, and an image's neighbors there."""

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from core.mistakes.label_errors import accuracy_without
from core.mistakes.near_duplicates import Neighbors
from core.networks import building
from core.predictions import check_fits
from lab import cached_results, state
from lab.images import html
from lab.layout import progress_bar
from lab.mistakes.evaluated_model import EvaluatedModel, images_of
from lab.pager import page_of

if TYPE_CHECKING:
    from core.data.image_set import ImageSet

_PAGE = 12


def show(model: EvaluatedModel) -> None:
    """Two limits, how many test images are within both, the accuracy without them, the pairs."""
    images = images_of(model.predictions)
    check_fits(model.predictions, images)
    made = _found(model, images, "mistakes_find")
    if made is None:
        return
    distance, pixels = _limits()
    found = made.duplicates(distance, float(pixels))
    predictions = model.shown
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.metric("Near-duplicates", f"{len(found):,}", width="content")
        st.metric("Accuracy, all images", f"{predictions.accuracy:.2f}%", width="content")
        without = accuracy_without(predictions, found)
        st.metric("Accuracy without them", f"{without:.2f}%", width="content")
        if len(found):
            correct = (predictions.predicted == predictions.labels).numpy()[found]
            st.metric("Accuracy on them", f"{100 * correct.mean():.2f}%", width="content")
    st.caption(
        "A near-duplicate of a training image tests memory, not generalization. In CIFAR-10, Barz "
        "and Denzler (2020, arXiv:1902.00423) found one for 3.3% of the test images, by features "
        "and by eye."
    )
    if not len(found):
        st.info("No test image has a near-duplicate within these limits; raise them.")
        return
    shown = page_of(found, _PAGE, "mistakes_pairs", (model.ref, distance, pixels))
    _pairs(images, made, shown, distance, float(pixels))


def _limits() -> tuple[float, int]:
    """Largest feature distance and largest pixel distance of a near-duplicate."""
    more = st.popover("Limits", icon=":material/tune:")
    distance = more.slider(
        "Largest feature distance (cosine)",
        0.0,
        0.1,
        0.02,
        0.002,
        "%.3f",
        key="mistakes_near_features",
        persist_state="session",
        help="One minus the cosine of the inputs of the network's last layer: 0 is the same to it.",
    )
    pixels = more.slider(
        "Largest pixel distance (RMS, of 255)",
        0,
        60,
        20,
        1,
        key="mistakes_near_pixels",
        persist_state="session",
        help="Root mean square over all pixels and channels; 0 is the very same image.",
    )
    return distance, pixels


def nearest(model: EvaluatedModel, index: int) -> None:
    """The training images nearest to one test image."""
    model.check_explainable()
    images = images_of(model.predictions)
    made = _found(model, images, "mistakes_find_one")
    if made is None:
        return
    rows, names = made.indices[index], images.class_names
    st.markdown("The training images nearest to it **in the network's feature space**:")
    st.html(
        html.grid(
            images.train_images[rows].permute(0, 2, 3, 1).numpy(),
            len(rows),
            names=[f"training image {row}" for row in rows],
            captions=[
                html.words(
                    names[int(images.train_labels[row])], f"number {row}, distance {far:.3f}"
                )
                for row, far in zip(rows, made.distance[index], strict=True)
            ],
        )
    )
    st.caption(
        "Distance: one minus the cosine of the inputs of the last layer; 0 is the same to the "
        "network, 2 the opposite."
    )


def _found(model: EvaluatedModel, images: "ImageSet", key: str) -> Neighbors | None:
    """The neighbors, if they were asked for; else a button, for the first time takes a while."""
    building.check_open(model.ref.network.name)
    asked = model.ref
    if state.recall("mistakes_neighbors") != asked:
        st.info(
            f"The network has to look at all {len(images.train_images):,} training images once: "
            "some ten seconds on two free cores, longer while a run trains."
        )
        st.button(
            "Find the nearest training images",
            type="primary",
            key=key,
            on_click=state.remember,
            args=("mistakes_neighbors", asked),
        )
        return None
    with progress_bar() as progress:
        return cached_results.neighbors(model.ref, images.source, progress)


def _pairs(
    images: "ImageSet", made: Neighbors, shown: np.ndarray, distance: float, pixels: float
) -> None:
    names = images.class_names
    columns = [made.closest(int(index), distance, pixels) for index in shown]
    nearest = made.indices[shown, columns]
    both = np.stack(
        [images.test_images[shown].numpy(), images.train_images[nearest].numpy()], axis=1
    ).reshape(-1, *images.test_images.shape[1:])
    captions, alternatives = [], []
    for index, other, column in zip(shown, nearest, columns, strict=True):
        test, train = int(images.test_labels[index]), int(images.train_labels[other])
        captions.append(html.words(names[test], f"test {index}"))
        captions.append(
            html.words(
                names[train] + ("" if test == train else " (another label!)"),
                f"training {other}, {made.pixels[index, column]:.0f} RMS apart",
            )
        )
        alternatives += [f"test image {index}", f"training image {other}"]
    st.html(html.grid(both.transpose(0, 2, 3, 1), 6, names=alternatives, captions=captions))

"""Mistakes: test images that are nearly in the training set, and what looks like one image."""

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
from lab.mistakes.model_choice import Subject, images_of
from lab.pager import page_of

if TYPE_CHECKING:
    from core.data.image_set import ImageSet

_PAGE = 12


def show(subject: Subject) -> None:
    """Two limits, how many test images lie within both, the accuracy without them, the pairs."""
    images = images_of(subject.predictions)
    check_fits(subject.predictions, images)
    made = _found(subject, images, "mistakes_find")
    if made is None:
        return
    left, right = st.columns(2, gap="medium")
    distance = left.slider(
        "Features differ by at most",
        0.0,
        0.1,
        0.02,
        0.002,
        "%.3f",
        key="mistakes_near_features",
        persist_state="session",
        help="One minus the cosine of what the network's last layer is given: 0 is the same to it.",
    )
    pixels = right.slider(
        "Pixels differ by at most (gray levels)",
        0,
        60,
        20,
        1,
        key="mistakes_near_pixels",
        persist_state="session",
        help="Root mean square over all pixels and colors; 0 is the very same picture, 255 most.",
    )
    found = made.duplicates(distance, float(pixels))
    answers = subject.answers
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.metric("Near-duplicates", f"{len(found):,}", width="content")
        st.metric("Accuracy, all images", f"{answers.accuracy:.2f}%", width="content")
        st.metric("Without them", f"{accuracy_without(answers, found):.2f}%", width="content")
        if len(found):
            right_answers = (answers.predicted == answers.labels).numpy()[found]
            st.metric("On them alone", f"{100 * right_answers.mean():.2f}%", width="content")
    st.caption(
        "A test image that is nearly in the training set asks for memory, not for understanding. "
        "In CIFAR-10, Barz and Denzler (2020, arXiv:1902.00423) found such a twin for 3.3% of the "
        "test images, by features and by eye."
    )
    if not len(found):
        st.info("No test image has a twin within these limits; raise them to see the nearest.")
        return
    shown = page_of(found, _PAGE, "mistakes_twins", (subject.key, distance, pixels))
    _pairs(images, made, shown, distance, float(pixels))


def nearest(subject: Subject, index: int) -> None:
    """The training images nearest to one test image."""
    subject.check_explainable()
    images = images_of(subject.predictions)
    made = _found(subject, images, "mistakes_find_one")
    if made is None:
        return
    rows, names = made.indices[index], images.class_names
    st.markdown("The training images that are most like it **to the network**:")
    st.html(
        html.grid(
            images.train_images[rows].permute(0, 2, 3, 1).numpy(),
            len(rows),
            names=[f"training image {row}" for row in rows],
            captions=[
                html.words(names[int(images.train_labels[row])], f"number {row}, {far:.3f} off")
                for row, far in zip(rows, made.distance[index], strict=True)
            ],
        )
    )
    st.caption(
        "By the cosine of what the last layer is given: 0 off is the same to the network, 2 the "
        "opposite. They tell what it takes the image for."
    )


def _found(subject: Subject, images: "ImageSet", key: str) -> Neighbors | None:
    """The neighbors, if they were asked for; else a button, for the first time takes a while."""
    building.check_open(subject.network.name)
    asked = (subject.key, subject.changed)
    if state.recall("mistakes_neighbors") != asked:
        st.info(
            f"The network has to look at all {len(images.train_images):,} training images once: "
            "about a minute on a laptop."
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
        return cached_results.neighbors(subject.key, subject.changed, images.source, progress)


def _pairs(
    images: "ImageSet", made: Neighbors, shown: np.ndarray, distance: float, pixels: float
) -> None:
    names = images.class_names
    columns = [made.closest(int(index), distance, pixels) for index in shown]
    twins = made.indices[shown, columns]
    both = np.stack(
        [images.test_images[shown].numpy(), images.train_images[twins].numpy()], axis=1
    ).reshape(-1, *images.test_images.shape[1:])
    captions, said = [], []
    for index, twin, column in zip(shown, twins, columns, strict=True):
        test, train = int(images.test_labels[index]), int(images.train_labels[twin])
        captions.append(html.words(names[test], f"test {index}"))
        captions.append(
            html.words(
                names[train] + ("" if test == train else " (another label!)"),
                f"training {twin}, {made.pixels[index, column]:.0f} levels off",
            )
        )
        said += [f"test image {index}", f"training image {twin}"]
    st.html(html.grid(both.transpose(0, 2, 3, 1), 6, names=said, captions=captions))

"""Mistakes: whether the network's confidence matches its accuracy."""

import streamlit as st

from core.mistakes.calibration import calibrate, in_words
from lab.charts.calibration import confidence_histogram, reliability_diagram
from lab.components.chart import chart
from lab.layout import columns
from lab.mistakes.evaluated_model import EvaluatedModel


def show(model: EvaluatedModel) -> None:
    """The sentence, the figures, the reliability diagram, the histogram of confidence."""
    shown = model.shown
    correct = (shown.predicted == shown.labels).numpy()
    made = calibrate(shown.confidence.numpy(), correct)
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.metric(
            "Expected calibration error",
            f"{100 * made.error:.2f}%",
            width="content",
            help="The mean gap between confidence and accuracy over ten bins of confidence, each "
            "weighted by its images (Guo et al. 2017). 0 is perfect.",
        )
        st.metric(
            "Maximum calibration error",
            f"{100 * made.worst:.1f}%",
            width="content",
            help="Of the bin where confidence and accuracy differ most. A bin of few images may "
            "differ by chance.",
        )
        st.markdown(in_words(made), width="content")
    left, right = columns(3, 2)
    with left:
        chart(reliability_diagram(made), "mistakes_reliability")
    with right:
        chart(confidence_histogram(made), "mistakes_confidence")
    trained_here = model.history is not None and len(model.history.epochs) > 1
    st.caption(
        "Bars below the dashed line: predictions with this confidence are correct less often than "
        "it says."
        + (" Move the epoch above to see how this changes in training." if trained_here else "")
    )

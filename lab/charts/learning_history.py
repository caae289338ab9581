"""One image's predicted class after every epoch. No Streamlit in here."""

import plotly.graph_objects as go

from core.mistakes.forgetting import LearningHistory
from lab.charts.figure import COLORS, make_figure

CORRECT, WRONG = COLORS[2], COLORS[1]


def predicted_classes(
    history: LearningHistory, names: tuple[str, ...], true: int, index: int
) -> go.Figure:
    """The predicted class after each epoch; the larger the mark, the higher its confidence."""
    predicted = history.predicted[:, index].astype(int)
    confidence = history.confidence[:, index]
    # The true class on top, then others by how often they were predicted.
    others = sorted(
        {int(each) for each in predicted} - {true}, key=lambda each: -(predicted == each).sum()
    )
    titles = [f"{name} (true)" if each == true else name for each, name in enumerate(names)]
    rows = [true, *others]
    figure = make_figure(
        "",
        x_title="Epoch",
        height=100 + 36 * len(rows),
        margin={"l": 0, "t": 10, "b": 45},
        xaxis={"fixedrange": True, "rangemode": "tozero"},
        yaxis={
            "categoryorder": "array",
            "categoryarray": [titles[each] for each in reversed(rows)],
            "range": [-0.6, len(rows) - 0.4],
            "fixedrange": True,
            "automargin": True,
        },
        showlegend=False,
    )
    figure.add_scatter(
        x=list(history.epochs),
        y=[titles[each] for each in predicted],
        mode="markers",
        marker={
            "size": [7 + 11 * float(each) for each in confidence],
            "color": [CORRECT if each == true else WRONG for each in predicted],
            "line": {"width": 0},
        },
        customdata=[100 * float(each) for each in confidence],
        hovertemplate="epoch %{x}: %{y}, confidence %{customdata:.0f}%<extra></extra>",
    )
    return figure

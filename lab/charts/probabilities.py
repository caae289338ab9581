"""Mistakes: the most probable classes of one image as bars. No Streamlit in here."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from lab.charts.figure import COLORS, make_figure

_TOP = 3
CORRECT, WRONG, UNKNOWN = COLORS[2], COLORS[1], COLORS[0]


def probabilities(names: Sequence[str], row: Mapping[int, float], true: int | None) -> go.Figure:
    """The three most probable of the classes in `row`, and the true one if it is none of them.

    `row` has probabilities by class index; `true` is None where it is not known.
    """
    ranked = sorted(row, key=lambda each: -row[each])
    predicted, shown = ranked[0], ranked[:_TOP]
    shown += [true] if true is not None and true in row and true not in shown else []
    values = [100 * row[each] for each in shown]
    wrong = WRONG if true is not None else UNKNOWN
    name = names[predicted]
    verdict = name if true is None else f"{names[true]} predicted as {name}"
    figure = make_figure(
        verdict,
        x_title="Probability (%)",
        height=90 + 40 * len(shown),
        margin={"l": 0, "r": 24, "t": 40, "b": 40},
        xaxis={"range": [0, 100], "dtick": 25, "fixedrange": True},
        yaxis={"autorange": "reversed", "fixedrange": True, "automargin": True},
        showlegend=False,
    )
    figure.add_bar(
        x=values,
        y=[f"{names[each]} (true)" if each == true else names[each] for each in shown],
        orientation="h",
        text=[f"{value:.1f}%" if value >= 0.05 else "<0.1%" for value in values],
        textposition="auto",
        insidetextfont_color="#111111",  # on orange and green, in either theme
        marker_color=[CORRECT if each == true else wrong for each in shown],
        hovertemplate="%{y}: %{x:.2f}%<extra></extra>",
    )
    return figure

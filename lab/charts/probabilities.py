"""Mistakes: the most probable classes of one image as bars. No Streamlit in here."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from lab.charts.figure import make_figure

_TOP = 3
RIGHT, WRONG, NEITHER = "#14a37f", "#e8702a", "#1f8ccf"


def probabilities(names: Sequence[str], row: Mapping[int, float], true: int | None) -> go.Figure:
    """The three most probable of the classes in `row`, and the true one if it is none of them.

    `row` has shares from 0 to 1 by class index; `true` is None where nobody knows.
    """
    ranked = sorted(row, key=lambda each: -row[each])
    said, shown = ranked[0], ranked[:_TOP]
    shown += [true] if true is not None and true in row and true not in shown else []
    values = [100 * row[each] for each in shown]
    wrong = WRONG if true is not None else NEITHER
    if true is None:
        verdict = names[said]
    else:
        verdict = "Recognized" if true == said else f"{names[true]} taken for {names[said]}"
    figure = make_figure(
        verdict,
        x_title="Probability (%)",
        height=90 + 40 * len(shown),
        margin={"l": 0, "t": 40, "b": 40},
        xaxis={"range": [0, 100], "fixedrange": True},
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
        marker_color=[RIGHT if each == true else wrong for each in shown],
        hovertemplate="%{y}: %{x:.2f}%<extra></extra>",
    )
    return figure

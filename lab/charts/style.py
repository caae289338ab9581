"""What all the lab's charts have in common. No streamlit in here."""

from typing import Any

import plotly.graph_objects as go

# Near Okabe and Ito's, told apart by the color-blind, seen on white and on near-black.
COLORS = ("#1f8ccf", "#e8702a", "#14a37f", "#c86fa8", "#d99a00", "#7a7fe0")
MARKS = {"size": 7, "maxdisplayed": 25}  # points; more of them hide a long run's lines
CONFIG = {"displaylogo": False, "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"]}
QUIET = {"displayModeBar": False}


def empty_figure(title: str, y_title: str, height: int = 380, **layout: Any) -> go.Figure:
    """An empty figure in the lab's looks; `uirevision` keeps a viewer's zoom over updates.

    The layout is given whole: Plotly's update_layout, add_hline and the like take ten times as
    long, and a live chart is made anew every second beside the training.
    """
    y_axis = {"title": {"text": y_title}, **layout.pop("yaxis", {})}
    looks = {
        "title": {"text": title, "font": {"size": 20}, "x": 0, "xanchor": "left", "y": 0.98},
        "height": height,
        "margin": {"l": 60, "r": 10, "t": 62, "b": 50},
        # Above the plot, left: nothing is covered, and more runs get more lines upwards.
        "legend": {"orientation": "h", "yanchor": "bottom", "y": 1.0, "xanchor": "left", "x": 0}
        | {"font": {"size": 13}},
        "showlegend": True,
        "font": {"size": 15},
        "hovermode": "closest",
        "uirevision": title,
        "xaxis": {"title": {"text": "Epoch"}, "rangemode": "tozero"},
        "yaxis": y_axis,
    }
    return go.Figure(layout=looks | layout)

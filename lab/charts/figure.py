"""What all the lab's charts have in common: one way to make a figure. No streamlit in here."""

from typing import Any

# Whole, before the first chart: plotly asks whether pandas is in sys.modules, and takes what
# another thread has begun to import there for the whole of it.
import pandas as pd  # noqa: F401
import plotly.graph_objects as go

# Near Okabe and Ito's, told apart by the color-blind, seen on white and on near-black.
COLORS = ("#1f8ccf", "#e8702a", "#14a37f", "#c86fa8", "#d99a00", "#7a7fe0")
MARKS = {"size": 7, "maxdisplayed": 25}  # points; more of them hide a long run's lines
GRAY = "#888888"  # of lines and marks that belong to no curve


def make_figure(
    title: str, y_title: str = "", x_title: str = "", height: int = 380, **layout: Any
) -> go.Figure:
    """An empty figure in the lab's looks; `uirevision` keeps a viewer's zoom over updates.

    `layout` are Plotly's own names; those for an axis or the margin are laid over the lab's. It is
    given whole: Plotly's update_layout, add_hline and the like take ten times as long, and a live
    chart is made anew every second beside the training.
    """
    margin = {"l": 60, "r": 10, "t": 62, "b": 50} | layout.pop("margin", {})
    x_axis = {"title": {"text": x_title}, **layout.pop("xaxis", {})}
    y_axis = {"title": {"text": y_title}, **layout.pop("yaxis", {})}
    style = {
        "title": {"text": title, "font": {"size": 20}, "x": 0, "xanchor": "left", "y": 0.98},
        "height": height,
        "margin": margin,
        # Above the plot, left: nothing is covered, and more runs get more lines upwards.
        "legend": {"orientation": "h", "yanchor": "bottom", "y": 1.0, "xanchor": "left", "x": 0}
        | {"font": {"size": 14}},
        "font": {"size": 15},
        "hovermode": "closest",
        "uirevision": title,
        "xaxis": x_axis,
        "yaxis": y_axis,
    }
    return go.Figure(layout=style | layout)

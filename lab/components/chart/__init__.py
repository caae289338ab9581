"""A Plotly chart, drawn by one component for all pages; it may change while one looks at it.

`st.plotly_chart` (1.67) takes the figure's content for the chart's identity, so every new point
mounts a new chart: it flickers and the viewer's zoom is lost (streamlit #8782). This component
keeps the chart and hands it the new data (`Plotly.react`). On a projector, which is read from the
back of the room, it enlarges all text; a figure cannot, for the server does not know the screen.
"""

from pathlib import Path

import plotly
import plotly.graph_objects as go
import streamlit as st
import streamlit.components.v1 as components

# Serves the folder of plotly's own package, for the plotly.min.js in it; never mounted itself.
_FILES = components.declare_component("plotly", path=Path(plotly.__file__).parent / "package_data")
_COMPONENT = st.components.v2.component(
    "chart",
    js=Path(__file__).with_name("chart.js").read_text("utf-8"),
    css=".lab-chart { width: 100%; }",
    isolate_styles=False,
)
_TOOLBAR = {"modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"]}


def chart(figure: go.Figure, key: str, *, toolbar: bool = False) -> None:
    """Draw `figure`, whose layout names a height, or update the chart drawn under this key.

    `toolbar`: with Plotly's buttons (zoom, picture) while the pointer is over it.
    """
    plain = figure.to_dict()
    plain["layout"].pop("template", None)
    _COMPONENT(
        key=key,
        data={
            "figure": plain,
            "plotly": f"{_FILES.name}/plotly.min.js",
            "config": _TOOLBAR if toolbar else {"displayModeBar": False},
        },
    )

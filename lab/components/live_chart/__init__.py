"""A Plotly chart that changes while one looks at it.

`st.plotly_chart` (1.67) takes the figure's content for the chart's identity, so every new point
mounts a new chart: it flickers and the viewer's zoom is lost (streamlit #8782). This component
keeps the chart and hands it the new data (`Plotly.react`).
"""

from pathlib import Path

import plotly
import plotly.graph_objects as go
import streamlit as st
import streamlit.components.v1 as components

# Serves the folder of plotly's own package, for the plotly.min.js in it; never mounted itself.
_FILES = components.declare_component("plotly", path=Path(plotly.__file__).parent / "package_data")
_COMPONENT = st.components.v2.component(
    "live_chart",
    js=Path(__file__).with_name("live_chart.js").read_text("utf-8"),
    css=".live-plot { width: 100%; }",
    isolate_styles=False,
)


def live_chart(figure: go.Figure, key: str, config: dict[str, object] | None = None) -> None:
    """Draw `figure`, whose layout names a height, or update the chart drawn under this key."""
    _COMPONENT(
        key=key,
        data={
            "figure": figure.to_dict(),
            "plotly": f"{_FILES.name}/plotly.min.js",
            "config": config or {},
        },
    )

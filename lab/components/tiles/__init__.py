"""A gallery whose tiles can be clicked or walked with the arrow keys; one element on the page.

The images travel as one sheet, heat maps as a second one that the browser lays over the first.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import streamlit as st

from lab.images.sheets import (
    Pixels,
    data_url,
    png,
    sheet,
)

_COLUMNS = 8  # of the sheet that travels; the browser lays the tiles out as they fit
_COMPONENT = st.components.v2.component(
    "tiles",
    html="<div class='tiles' role='group'></div>",
    css=Path(__file__).with_name("tiles.css").read_text("utf-8"),
    js=Path(__file__).with_name("tiles.js").read_text("utf-8"),
)


@dataclass(frozen=True)
class Tile:
    """`index` is what a click answers; `bars` are (words, share from 0 to 1) under the picture."""

    index: int
    first: str
    second: str
    right: bool
    bars: tuple[tuple[str, float], ...]


def tiles(
    images: Pixels,
    about: Sequence[Tile],
    key: str,
    *,
    heat: Pixels | None = None,
    opacity: float = 0.5,
) -> int | None:
    """Draw uint8 images (N, H, W, 3); the `index` of the tile that was just clicked, or None.

    `heat` (N, H', W', 3) is drawn over the images, smoothed.
    """
    result = _COMPONENT(
        key=key,
        data={
            "sheet": data_url(png(sheet(images, _COLUMNS))),
            "heat": None if heat is None else data_url(png(sheet(heat, _COLUMNS))),
            "opacity": opacity,
            "columns": _COLUMNS,
            "tiles": [asdict(tile) for tile in about],
        },
        on_picked_change=lambda: None,
    )
    picked = result.get("picked")
    return int(picked) if isinstance(picked, int | float) else None

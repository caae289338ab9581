"""Mistakes: the square that is cut out of an uploaded image before it is resized."""

import numpy as np
import streamlit as st

from core.mistakes.upload import Square, Upload
from lab.images import sheets
from lab.images.sheets import Pixels

_CROP, _WHOLE = "Crop", "Stretch"
_DIMMED = 0.3  # brightness outside the square


def choose(upload: Upload, name: str) -> Upload:
    """The image with the chosen square, or as a whole; `name` tells uploads apart."""
    stretched = upload.width != upload.height
    way = _CROP
    if stretched:
        way = st.segmented_control(
            "Make it square",
            (_CROP, _WHOLE),
            default=_CROP,
            required=True,
            key=f"mistakes_crop_{name}",
        )
    if way == _WHOLE:
        return upload
    place = st.empty()
    size = st.slider("Size (% of the shorter side)", 10, 100, 100, 5, key=f"crop_size_{name}")
    x = y = 50
    if size < 100 or upload.width > upload.height:
        x = st.slider("Left to right (%)", 0, 100, 50, key=f"crop_x_{name}")
    if size < 100 or upload.height > upload.width:
        y = st.slider("Top to bottom (%)", 0, 100, 50, key=f"crop_y_{name}")
    square = Square(size / 100, x / 100, y / 100)
    if stretched or size < 100:
        place.image(sheets.png(_framed(upload.preview, square)), width="stretch")
        return upload.cropped(square)
    return upload


def _framed(preview: Pixels, square: Square) -> Pixels:
    """The image (H, W, 3), dark outside the square."""
    height, width = preview.shape[:2]
    left, top, right, bottom = square.box(width, height)
    framed: Pixels = (preview * _DIMMED).astype(np.uint8)
    framed[top:bottom, left:right] = preview[top:bottom, left:right]
    return framed

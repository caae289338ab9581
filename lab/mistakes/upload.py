"""Mistakes: an uploaded image, predicted and explained; it is stored nowhere."""

import numpy as np
import streamlit as st
import torch

from core.mistakes.cam.explain import Maps, explain
from core.mistakes.upload import EXTENSIONS, MAX_MEGABYTES, Upload, read_upload
from core.predictions import predict
from core.progress import Progress
from lab import state
from lab.charts.probabilities import probabilities
from lab.components import paste
from lab.components.chart import chart
from lab.images import sheets
from lab.layout import columns
from lab.mistakes import crop, heat_maps
from lab.mistakes.evaluated_model import EvaluatedModel
from lab.mistakes.heat_maps import Explained

KEY = "mistakes_upload"
_SIZE = 448
_NARROW = 370


def show(model: EvaluatedModel) -> None:
    """The uploader; then what the network is given, predicts, and finds evidence in."""
    model.check_explainable()
    with st.container(key=KEY):
        file = st.file_uploader(
            "An image",
            list(EXTENSIONS),
            key="mistakes_own_file",
            max_upload_size=MAX_MEGABYTES,
            help="It is read in memory, shown to you alone, and stored nowhere.",
        )
        paste.into(KEY, "Or paste one: copy an image anywhere, then press Ctrl+V (⌘V) here.")
    if file is None:
        state.remember("mistakes_upload", None)
        st.info(
            f"Drop a photo of one of these: {', '.join(model.predictions.class_names)}. The "
            "network predicts one of them whatever it is given: try something else, too.",
            icon=":material/add_photo_alternate:",
        )
        return
    whole = _read(file.file_id, file.getvalue(), file.name)
    left, right = columns(3, 7)
    with left:
        upload = crop.choose(whole, file.file_id)
        about = _explained(model, upload)
        st.image(sheets.png(sheets.enlarged(upload.tile, _SIZE)), width=_NARROW)
        st.caption(" ".join(["What the network is given.", *upload.notes]))
        chart(probabilities(about.names, dict(enumerate(about.row)), None), "mistakes_own_bars")
    with right:
        heat_maps.show(model, about)


def _read(file_id: str, content: bytes, name: str) -> Upload:
    """Decoded once, for a large image takes a second; this session remembers the newest alone."""
    known: tuple[str, Upload] | None = state.recall("mistakes_upload")
    if known is None or known[0] != file_id:
        known = (file_id, read_upload(content, name))
        state.remember("mistakes_upload", known)
    return known[1]


def _explained(model: EvaluatedModel, upload: Upload) -> Explained:
    loaded = model.ref.load()
    about, cpu = loaded.about, torch.device("cpu")
    images = torch.from_numpy(np.ascontiguousarray(upload.tile.transpose(2, 0, 1)))[None]
    row = predict(loaded.model, images, about.mean, about.std, cpu)[0]

    def maps(targets: tuple[int, ...], method: str, layer: str, progress: Progress) -> Maps:
        several = images.expand(len(targets), -1, -1, -1)
        return explain(
            model.ref.path, several, targets, method=method, layer=layer, progress=progress
        )

    return Explained("own", upload.tile, about.class_names, tuple(row.tolist()), None, maps)

"""The lab's entry: `streamlit run lab/Home.py`. Navigation and side bar; pages do the rest."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:  # streamlit puts only lab/ there
    sys.path.insert(0, str(ROOT))

import streamlit as st  # noqa: E402

from lab import layout, sidebar, state  # noqa: E402
from lab.pages import FOLDER, pages  # noqa: E402

st.set_page_config(
    page_title="CIFAR-10 lab", page_icon=str(ROOT / "assets" / "icon.png"), layout="wide"
)
state.device_title()  # begins to import torch, beside the first page
page = st.navigation(
    [
        st.Page(
            FOLDER / f"{name}.py",
            title=entry.title,
            icon=entry.icon,
            url_path=name,
            default=place == 0,
        )
        for place, (name, entry) in enumerate(pages().items())
    ]
)
layout.style()
sidebar.show()
page.run()

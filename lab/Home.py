"""The lab's entry: `streamlit run lab/Home.py`. Navigation and side bar; pages do the rest."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:  # streamlit puts only lab/ there
    sys.path.insert(0, str(ROOT))

import streamlit as st  # noqa: E402

from lab import layout as looks  # noqa: E402
from lab import sidebar, state  # noqa: E402

PAGES = {
    "home.py": ("Home", ":material/home:"),
    "augmentations.py": ("Augmentations", ":material/auto_awesome:"),
    "networks.py": ("Networks", ":material/account_tree:"),
    "editor.py": ("Editor", ":material/edit_note:"),
    "compare.py": ("Compare", ":material/compare_arrows:"),
    "train.py": ("Train", ":material/show_chart:"),
    "mistakes.py": ("Mistakes", ":material/search:"),
}

st.set_page_config(
    page_title="CIFAR-10 lab", page_icon=str(ROOT / "assets" / "icon.png"), layout="wide"
)
state.device_title()  # begins to import torch, beside the first page
page = st.navigation(
    [
        st.Page(
            ROOT / "pages" / file,
            title=title,
            icon=icon,
            url_path=file.removesuffix(".py"),
            default=file == "home.py",
        )
        for file, (title, icon) in PAGES.items()
    ]
)
looks.style()
sidebar.show()
page.run()

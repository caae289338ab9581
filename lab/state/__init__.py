"""The only room that touches Streamlit's session state, caches and query parameters.

Widgets keep their own values (`persist_state="session"` survives a change of page,
`bind="query-params"` puts them in the URL); here is what is shared between pages, sessions or both.
"""

from lab.state.address import from_url, to_url
from lab.state.images import choose_data, data_source, download, image_notes, image_set
from lab.state.runs import (
    edited_policy,
    follower,
    in_training,
    keep_policy,
    overlaid,
    overlay,
    run_named,
    runs,
    watch,
    watched,
)
from lab.state.server import device_title, forecasts, kept, make_way, range_tests, runner
from lab.state.session import (
    DATA_KEY,
    fill,
    is_drawn,
    just_set,
    recall,
    remember,
    selected_rows,
    sent_by,
    value_of,
)

__all__ = [
    "DATA_KEY",
    "choose_data",
    "data_source",
    "device_title",
    "download",
    "edited_policy",
    "fill",
    "follower",
    "forecasts",
    "from_url",
    "image_notes",
    "image_set",
    "in_training",
    "is_drawn",
    "just_set",
    "keep_policy",
    "kept",
    "make_way",
    "overlaid",
    "overlay",
    "range_tests",
    "recall",
    "remember",
    "run_named",
    "runner",
    "runs",
    "selected_rows",
    "sent_by",
    "to_url",
    "value_of",
    "watch",
    "watched",
]

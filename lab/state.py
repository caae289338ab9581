"""The only file that touches Streamlit's session state, caches and query parameters.

Widgets keep their own values (`persist_state="session"` survives a change of page,
`bind="query-params"` puts them in the URL); here is what is shared between pages, sessions or both.
"""

import secrets
import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from core import paths
from core.augment.policy import Policy
from core.runs.follow import Follower, Followers
from core.runs.store import Run, list_runs, open_run
from lab.cache import ImageSets, Kept
from lab.train.range_test_jobs import Trials

if TYPE_CHECKING:
    from core.data.image_set import ImageSet
    from core.training.runner import Runner
    from lab.augmentations.editing import Bench

DATA_KEY = "data_source"


@st.cache_resource(show_spinner=False)
def kept(kind: str, most: int) -> Kept:
    """The newest `most` results of one kind of long work, for every session of this server."""
    return Kept(most)


@st.cache_resource(show_spinner=False)
def _image_sets() -> ImageSets:
    return ImageSets()


@st.cache_resource(show_spinner=False)
def runner() -> "Runner":
    """The one runner of this server: every session sees the same runs."""
    from core.training.runner import Runner

    return Runner(paths.runs_folder(), partial(_image_sets().get, download=True))


@st.cache_resource(show_spinner=False)
def range_tests() -> Trials:
    """The learning-rate range tests of this server, one at a time."""
    return Trials(_image_sets().get)


@st.cache_resource(show_spinner=False)
def _device_title() -> list[str]:
    """Filled by a thread that imports what is slow while the first page is read, once a server."""
    title: list[str] = []

    def load() -> None:
        import core.analysis.receptive_field.gradient_probe
        import core.augment.engine.loader
        import core.training.runner  # noqa: F401
        from core.device import describe, pick

        title.append(describe(pick("auto")))

    threading.Thread(target=load, name="warm-up", daemon=True).start()
    return title


def device_title() -> str | None:
    """What runs train on unless told otherwise, in words; None until that is known."""
    return next(iter(_device_title()), None)


def image_set(source: str) -> "ImageSet":
    """The images of `source`, with a progress bar on the page while they are being loaded."""
    sets = _image_sets()
    return sets.get(source) if sets.has(source) else _loaded(source)


def download(source: str) -> "ImageSet":
    """Fetch a data set that is not there yet, with a progress bar; raises LabError."""
    return _loaded(source, download=True)


def _loaded(source: str, *, download: bool = False) -> "ImageSet":
    place = st.empty()

    def progress(fraction: float, message: str) -> None:
        place.progress(min(max(fraction, 0.0), 1.0), text=message)

    try:
        progress(0.0, "Loading the images")
        return _image_sets().get(source, progress, download=download)
    finally:
        place.empty()


def data_source() -> str:
    """The data set that this session looks at; chosen in the side bar, kept over pages."""
    from core.data.sources import catalogue

    chosen = st.session_state.get(DATA_KEY)
    return str(chosen) if chosen else best_source(catalogue.choices())


def best_source(choices: list[Any]) -> str:
    """Real images where there are some (CIFAR-10 first, then a folder), else the shapes."""
    ready = [choice.source for choice in choices if choice.ready]
    real = [source for source in ready if source != "shapes"]
    return "cifar10" if "cifar10" in real else (real or ready or ["shapes"])[0]


def choose_data(source: str) -> None:
    """Look at another data set from now on."""
    st.session_state[DATA_KEY] = source


def runs() -> list[Run]:
    """All runs, newest first, as the disk tells them now."""
    return list_runs(paths.runs_folder())


def run_named(name: str) -> Run:
    """The run called `name`; LabError where there is none."""
    return open_run(paths.runs_folder(), name)


def remember(name: str, value: object) -> None:
    """Keep a page's own value for this session (a message for after a rerun, a page number)."""
    st.session_state[f"page_{name}"] = value


def recall(name: str, otherwise: Any = None) -> Any:
    """What `remember` kept under this name in this session."""
    return st.session_state.get(f"page_{name}", otherwise)


def from_url(name: str) -> str | None:
    """A query parameter of the page's address."""
    return st.query_params.get(name)


def to_url(name: str, value: str | None) -> None:
    """Put a query parameter into the page's address, or take it out."""
    if value is None:
        st.query_params.pop(name, None)
    elif st.query_params.get(name) != value:
        st.query_params[name] = value


def watch(name: str | None) -> None:
    """Make this the run that the Train page shows, in the address too."""
    remember("watched", name)
    to_url("run", name)


def watched() -> Run | None:
    """The run that the Train page shows: the chosen, else one that is alive, else the newest."""
    known = {run.name: run for run in runs()}
    for name in (from_url("run"), recall("watched")):
        if name in known:
            return known[name]
    alive = [
        run for run in known.values() if run.status.state in ("running", "preparing", "paused")
    ]
    return next(iter([*alive, *known.values()]), None)


@st.cache_resource(show_spinner=False)
def _followers() -> Followers:
    return Followers()


def follower(run: Run) -> Follower:
    """The rows of a run, read on from where any session last read them."""
    return _followers().of(run)


def keep_policy(policy: Policy | None) -> None:
    """Offer the policy that was edited on the Augmentations page to the Train page, or none."""
    remember("policy", policy)


def edited_policy() -> Policy | None:
    """The policy that this session edited on the Augmentations page, or None."""
    policy: Policy | None = recall("policy")
    return policy


def overlay(names: list[str]) -> None:
    """Lay the curves of these runs over the watched one's."""
    remember("overlaid", names)


def overlaid() -> list[Run]:
    """The runs whose curves are laid over the watched one's, at most five."""
    names = recall("overlaid", [])
    if not names:  # the usual case, asked for at every tick of the live curves
        return []
    known = {run.name: run for run in runs()}
    return [known[name] for name in names if name in known][:5]


def selected_rows(table: str) -> list[int]:
    """The rows that are selected in the data frame with this key."""
    selection = st.session_state.get(table)
    return list(selection.selection.rows) if selection else []


def said_by(component: str, name: str) -> object:
    """What the component with this key has just said under this name; for use in its callback."""
    said = st.session_state.get(component)
    return said.get(name) if said is not None else None


def just_set(key: str) -> Any:
    """What the widget with this key was just set to; for the function it calls when changed."""
    return st.session_state[key]


def bench() -> "Bench":
    """What this session edits on the Augmentations page; at first what the page's address says."""
    from core.augment.code.url import from_link
    from core.errors import LabError
    from lab.augmentations.editing import Bench

    known: Bench | None = recall("bench")
    if known is None:
        known = Bench()
        link, roll = from_url("policy"), from_url("roll") or ""
        if link:
            try:
                known = Bench(from_link(link), from_link(link))
            except LabError as error:
                known.trouble = f"The policy in the address cannot be used: {error}"
        known.roll = int(roll) if roll.isdigit() and len(roll) < 7 else 0
        remember("bench", known)
    return known


def share_policy(bench: "Bench") -> None:
    """Put the bench's policy into the page's address and offer it to the Train page."""
    from core.augment.code.url import to_link
    from core.augment.policies import name_of

    to_url("policy", to_link(bench.current))
    to_url("roll", str(bench.roll) if bench.roll else None)
    keep_policy(None if name_of(bench.current) == "assignment" else bench.current)


def fill(values: Mapping[str, object]) -> None:
    """Give widgets values, by their keys: before they are drawn, or in a callback."""
    for key, value in values.items():
        st.session_state[key] = value


def is_drawn(key: str) -> bool:
    """Whether the widget with this key was on the page in the last run, and so has a value."""
    return key in st.session_state


def image_notes(source: str) -> tuple[str, ...]:
    """What has to be said of these images (some were resized, say), once they are loaded."""
    sets = _image_sets()
    return sets.get(source).notes if sets.has(source) else ()


def of_file(job: str, name: str) -> Any:
    """What a separate process finds out about a student's `path.py:Class`; kept for the session.

    `job` is inspect or probe. Errors are kept too, so that an endless loop is waited for once.
    """
    from core.analysis.sandbox.parent import inspect_file, probe_file
    from core.errors import LabError

    key = f"file {job} {name}"
    kept = recall(key)
    if kept is None:
        try:
            with st.spinner("Running the file in a process of its own"):
                kept = inspect_file(name) if job == "inspect" else probe_file(name)
        except LabError as error:
            kept = error
        remember(key, kept)
    if isinstance(kept, LabError):
        raise kept
    return kept


def voter() -> str:
    """Who votes in this session: a name that says nothing, new with every session."""
    name = recall("voter")
    if name is None:
        name = secrets.token_hex(6)
        remember("voter", name)
    return str(name)


def attempt(action: Callable[[], object]) -> None:
    """Do something in a widget's callback; what goes wrong is told as a toast, for it has no place.

    Streamlit would show an error there as a traceback.
    """
    from core.errors import LabError

    try:
        action()
    except LabError as error:
        st.toast(str(error), icon=":material/error:", duration="long")

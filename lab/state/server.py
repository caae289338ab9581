"""What the server keeps for all its sessions: image sets, the runner, results of long work."""

import threading
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

import streamlit as st

from core import paths
from core.runs.follow import Followers
from lab.cache import ImageSets, Kept
from lab.jobs.forecasts import ForecastJobs
from lab.jobs.range_tests import Trials

if TYPE_CHECKING:
    from core.training.runner import Runner


@st.cache_resource(show_spinner=False)
def kept(kind: str, most: int) -> Kept:
    """The newest `most` results of one kind of long work, for every session of this server."""
    return Kept(most)


@st.cache_resource(show_spinner=False)
def image_sets() -> ImageSets:
    """The images in memory."""
    return ImageSets()


@st.cache_resource(show_spinner=False)
def followers() -> Followers:
    """The rows of run folders, read on from where any session last read them."""
    return Followers()


@st.cache_resource(show_spinner=False)
def runner() -> "Runner":
    """The one runner of this server: every session sees the same runs."""
    from core.training.runner import Runner

    return Runner(paths.runs_folder(), partial(image_sets().get, download=True))


@st.cache_resource(show_spinner=False)
def range_tests() -> Trials:
    """The learning-rate range tests of this server, one at a time."""
    return Trials(image_sets().get)


@st.cache_resource(show_spinner=False)
def forecasts() -> ForecastJobs:
    """How long runs will take, measured on this server."""
    return ForecastJobs(image_sets().get)


def make_way() -> None:
    """End what is measured in the background, for a run begins: both draw from torch's numbers."""
    range_tests().make_way()
    forecasts().make_way()


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
        import_module("core.mistakes.cam.explain")
        import_module("pytorch_grad_cam")  # two seconds for which the first heat map need not wait

    threading.Thread(target=load, name="warm-up", daemon=True).start()
    return title


def device_title() -> str | None:
    """What runs train on unless told otherwise, in words; None until that is known."""
    return next(iter(_device_title()), None)

"""What a user sees when something goes wrong: one sentence, never a traceback."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from core.errors import LabError

log = logging.getLogger(__name__)


@contextmanager
def shown() -> Iterator[None]:
    """Show what the block raises where it stands, and go on with the page behind it.

    A LabError is shown as it is; anything else is a defect of ours: logged whole, shown in one
    sentence. Streamlit's own control flow (stop, rerun) passes through.
    """
    try:
        yield
    except LabError as error:
        st.error(str(error), icon=":material/error:")
    except Exception as error:
        log.exception("a page failed")
        st.error(
            f"This part of the page failed ({type(error).__name__}); that is a defect of the lab. "
            "The server's log has the details; reload the page to continue.",
            icon=":material/bug_report:",
        )


def attempt(action: Callable[[], object]) -> None:
    """Do something in a widget's callback; what goes wrong is told as a toast, for it has no place.

    Streamlit would show an error there as a traceback.
    """
    try:
        action()
    except LabError as error:
        st.toast(str(error), icon=":material/error:", duration="long")

"""The one kind of error that is meant for the person in front of the screen."""

import reprlib


class LabError(ValueError):
    """Something the user can put right.

    The message is one sentence that says what is wrong, the value, what is allowed and what to
    do; pages show it as it is and the command line prints it and exits with 1. Anything else that
    is raised is a defect of ours.
    """


class BadSetting(LabError):
    """A name or value that is not allowed, whatever the machine; the command line exits with 2."""


def quoted(value: object, limit: int = 80) -> str:
    """`value` as a message may repeat it: as Python writes it, cut where it is long."""
    short = reprlib.Repr()
    short.maxstring = short.maxother = short.maxlong = limit
    try:
        text = short.repr(value)
    except Exception:  # whole numbers past 4,300 digits, objects whose own repr fails
        return f"a {type(value).__name__} that cannot be shown"
    return text if len(text) <= 2 * limit else f"{text[: 2 * limit]}..."

"""The one kind of error that is meant for the person in front of the screen."""


class LabError(ValueError):
    """Something the user can put right.

    The message is one sentence that says what is wrong, the value, what is allowed and what to
    do; pages show it as it is and the command line prints it and exits with 1. Anything else that
    is raised is a defect of ours.
    """


class BadSetting(LabError):
    """A name or value that is not allowed, whatever the machine; the command line exits with 2."""

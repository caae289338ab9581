"""Numbers and states in plain words."""

from datetime import datetime

from core.runs.status import Status
from core.runs.store import Run

STATES = {
    "queued": "Waiting",
    "preparing": "Preparing",
    "running": "Training",
    "paused": "Paused",
    "stopping": "Stopping",
    "finished": "Finished",
    "stopped": "Stopped",
    "failed": "Failed",
    "interrupted": "Interrupted",
}
COLORS = {"running": "green", "paused": "orange", "stopping": "orange", "failed": "red"}
COLORS |= {"interrupted": "red", "finished": "blue", "preparing": "violet"}


def duration(seconds: float) -> str:
    """`8 s`, `2 min 10 s`, `1 h 05 min`."""
    whole = round(max(seconds, 0))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def about(seconds: float) -> str:
    """As exact as a forecast is: `about 40 s`, `about 20 min`, `about 2 h 10 min`."""
    if seconds < 95:
        return f"about {max(10 * round(seconds / 10), 10)} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"about {minutes} min"
    tens = 10 * round(minutes / 10)
    return f"about {tens // 60} h {tens % 60} min"


def state(status: Status) -> str:
    """A run's state in one word."""
    return STATES.get(status.state, status.state)


def state_badge(status: Status) -> str:
    """The same as colored Markdown."""
    return f":{COLORS.get(status.state, 'gray')}-badge[{state(status)}]"


def clock(time: float) -> str:
    """A moment as people note it, in the server's time zone: `21 Nov, 14:05`."""
    return datetime.fromtimestamp(time).strftime("%d %b, %H:%M").lstrip("0") if time else ""


def run_title(run: Run) -> str:
    """A run's name among others: `sprint #2 · 21 Nov, 14:05`."""
    try:
        when = datetime.strptime("-".join(run.name.split("-")[:2]), "%Y%m%d-%H%M%S")
    except ValueError:
        return run.title
    return f"{run.title} · {clock(when.timestamp())}"

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


def state(status: Status) -> str:
    """A run's state in one word."""
    return STATES.get(status.state, status.state)


def state_badge(status: Status) -> str:
    """The same as colored Markdown."""
    return f":{COLORS.get(status.state, 'gray')}-badge[{state(status)}]"


def clock(time: float) -> str:
    """A moment as people note it, in the server's time zone: `21 Nov, 14:05`."""
    return datetime.fromtimestamp(time).strftime("%d %b, %H:%M").lstrip("0") if time else ""


def run_name(run: Run) -> str:
    """What a run is called on the screen."""
    return run.config.network.name


def run_title(name: str) -> str:
    """`20261121-140500-modular_97k-ab12` as `modular_97k · 21 Nov, 14:05 · ab12`."""
    parts = name.split("-")
    if len(parts) < 4:
        return name
    try:
        when = datetime.strptime("-".join(parts[:2]), "%Y%m%d-%H%M%S")
    except ValueError:
        return name
    return f"{'-'.join(parts[2:-1])} · {clock(when.timestamp())} · {parts[-1]}"

"""The runs that a session watches, and the policy that its next run may take."""

from core import paths
from core.augment.policy import Policy
from core.runs.follow import Follower
from core.runs.store import Run, list_runs, open_run
from lab.state import server
from lab.state.address import from_url, to_url
from lab.state.session import recall, remember


def runs() -> list[Run]:
    """All runs, newest first, as the disk tells them now."""
    return list_runs(paths.runs_folder())


def run_named(name: str) -> Run:
    """The run called `name`; LabError where there is none."""
    return open_run(paths.runs_folder(), name)


def follower(run: Run) -> Follower:
    """The rows of a run, read on from where any session last read them."""
    return server.followers().of(run)


def watch(name: str | None) -> None:
    """Make this the run that the Train page shows, in the address too."""
    remember("watched", name)
    to_url("run", name)


def watched() -> Run | None:
    """The run that the Train page shows: the chosen, else the one in training, else the newest."""
    known = {run.name: run for run in runs()}
    for name in (from_url("run"), recall("watched")):
        if name in known:
            return known[name]
    return in_training() or next(iter(known.values()), None)


def in_training() -> Run | None:
    """The run that is in training now, not one that waits its turn; None where there is none."""
    states = ("running", "preparing", "paused", "stopping")
    return next((run for run in runs() if run.status.state in states), None)


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


def keep_policy(policy: Policy | None) -> None:
    """Offer the policy that was edited on the Augmentations page to the Train page, or none."""
    remember("policy", policy)


def edited_policy() -> Policy | None:
    """The policy that this session edited on the Augmentations page, or None."""
    policy: Policy | None = recall("policy")
    return policy

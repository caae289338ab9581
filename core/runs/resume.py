"""Going on with a run that was stopped, interrupted or ended by an error."""

from core.checkpoint import Checkpoint
from core.errors import LabError
from core.files import append_line
from core.runs import claim as claims
from core.runs.claim import Claim
from core.runs.store import Run


def check(run: Run) -> Checkpoint | None:
    """What `run` goes on from, None for its beginning; LabError where it cannot be resumed."""
    claims.refuse_if_held(run.folder)
    status, epochs = run.status, run.config.training.epochs
    checkpoint = run.checkpoint() if run.has_checkpoint else None
    if status.state == "finished":
        if checkpoint is not None and checkpoint.epoch >= epochs:
            raise LabError(f"Run {run.name} has done all its {epochs} epochs; start a new run.")
        raise LabError(f"Run {run.name} is finished. {status.message}".strip())  # at its target
    return checkpoint


def take_on(run: Run) -> tuple[Claim, Checkpoint | None]:
    """As `check`, and the right to write into the run's folder."""
    checkpoint = check(run)
    claim = claims.take(run.folder)
    if checkpoint is None:
        return claim, None
    try:
        rows = run.epochs()
        if checkpoint.row and (not rows or rows[-1]["epoch"] < checkpoint.epoch):
            with claim.writing():  # it ended between the checkpoint and its row
                append_line(run.folder / "epochs.jsonl", checkpoint.row)
    except LabError as error:
        claim.end("failed", str(error))
        raise
    epochs = run.config.training.epochs
    if checkpoint.epoch >= epochs:  # it ended before it could say so
        claim.end("finished", "")
        raise LabError(f"Run {run.name} has done all its {epochs} epochs; start a new run.")
    return claim, checkpoint


def continues(epoch: int) -> str:
    """A sentence on where a run goes on of which `epoch` epochs are finished."""
    if epoch:
        return f"Resumed, it goes on after epoch {epoch}."
    return "No epoch was finished: resumed, it begins again."

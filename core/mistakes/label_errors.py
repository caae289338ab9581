"""Labels that may be wrong: which to look at first, how a class votes on them, what follows."""

import threading
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field, ValidationError

from core import paths
from core.errors import LabError
from core.files import cannot_write, read_json, write_json
from core.mistakes.forgetting import TopPredictions
from core.predictions import Predictions
from core.registry import Registry

if TYPE_CHECKING:
    from core.data.image_set import ImageSet

Indices = NDArray[np.int64]
FORMAT = 1
_writing = threading.Lock()  # sessions of one server share the files

VOTES: Registry[str] = Registry("vote")  # names and what they are called
VOTES.add("keep", "Label is correct")
VOTES.add("wrong", "Label is wrong")
VOTES.add("unclear", "Unclear")


def suspicious(predictions: Predictions) -> Indices:
    """Data set indices, int64, of labels that are probably wrong, the most suspicious first.

    Confident learning (Northcutt et al. 2021, arXiv:1911.00068) as cleanlab does it, ranked by the
    probability that the network gives to the label.
    """
    from cleanlab.filter import find_label_issues

    ranked = find_label_issues(
        predictions.labels.numpy(),
        predictions.probabilities.numpy().astype(np.float64),
        return_indices_ranked_by="self_confidence",
        n_jobs=1,  # else it starts processes of a server that has threads
    )
    indices: Indices = np.asarray(ranked, dtype=np.int64)
    return indices


class _StoredVotes(BaseModel):
    """A file of votes: by data set index, as text, each voter's vote."""

    format: int
    votes: dict[Annotated[int, Field(ge=0, lt=10**9)], dict[str, str]]


@dataclass(frozen=True, eq=False)
class Votes:
    """What was voted on images of one data set: by data set index, each voter's last word."""

    by_image: dict[int, dict[str, str]]

    def of(self, image: int) -> Counter[str]:
        """How many gave which vote."""
        return Counter(self.by_image.get(image, {}).values())

    @property
    def disputed(self) -> Indices:
        """Images that more voters call wrong or unclear than right, int64 in order."""
        found = []
        for image in self.by_image:
            counted = self.of(image)
            if counted["wrong"] + counted["unclear"] > counted["keep"]:
                found.append(image)
        return np.array(sorted(found), dtype=np.int64)


def votes_path(images: "ImageSet") -> Path:
    """Where votes on these test images are stored: the same images, the same file."""
    return paths.home() / "votes" / f"{images.test_checksum}.json"


def read_votes(path: Path) -> Votes:
    """What was voted so far. Raises LabError where the file is damaged."""
    if not path.exists():
        return Votes({})
    try:
        stored = _StoredVotes.model_validate(read_json(path))
    except (LabError, ValidationError) as error:
        raise LabError(
            f"The votes in {path} cannot be read ({type(error).__name__}); move the file away to "
            "begin anew."
        ) from error
    if stored.format != FORMAT:
        raise LabError(
            f"The votes in {path} have format {stored.format!r}, and this lab reads "
            f"{FORMAT!r}; use the version of the lab that wrote them, or move the file away."
        )
    return Votes(
        {
            image: {voter: vote for voter, vote in votes.items() if vote in VOTES}
            for image, votes in stored.votes.items()
        }
    )


def vote(path: Path, image: int, voter: str, choice: str | None) -> Votes:
    """Give or change (None: take back) one voter's vote; the file is written whole or not at all.

    Raises:
        LabError: the vote is none of VOTES, or the file cannot be read or written.
    """
    if choice is not None:
        VOTES[choice]
    with _writing:
        by_image = {each: dict(votes) for each, votes in read_votes(path).by_image.items()}
        votes = by_image.setdefault(image, {})
        if choice is None:
            votes.pop(voter, None)
        else:
            votes[voter] = choice
        if not votes:
            del by_image[image]
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LabError(cannot_write(path, error)) from error
        plain = {str(each): by_image[each] for each in sorted(by_image)}
        write_json(path, {"format": FORMAT, "votes": plain})
    return Votes(by_image)


def accuracy_without(predictions: Predictions | TopPredictions, left_out: Indices) -> float:
    """Test accuracy in percent without these images; NaN where none is left."""
    right = (predictions.predicted == predictions.labels).numpy()
    rest = np.delete(right, left_out[left_out < len(right)])
    return 100 * float(rest.mean()) if len(rest) else float("nan")

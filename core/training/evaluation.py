"""How good the network is on the test images, between two epochs."""

import time
from collections.abc import Callable

from torch import Tensor, nn

from core.data.image_set import ImageSet
from core.mistakes.predictions import predict
from core.training.events import Evaluating, Event

BATCH = 500


class Stopped(Exception):
    """Somebody asked to stop."""


def evaluate(
    model: nn.Module,
    images: ImageSet,
    epoch: int,
    on_event: Callable[[Event], None],
    should_stop: Callable[[], bool],
) -> tuple[Tensor, float]:
    """Probabilities (test images, classes) on the CPU, and the seconds it took."""

    def progress(share: float, doing: str) -> None:
        if should_stop():
            raise Stopped
        on_event(Evaluating(epoch=epoch, share=share))

    started = time.perf_counter()
    model.eval()
    probabilities = predict(
        model,
        images.test_images,
        images.mean,
        images.std,
        next(model.parameters()).device,
        BATCH,
        progress,
    )
    return probabilities, time.perf_counter() - started


def score(probabilities: Tensor, labels: Tensor) -> tuple[float, float]:
    """Accuracy in percent and mean cross-entropy of (N, classes) probabilities and (N,) labels."""
    right = (probabilities.argmax(1) == labels).double().mean().item()
    chosen = probabilities.double().gather(1, labels[:, None]).clamp_min(1e-38)
    return 100 * right, -chosen.log().mean().item()

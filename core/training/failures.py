"""What goes wrong in training, told with what to do about it."""


def not_finite(loss: float, step: int, epoch: int, rate: float) -> str:
    """`step` counts from 1 over the whole run; the epochs before `epoch` are good."""
    good = (
        f"the last good checkpoint is that of epoch {epoch - 1}"
        if epoch > 1
        else "no epoch was finished before, so there is no checkpoint"
    )
    return (
        f"The loss became {loss} at step {step} (epoch {epoch}, learning rate {rate:.4g}); {good}; "
        "start again with a lower learning rate, or limit the gradient norm to 1."
    )


def out_of_memory(batch_size: int, fits: int | None) -> str:
    """`fits`: a batch size that was measured to fit, where that could be done."""
    smaller = f"{fits} would fit" if fits else f"try {max(batch_size // 2, 1)}"
    return (
        f"The device ran out of memory at batch size {batch_size}; "
        f"{smaller}, or close what else uses the device."
    )

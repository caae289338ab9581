"""What goes wrong in training, told with what to do about it."""


def not_finite(loss: float, step: int, epoch: int, rate: float) -> str:
    kept = (
        f"the weights after epoch {epoch - 1} are kept"
        if epoch > 1
        else "no epoch was finished, so there are no weights"
    )
    return (
        f"The loss became {loss} at step {step} (epoch {epoch}, learning rate {rate:.4g}); {kept}; "
        "start again with a lower learning rate, or limit the gradient norm to 1."
    )


def out_of_memory(batch_size: int) -> str:
    return (
        f"The device ran out of memory at batch size {batch_size}; "
        f"try {max(batch_size // 2, 1)}, or close what else uses the device."
    )

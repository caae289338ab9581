"""Which parameters learn together: biases and norms may have a learning rate of their own."""

from typing import Any

from torch import nn

_NORMS = (nn.modules.batchnorm._NormBase, nn.GroupNorm, nn.LayerNorm, nn.RMSNorm)


def parameter_groups(model: nn.Module, bias_lr_scale: float) -> list[dict[str, Any]]:
    """Groups for an optimizer; `lr_scale` is what a group multiplies the learning rate by.

    Where `bias_lr_scale` is not 1, biases and the scale and shift of normalization are the second
    group, without weight decay. Frozen parameters are in no group, shared ones in one.
    """
    learning = [parameter for parameter in model.parameters() if parameter.requires_grad]
    if bias_lr_scale == 1:
        return [{"params": learning, "lr_scale": 1.0}] if learning else []
    apart = {
        id(parameter)
        for module in model.modules()
        for name, parameter in module.named_parameters(recurse=False)
        if name == "bias" or isinstance(module, _NORMS)
    }
    groups = [
        {"params": [p for p in learning if id(p) not in apart], "lr_scale": 1.0},
        {
            "params": [p for p in learning if id(p) in apart],
            "lr_scale": bias_lr_scale,
            "weight_decay": 0.0,
        },
    ]
    return [group for group in groups if group["params"]]

"""What to change where no tried-out change is known: by arithmetic, or in general. No torch."""

import math

from core.analysis.rules.rules import RuleResult
from core.analysis.rules.structure import Structure
from core.analysis.summary.inspection import Inspection


def advice(result: RuleResult, inspection: Inspection, structure: Structure) -> str:
    """A sentence for a rule that fails; "" for a rule that nothing can be said about here."""
    match result.rule:
        case "parameters":
            return _parameters(result, inspection)
        case "receptive_field":
            return _field(result, inspection, structure)
        case "depthwise_separable":
            return (
                "write one convolution as nn.Conv2d(c, c, 3, padding=1, groups=c) and "
                "nn.Conv2d(c, d, 1)."
            )
        case "dilated":
            return "give one convolution with a 3x3 kernel dilation=2 and padding=2."
        case "no_max_pooling":
            names = " and ".join(result.layers)
            return (
                f"leave {names} out and give the convolution before stride 2, or average with "
                "avg_pool2d."
            )
        case "global_average_pooling":
            return "end forward with x.mean((2, 3)), or nn.AdaptiveAvgPool2d(1), on the last map."
        case "blocks":
            return _blocks(result, structure)
        case _:
            return ""


def _parameters(result: RuleResult, inspection: Inspection) -> str:
    limit = int(result.required.rsplit(" ", 1)[1].replace(",", ""))
    factor = math.floor(100 * math.sqrt(limit / inspection.parameters)) / 100
    return (
        f"make every layer about {factor:g} times as wide, for parameters go with the square of "
        "the channels; depthwise-separable convolutions alone do not save enough."
    )


def _field(result: RuleResult, inspection: Inspection, structure: Structure) -> str:
    missing = float(result.required.split()[1]) + 1 - min(inspection.receptive_field or (1, 1))
    last = structure.last_map
    jump = min(last.jump) if last is not None and last.jump else 1.0
    layers = math.ceil(missing / (2 * jump))
    words = "one more 3x3 convolution" if layers == 1 else f"{layers} more 3x3 convolutions"
    return (
        f"add {words} at the end, each of which adds 2 × {jump:g} pixels there, or shrink the map "
        "earlier, so that each adds more."
    )


def _blocks(result: RuleResult, structure: Structure) -> str:
    wanted = int(result.required.split()[0])
    found = structure.blocks(wanted)
    if found.pooling:
        names = " and ".join(op.label for op in found.pooling)
        return f"leave {names} out and give the convolution before stride 2."
    missing = wanted - found.count
    words = "one more convolution" if missing == 1 else f"{missing} more convolutions"
    return f"give {words} stride 2, with at least one convolution after the last of them."

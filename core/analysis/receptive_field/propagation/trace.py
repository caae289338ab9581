"""What was seen of a forward pass: its operations and the calls of its modules."""

from dataclasses import dataclass, field

from torch import nn

from core.analysis.receptive_field.propagation.layout import Geometry
from core.analysis.receptive_field.propagation.operations import Step


@dataclass
class Node:
    """One operation on something that descends from the image."""

    index: int
    kind: str
    op: str
    layer: str  # path of the innermost module that was running
    inputs: tuple[int, ...]
    in_shape: tuple[int, ...]
    out_shape: tuple[int, ...]
    step: Step
    geometry: Geometry
    parameters: tuple[str, ...] = ()  # names of the parameters it used


@dataclass
class Call:
    """One call of a module."""

    name: str
    module: nn.Module
    leaf: bool
    in_shape: tuple[int, ...]
    first: int  # nodes from here...
    end: int = -1  # ... up to here
    order: int = -1  # calls in the order in which they ended
    out_shape: tuple[int, ...] = ()
    geometry: Geometry | None = None  # of the output; None where it does not descend from the image
    output: int = -1  # the node that made the output


@dataclass
class Trace:
    """What was seen of a forward pass."""

    nodes: list[Node]
    calls: list[Call]  # in the order in which they began
    output: int = -1  # the node that made the logits; -1 where there are none
    out_shape: tuple[int, ...] = ()
    failed_in: Call | None = None  # the module in which the pass broke off
    error: BaseException | None = None
    notes: list[str] = field(default_factory=list)

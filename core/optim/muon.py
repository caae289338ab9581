"""Muon for the matrices of a network and SGD for the rest, as one optimizer.

Muon (Jordan, 2024) makes each step of a matrix orthogonal, so that none of its directions is
learnt faster than another. It is made for hidden layers: the first and the last layer, depthwise
convolutions, biases and norms are stepped by SGD with Nesterov's momentum.
"""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import SGD, Muon, Optimizer

from core import threads

# What was found for small networks on CIFAR-10 with Muon at 0.05 and a decay of 0.01 (which Muon
# multiplies by the rate alone, SGD's momentum makes ten times as much of it).
REST_RATE = 2.0
REST_DECAY = 0.05
SMALLEST = 16  # inputs of a row; fewer are no matrix worth the work


class MuonAndSGD(Optimizer):
    """`params`: groups as core.optim.parameter_groups makes them, or parameters.

    The learning rate and the weight decay are Muon's; SGD has twice the one and a twentieth of the
    other.
    """

    def __init__(
        self,
        params: Iterable[nn.Parameter] | Iterable[dict[str, Any]],
        *,
        lr: float,
        momentum: float,
        weight_decay: float,
    ) -> None:
        given: list[dict[str, Any]] = [
            g if isinstance(g, dict) else {"params": [g]} for g in params
        ]
        layers = [p for group in given for p in group["params"] if p.ndim >= 2]
        rows = {id(p): rows for p in layers[:-1] if (rows := _as_rows(p)) is not None}
        matrices = [p for p in layers if id(p) in rows]
        rest: list[dict[str, Any]] = [
            {
                "params": [p for p in group["params"] if id(p) not in rows],
                "lr_scale": group.get("lr_scale", 1.0) * REST_RATE,
                "weight_decay": group.get("weight_decay", weight_decay) * REST_DECAY,
            }
            for group in given
        ]
        rest = [group for group in rest if group["params"]]
        own = (
            [{"params": matrices, "lr_scale": 1.0, "weight_decay": weight_decay}]
            if matrices
            else []
        )
        super().__init__([*own, *rest], {"lr": lr})

        self._matrices = matrices
        self._rows = [nn.Parameter(rows[id(p)]) for p in matrices]  # the same memory
        self._parts: dict[str, Optimizer] = {}
        if matrices:
            self._parts["muon"] = Muon(
                self._rows, lr, weight_decay, momentum, nesterov=momentum > 0
            )
        if rest:
            self._parts["sgd"] = SGD(
                [dict(group) for group in rest],
                lr,
                momentum,
                nesterov=momentum > 0,
                fused=True,
            )

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """One step of both, at the learning rates that the groups have now."""
        for matrix, row in zip(self._matrices, self._rows, strict=True):
            row.grad = None if matrix.grad is None else _like_rows(matrix.grad, matrix)
        inner = [group for part in self._parts.values() for group in part.param_groups]
        for group, own in zip(self.param_groups, inner, strict=True):
            own["lr"] = group["lr"]
        for name, part in self._parts.items():
            if name == "muon" and self._rows[0].device.type == "cpu":
                _by_itself().submit(part.step).result()
            else:
                part.step()
        for row in self._rows:
            row.grad = None

    def state_dict(self) -> dict[str, Any]:
        return {name: part.state_dict() for name, part in self._parts.items()}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        for name, part in self._parts.items():
            part.load_state_dict(state_dict[name])


@cache
def _by_itself() -> ThreadPoolExecutor:
    """A thread that asks no other core: for a product of matrices this small, hundreds a step,
    waking one takes longer than the product (benchmarks/README.md)."""
    return threads.pool(1, 1)


def _as_rows(weight: nn.Parameter) -> Tensor | None:
    """(out, inputs), the weight's own memory; None where it is no matrix of a hidden layer."""
    if weight.shape[1] <= 3 or weight[0].numel() < SMALLEST:
        return None  # the first layer, or a depthwise convolution
    rows = _like_rows(weight.detach(), weight)
    return rows if rows.data_ptr() == weight.data_ptr() else None


def _like_rows(tensor: Tensor, weight: Tensor) -> Tensor:
    """In whatever order the weight's memory has its inputs: Muon's step is the same in any."""
    if weight.ndim == 4 and not weight.is_contiguous():
        tensor = tensor.permute(0, 2, 3, 1)
    return tensor.reshape(len(weight), -1)

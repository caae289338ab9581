"""A table of layers as a model.py that needs torch and nothing else."""

from collections.abc import Sequence

from core.networks.layer_settings import Row
from core.networks.table import IMAGE, Step, plan


def source(layers: Sequence[Row], name: str = "network", classes: int = 10) -> str:
    """Python source with a class `Net`; built from the same numbers it gives the same logits.

    Its layers have the table's names, so weights of one load into the other.
    """
    steps = plan(layers, classes)
    read = {source for number, step in enumerate(steps) for source in _earlier(steps, number)}
    init = [f"        self.{step.name} = {step.code}" for step in steps if step.code]
    body = []
    for number, step in enumerate(steps):
        inputs = [_variable(source, number, steps, read) for source in step.sources]
        if step.code:
            value = f"self.{step.name}({inputs[0]})"
        elif step.kind == "concat":
            value = f"torch.cat([{', '.join(inputs)}], 1)"
        else:
            value = " + ".join(inputs)
        target = f"x = {step.name}" if step.name in read else "x"
        body.append(f"        {target} = {value}")
    first = [f"        {IMAGE} = x"] if IMAGE in read else []
    end = "x.flatten(1)" if steps[-1].out_shape[1:] == (1, 1) else "x"
    lines = [
        f'"""{name}, written by the CIFAR-10 lab. Needs torch alone.',
        "",
        f"Takes images (N, 3, 32, 32), gives logits (N, {classes}).",
        '"""',
        "",
        "import torch",
        "from torch import nn",
        "",
        "",
        "class Net(nn.Module):",
        "    def __init__(self):",
        "        super().__init__()",
        *init,
        "",
        "    def forward(self, x):",
        *first,
        *body,
        f"        return {end}",
        "",
        "",
        'if __name__ == "__main__":',
        "    net = Net()",
        "    print(net)",
        "    print(sum(p.numel() for p in net.parameters()), 'parameters')",
        "    print(net(torch.zeros(2, 3, 32, 32)).shape)",
    ]
    return "\n".join(lines) + "\n"


def _earlier(steps: Sequence[Step], number: int) -> list[str]:
    """The sources of a step that are not simply the step before it."""
    before = steps[number - 1].name if number else IMAGE
    return [source for source in steps[number].sources if source != before]


def _variable(source: str, number: int, steps: Sequence[Step], read: set[str]) -> str:
    before = steps[number - 1].name if number else IMAGE
    return "x" if source == before else source

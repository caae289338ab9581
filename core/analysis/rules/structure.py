"""What the rules ask about a network's operations: pairs, blocks, poolings. No torch."""

from functools import cached_property

from core.analysis.summary.inspection import Inspection, Operation

# Between a depthwise and a pointwise convolution these may stand: they look at one position alone.
_THROUGH = (
    "normalization",
    "copy",
    "reshaping",
    "ReLU",
    "leaky ReLU",
    "clamp",
    "GELU",
    "SiLU",
    "sigmoid",
    "tanh",
    "product",
    "quotient",
    "elu",
    "hardswish",
    "hardsigmoid",
    "mish",
    "softplus",
    "_prelu_kernel",
)


class Structure:
    """The graph of an inspection's operations."""

    def __init__(self, inspection: Inspection) -> None:
        self.operations = inspection.operations
        self.inspection = inspection
        self.users: dict[int, list[Operation]] = {}
        for operation in self.operations:
            for source in operation.inputs:
                self.users.setdefault(source, []).append(operation)

    @cached_property
    def convolutions(self) -> tuple[Operation, ...]:
        return tuple(op for op in self.operations if op.kind == "convolution")

    @cached_property
    def dilated(self) -> tuple[Operation, ...]:
        """Convolutions whose dilation does something: in a direction where the kernel is over 1."""
        return tuple(
            op
            for op in self.convolutions
            if op.kernel
            and op.dilation
            and any(k > 1 and d > 1 for k, d in zip(op.kernel, op.dilation, strict=True))
        )

    @cached_property
    def last_map(self) -> Operation | None:
        """The operation whose output the receptive field before pooling is read at."""
        ends = [end for end in self.inspection.collapses if end.operation >= 0]
        if not ends:
            maps = [op for op in self.operations if op.axes]
            return maps[-1] if maps else None
        end = self.operations[ends[0].operation]
        if end.kind == "convolution":
            return end
        source = end.inputs[0]
        while source >= 0 and self.operations[source].kind in _THROUGH:
            source = self.operations[source].inputs[0]
        return self.operations[source] if source >= 0 else None

    @cached_property
    def growth(self) -> list[tuple[float, Operation]]:
        """How many pixels each operation adds to the field, the largest first."""
        found = []
        for op in self.operations:
            gain = max(op.receptive_field) - self._field_before(op)
            if gain > 0 and op.axes:
                found.append((gain, op))
        return sorted(found, key=lambda pair: -pair[0])

    def _field_before(self, op: Operation) -> float:
        fields = [max(self.operations[i].receptive_field) if i >= 0 else 1.0 for i in op.inputs]
        return max(fields, default=1.0)

    def jump_before(self, op: Operation) -> float:
        """Pixels between neighboring positions of an operation's input."""
        source = op.inputs[0]
        jump = self.operations[source].jump if source >= 0 else (1.0, 1.0)
        return max(jump) if jump else 1.0

    def map_before(self, op: Operation) -> bool:
        """Whether the input of an operation is a map of more than one position."""
        source = op.inputs[0]
        return source < 0 or bool(self.operations[source].axes)

    def next_layers(self, op: Operation) -> list[Operation]:
        """The next operations that are more than an activation or a normalization."""
        found: list[Operation] = []
        waiting, visited = list(self.users.get(op.index, [])), set[int]()
        while waiting:
            entry = waiting.pop(0)
            if entry.index in visited:
                continue
            visited.add(entry.index)
            if entry.kind in _THROUGH and len(entry.inputs) == 1:
                waiting += self.users.get(entry.index, [])
            else:
                found.append(entry)
        return found

    @cached_property
    def max_poolings(self) -> tuple[Operation, ...]:
        """Every operation that takes the largest of neighboring positions, however spelt."""
        return tuple(
            op
            for op in self.operations
            if op.kind == "max pooling" or self._is_maximum_of_slices(op)
        )

    def _is_maximum_of_slices(self, op: Operation) -> bool:
        """`torch.maximum(x[..., ::2], x[..., 1::2])` and its like."""
        if op.kind != "maximum of two" or len(op.inputs) < 2:
            return False
        roots = [self._slice_root(source) for source in op.inputs]
        return any(sliced for _, sliced in roots) and len({root for root, _ in roots}) == 1

    def _slice_root(self, index: int) -> tuple[int, bool]:
        sliced = False
        while index >= 0:
            op = self.operations[index]
            spread = op.kind == "maximum of two" and self._is_maximum_of_slices(op)
            if op.kind != "slicing" and op.kind not in ("reshaping", "copy") and not spread:
                break
            sliced = sliced or op.kind == "slicing" or spread
            index = op.inputs[0]
        return index, sliced


def size_text(op: Operation) -> str:
    return "x".join(f"{size:g}" for size in op.kernel) if op.kernel else op.kind

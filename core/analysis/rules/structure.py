"""What the rules ask about a network's operations: pairs, blocks, poolings. No torch."""

from functools import cached_property

from core.analysis.summary.inspection import Inspection, Operation

_LAYERS = ("convolution", "transposed convolution", "linear")
_MOVING = ("rearranging", "padding", "upsampling")


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
        while source >= 0 and self._passes_on(self.operations[source]):
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
        """The next operations that do more than look at each position of the map by itself."""
        found: list[Operation] = []
        waiting, visited = list(self.users.get(op.index, [])), set[int]()
        while waiting:
            entry = waiting.pop(0)
            if entry.index in visited:
                continue
            visited.add(entry.index)
            if self.is_positionwise(entry) and entry.axes == op.axes and entry.jump == op.jump:
                waiting += self.users.get(entry.index, [])
            else:
                found.append(entry)
        return found

    def is_positionwise(self, op: Operation) -> bool:
        """Whether every position of the result is made of that position alone, without a layer.

        An activation, a normalization, a gate or a sum is; a pooling and a convolution are not.
        """
        return not (op.kind in (*_LAYERS, *_MOVING) or op.kernel or op.index in self._mixing)

    def _passes_on(self, op: Operation) -> bool:
        return len(op.inputs) == 1 and op.axes != () and self.is_positionwise(op)

    @cached_property
    def _mixing(self) -> set[int]:
        return {entry.operation for entry in self.inspection.poolings or ()}


def size_text(op: Operation) -> str:
    return "x".join(f"{size:g}" for size in op.kernel) if op.kernel else op.kind

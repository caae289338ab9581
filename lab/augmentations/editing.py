"""What a session has on its bench: the policy it edits, the images it looks at, a way back.

No Streamlit in here.
"""

from dataclasses import dataclass, field

import torch
from torch import Tensor

from core.augment.policies import named
from core.augment.policy import Policy, Transform
from core.errors import LabError

DEFAULT = "assignment"
_STEPS_BACK = 20


@dataclass
class Bench:
    """`base` is the policy that the widgets of this `version` began with, `current` what they are
    set to now, step by step. `opened` are the places of the cards that show all their settings.
    `roll` seeds what is drawn, `first` says which images are shown, `trouble` is a sentence to show
    after the next run of the page."""

    base: Policy = field(default_factory=lambda: named(DEFAULT))
    current: Policy = field(default_factory=lambda: named(DEFAULT))
    version: int = 0
    roll: int = 0
    first: int = 0
    trouble: str = ""
    past: list[Policy] = field(default_factory=list)
    opened: set[int] = field(default_factory=set)

    def choose(self, policy: Policy) -> None:
        """Work on another policy; the present one can be had back."""
        if policy != self.current:
            self.past = [*self.past, self.current][-_STEPS_BACK:]
        self._begin(policy)

    def undo(self) -> None:
        """Back to the policy before the last `choose`."""
        if self.past:
            self._begin(self.past.pop())

    def _begin(self, policy: Policy) -> None:
        self.base = self.current = policy
        self.version += 1
        self.trouble = ""
        self.opened = set()

    def open(self, place: int) -> None:
        """Show all settings of a card, or the main ones alone again."""
        self.opened ^= {place}

    def _try(self, transforms: tuple[Transform, ...]) -> None:
        try:
            self.choose(Policy(transforms))
        except LabError as error:
            self.trouble = str(error)

    def add(self, name: str) -> None:
        """Add a transform with its defaults, as far back as it may stand."""
        steps = self.current.transforms
        for place in range(len(steps), -1, -1):
            try:
                policy = Policy((*steps[:place], Transform(name), *steps[place:]))
            except LabError as error:
                self.trouble = str(error)
            else:
                self.choose(policy)
                return

    def remove(self, place: int) -> None:
        steps = self.current.transforms
        self._try((*steps[:place], *steps[place + 1 :]))

    def move(self, place: int, by: int) -> None:
        """Swap a transform with a neighbor; `trouble` says why where that may not be."""
        steps = list(self.current.transforms)
        steps[place], steps[place + by] = steps[place + by], steps[place]
        self._try(tuple(steps))


def pick(labels: Tensor, first: int, count: int, label: int | None) -> Tensor:
    """int64: the `count` images from the `first` on, of all classes in a fixed mixed order or of
    the class `label` alone; round again at the end."""
    mixed = torch.randperm(len(labels), generator=torch.Generator().manual_seed(8))
    if label is not None:
        mixed = mixed[labels[mixed] == label]
    if not len(mixed):
        return mixed
    return mixed[(torch.arange(first, first + count)) % len(mixed)]

"""What a session edits: a policy, the images that it is tried on, and the way back and forth.

No Streamlit in here.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from core.augment.policies import named
from core.augment.policy import Policy, Transform
from core.errors import LabError

DEFAULT = "assignment"
_MAX_STEPS = 50  # that can be undone
_SETTLED = 1.5  # seconds: changes of one setting that follow closer than this are one step


@dataclass
class PolicyEditor:
    """`current` is the policy as it is set now. A new `version` gives every widget its value anew.

    `opened` are the places of the cards that show all their settings. `seed` is that of what is
    sampled, `first` says which images are shown, `message` is a sentence to show after the next run
    of the page.
    """

    current: Policy = field(default_factory=lambda: named(DEFAULT))
    version: int = 0
    seed: int = 0
    first: int = 0
    message: str = ""
    past: list[Policy] = field(default_factory=list)
    future: list[Policy] = field(default_factory=list)
    opened: set[int] = field(default_factory=set)
    clock: Callable[[], float] = time.monotonic
    _setting: object = None  # what was set last, and when
    _set_at: float = 0.0

    def load(self, policy: Policy) -> None:
        """Edit another policy from now on."""
        if policy != self.current:
            self._step()
        self._begin(policy)

    def set(self, policy: Policy) -> None:
        """Take over what the widgets are set to; a slider that is still moving makes one step."""
        if policy == self.current:
            return
        setting, now = self._difference(policy), self.clock()
        if setting is None or setting != self._setting or now - self._set_at > _SETTLED:
            self._step()
        self.future = []
        self.current, self._setting, self._set_at = policy, setting, now

    def _difference(self, policy: Policy) -> object:
        """The one setting in which two policies differ: (place, name); None where it is not one."""
        pairs = list(zip(self.current.transforms, policy.transforms, strict=False))
        found = [
            (place, name)
            for place, (one, other) in enumerate(pairs)
            for name in one.parameters
            if one.parameters[name] != other.parameters.get(name)
        ]
        return found[0] if len(found) == 1 else None

    def undo(self) -> None:
        """Back to the policy before the last change."""
        if self.past:
            self.future.append(self.current)
            self._begin(self.past.pop())

    def redo(self) -> None:
        """Forth again to what was undone."""
        if self.future:
            self.past.append(self.current)
            self._begin(self.future.pop())

    def _step(self) -> None:
        self.past = [*self.past, self.current][-_MAX_STEPS:]
        self.future = []

    def _begin(self, policy: Policy) -> None:
        if [x.name for x in policy.transforms] != [x.name for x in self.current.transforms]:
            self.opened = set()
        self.current = policy
        self.version += 1
        self.message = ""
        self._setting = None

    def open(self, place: int) -> None:
        """Show all settings of a card, or the main ones alone again."""
        self.opened ^= {place}

    def add(self, name: str) -> None:
        """Add a transform with its defaults, as far back as it may stand."""
        steps = self.current.transforms
        for place in range(len(steps), -1, -1):
            try:
                policy = Policy((*steps[:place], Transform(name), *steps[place:]))
            except LabError as error:
                self.message = str(error)
            else:
                self.load(policy)
                return

    def remove(self, place: int) -> None:
        """Take a transform out; `message` says why where that may not be."""
        steps = self.current.transforms
        self._try((*steps[:place], *steps[place + 1 :]))

    def move(self, place: int, by: int) -> None:
        """Swap a transform with a neighbor; `message` says why where that may not be."""
        steps = list(self.current.transforms)
        steps[place], steps[place + by] = steps[place + by], steps[place]
        if self._try(tuple(steps)):
            self.opened = {place + by}

    def _try(self, transforms: tuple[Transform, ...]) -> bool:
        try:
            self.load(Policy(transforms))
        except LabError as error:
            self.message = str(error)
        return not self.message


def seed_of(text: str) -> int:
    """A seed as an address gives it; 0 for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0


def pick(labels: Tensor, first: int, count: int, label: int | None) -> Tensor:
    """int64: the `count` images from the `first` on, of all classes in a fixed mixed order or of
    the class `label` alone; round again at the end."""
    mixed = torch.randperm(len(labels), generator=torch.Generator().manual_seed(8))
    if label is not None:
        mixed = mixed[labels[mixed] == label]
    if not len(mixed):
        return mixed
    return mixed[(torch.arange(first, first + count)) % len(mixed)]

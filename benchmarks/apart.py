"""A way of training in a process of its own, which takes its turns with those of this process.

The lab's programs tell the C library how to keep memory (core/allocator.py), and that holds for a
whole process: the document's loop, which nobody told, would be given what it never had.
"""

import atexit
import multiprocessing
import pickle
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any


class Apart:
    """What `make(*arguments)` gives, made and used in a process of its own.

    Its methods that are called with numbers and return numbers are reached by `call`; what they
    raise is raised here. `make` and the arguments must be what pickle can carry.
    """

    def __init__(self, make: Callable[..., Any], *arguments: Any) -> None:
        started = multiprocessing.get_context("spawn")
        self._ours, theirs = started.Pipe()
        # No daemon: those may not have the children that a DataLoader's workers are.
        self._process = started.Process(target=_serve, args=(theirs,))
        self._process.start()
        theirs.close()
        atexit.register(self.close)  # before multiprocessing waits for it to end by itself
        # By pickle's own means, which copy: torch's would move the images to shared memory.
        self._ours.send_bytes(pickle.dumps((make, arguments)))
        self._answer()

    def call(self, method: str, *arguments: float) -> Any:
        """What the method returns there."""
        self._ours.send((method, arguments))
        return self._answer()

    def close(self) -> None:
        """End the process; closing again does nothing."""
        self._ours.close()
        self._process.join()

    def _answer(self) -> Any:
        try:
            succeeded, answer = self._ours.recv()
        except EOFError:
            self._process.join()
            raise SystemExit(
                f"The benchmark's other process ended by itself, with {self._process.exitcode}."
            ) from None
        if not succeeded:
            self.close()
            raise answer
        return answer


def _serve(asked: Connection) -> None:
    """Make it, then do what is asked until nobody asks any more."""
    try:
        make, arguments = pickle.loads(asked.recv_bytes())
        made = make(*arguments)
        asked.send((True, None))
        while True:
            method, arguments = asked.recv()
            asked.send((True, getattr(made, method)(*arguments)))
    except EOFError:
        return
    except BaseException as problem:
        asked.send((False, problem))

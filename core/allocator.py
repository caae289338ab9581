"""Memory that a training step gives back stays in the process, for the next step wants it again.

glibc returns large blocks to the system when they are freed, and those of other threads than the
first always; each step then pays for fresh pages. See benchmarks/README.md, "a step of training".
`make lab` asks for the same with glibc's variables, since a server has threads before any of our
code runs.
"""

import ctypes
import sys

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8  # names of malloc.h
_GIBIBYTE = 1 << 30


def keep_memory() -> bool:
    """Ask the C library for it, before threads are started; False where it cannot be asked."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # another C library than glibc
        return False
    wanted = ((_ARENA_MAX, 1), (_TRIM_THRESHOLD, _GIBIBYTE), (_MMAP_THRESHOLD, _GIBIBYTE))
    answers = [mallopt(name, value) for name, value in wanted]
    return all(answer == 1 for answer in answers)

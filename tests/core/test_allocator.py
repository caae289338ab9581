"""Memory that is freed and wanted again is not asked of the system a second time."""

import platform
import subprocess
import sys

import pytest

from core import allocator, paths
from core.allocator import keep_memory

PROGRAM = """
import resource, sys, threading
if sys.argv[1] == "kept":
    from core.allocator import keep_memory
    assert keep_memory()
import numpy as np

def use():
    for _ in range(20):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        blocks = [np.ones(1 << 22, np.float32) for _ in range(3)]
        del blocks
    print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)

thread = threading.Thread(target=use)
thread.start()
thread.join()
"""


def faults(kind: str) -> int:
    """Pages fetched for the last of twenty uses of 48 MiB, in a thread of its own."""
    made = subprocess.run(
        [sys.executable, "-c", PROGRAM, kind],
        cwd=paths.REPOSITORY, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return int(made.stdout)


def test_a_thread_gets_the_pages_back_that_it_had():
    if platform.libc_ver()[0] != "glibc":
        pytest.skip("only glibc is asked")
    assert faults("kept") < 100 < faults("plain")


def test_elsewhere_nothing_is_asked(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert keep_memory() is False


def test_make_lab_asks_for_the_same():
    """By variables, for a server has threads before any of our code runs."""
    makefile = (paths.REPOSITORY / "Makefile").read_text()
    for name, value in (
        ("MALLOC_ARENA_MAX", 1),
        ("MALLOC_TRIM_THRESHOLD_", allocator._GIBIBYTE),
        ("MALLOC_MMAP_THRESHOLD_", allocator._GIBIBYTE),
    ):
        assert f" {name}={value}" in makefile

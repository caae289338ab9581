"""Threads that calculate with a number of torch's threads of their own."""

import threading
from concurrent.futures import ThreadPoolExecutor

import torch


def pool(count: int, each: int) -> ThreadPoolExecutor:
    """`count` threads that have begun, each calculating with `each` of torch's threads.

    All others, this one too, calculate with as many as before. (A number that is set in one thread
    is else also that of every thread whose first calculation comes later.)
    """
    before = torch.get_num_threads()
    begun = threading.Barrier(count + 1)

    def begin() -> None:
        torch.get_num_threads()  # or its first calculation would take over the others' number
        torch.set_num_threads(each)
        begun.wait()

    made = ThreadPoolExecutor(count, "calculating", begin)
    for _ in range(count):
        made.submit(int)
    begun.wait()
    torch.set_num_threads(before)
    return made

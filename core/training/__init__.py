"""Training: the loop, what it learns with, and the thread that runs it."""

"""Training: the loop, its learner, and the thread that runs it."""

"""A student's file, run in a process of its own that can be stopped for good."""

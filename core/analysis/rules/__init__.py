"""The assignment's rules and the verdict on a network."""

"""Receptive fields: propagated, probed by gradient, effective, and held against each other."""

"""Augmentation policies: what they hold, how they run, how they are read and written."""

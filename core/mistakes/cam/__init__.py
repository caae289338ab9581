"""Class-activation maps: methods, layers, and whether they are reliable."""

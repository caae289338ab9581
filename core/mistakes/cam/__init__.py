"""Class-activation maps: methods, layers, and whether to believe them."""

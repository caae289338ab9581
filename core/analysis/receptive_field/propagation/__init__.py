"""The receptive field by arithmetic: a traced forward pass and what each operation reads."""

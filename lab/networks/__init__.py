"""The Networks page, and what it shares with Editor, Compare and Receptive field."""

"""The Editor page."""

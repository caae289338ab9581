"""Policies as text: albumentations code, JSON, YAML and page addresses, read and written."""

"""The image sets there are, one file each."""

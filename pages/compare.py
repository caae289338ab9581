"""Compare."""

from lab.page import title

title("Compare", "")

"""Tests of the lab; see README.md in this folder."""

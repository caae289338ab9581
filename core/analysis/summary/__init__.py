"""What there is to know of a network without training it: rows, totals, formats."""

"""What a network computes over neighboring positions without weights, found out on numbers."""

"""What a trained network gets wrong, and why."""

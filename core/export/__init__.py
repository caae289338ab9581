"""What leaves the lab: a run's report."""

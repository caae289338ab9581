"""`RunConfig`: everything that describes a training run."""

"""What carries a policy out: whole batches of tensors, or albumentations."""

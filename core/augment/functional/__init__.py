"""Changes of pixels for whole batches: warps and colors."""

"""The transforms a policy may hold."""

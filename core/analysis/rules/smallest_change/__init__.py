"""The smallest change that would pass a rule that fails."""

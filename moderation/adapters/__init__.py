"""The outside world, one thing per file, each fulfilling a port. Chosen by the composition root alone."""

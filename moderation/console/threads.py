"""A thread: all its comments, freeze, mode."""

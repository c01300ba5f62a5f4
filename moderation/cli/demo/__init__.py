"""What `moderation demo` shows: a sample portal on an origin of its own, and its comments."""

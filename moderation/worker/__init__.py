"""The worker: periodic jobs, taken through the database by as many workers as run."""

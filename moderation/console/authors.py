"""An author: what he wrote, what became of it, notes, block."""
